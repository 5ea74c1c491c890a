"""Answers about an analysis that several reports ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple
from weakref import ref

from sitegen.model import Analysis

Rest = TypeVarTuple("Rest")
T = TypeVar("T")


def remembered(function: Callable[[Analysis, *Rest], T]) -> Callable[[Analysis, *Rest], T]:
    """Remembers what the function says of the analysis that it was asked about last.

    Its other arguments are hashable, and nobody changes what it gives.
    """
    known: tuple[ref[Analysis] | None, dict[tuple[*Rest], T]] = (None, {})

    @wraps(function)
    def ask(analysis: Analysis, *rest: *Rest) -> T:
        nonlocal known
        about, answers = known
        if about is None or about() is not analysis:
            about, answers = known = ref(analysis), {}
        if rest not in answers:
            answers[rest] = function(analysis, *rest)
        return answers[rest]

    return ask
