"""Captures that were taken differently are refused or marked, and why."""

from __future__ import annotations

import pytest
from made_analyses import FACTS
from msgspec.structs import replace

from sitegen.insight.comparable import Verdict, comparable
from sitegen.insight.comparison import Metric
from sitegen.model import Facts, Status

OK, MARKED, REFUSED = Verdict.OK, Verdict.MARKED, Verdict.REFUSED
OTHER_ALLOCATOR = replace(FACTS, allocator="malloc")
NATIVE = replace(FACTS, native=True)
AGGREGATED = replace(FACTS, aggregated=True)
TRACED = replace(FACTS, python_allocators_traced=True)
NEWER = replace(FACTS, python_version="3.12")
UNKNOWN_PYTHON = replace(FACTS, python_version="")


@pytest.mark.parametrize(
    ("head", "peak", "leaks", "allocations", "word"),
    [
        (FACTS, OK, OK, OK, None),
        (OTHER_ALLOCATOR, MARKED, REFUSED, REFUSED, "malloc"),
        (NATIVE, MARKED, MARKED, MARKED, "native frames"),
        (AGGREGATED, OK, OK, REFUSED, "ggregated"),
        (TRACED, MARKED, MARKED, REFUSED, "--trace-python-allocators"),
        (NEWER, MARKED, MARKED, MARKED, "3.12"),
        (UNKNOWN_PYTHON, OK, OK, OK, None),
    ],
)
def test_how_captures_were_taken_decides(
    head: Facts, peak: Verdict, leaks: Verdict, allocations: Verdict, word: str | None
) -> None:
    for metric, verdict in zip(Metric, (peak, leaks, allocations), strict=True):
        for pair in ((FACTS, head), (head, FACTS)):
            said = comparable(*pair, metric)
            assert said.verdict is verdict
            assert bool(said.reasons) is (verdict is not OK)
            assert all(word and word in reason for reason in said.reasons)


@pytest.mark.parametrize(
    ("base", "head", "verdict", "word"),
    [
        (Status.OK, Status.DAMAGED, MARKED, "Head is damaged"),
        (Status.DAMAGED, Status.DAMAGED, MARKED, "Both sides are damaged"),
        (Status.UNFINISHED, Status.OK, MARKED, "Base is unfinished"),
        (Status.UNFINISHED, Status.UNFINISHED, OK, ""),
        (Status.FAILED, Status.OK, REFUSED, "could not be read"),
    ],
)
def test_how_far_captures_can_be_believed_decides(
    base: Status, head: Status, verdict: Verdict, word: str
) -> None:
    said = comparable(FACTS, FACTS, Metric.LEAKS, base, head)
    assert said.verdict is verdict
    assert word in " ".join(said.reasons)


def test_aggregated_captures_never_know_their_allocations() -> None:
    assert comparable(AGGREGATED, AGGREGATED, Metric.ALLOCATIONS).verdict is REFUSED
    assert comparable(AGGREGATED, AGGREGATED, Metric.PEAK).verdict is OK
