"""What a reporter is: one section about one capture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from sitegen.model import Analysis


class Report(msgspec.Struct, frozen=True):
    """What a section shows: plain data (None, bool, int, float, str, list, dict) for its template."""

    data: Mapping[str, Any] = msgspec.field(default_factory=dict)


class NotApplicable(msgspec.Struct, frozen=True):
    """Why a capture cannot have this report, in one sentence; the page shows it."""

    why: str


@runtime_checkable
class Reporter(Protocol):
    """Makes one report out of an analysis.

    `name` is the section's id, the stem of its template `reports/NAME.html` and its key in site.json;
    `title` is its heading and its tab.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def report(self, analysis: Analysis) -> Report | NotApplicable:
        """The report, or why there is none. Anything it raises costs this report alone."""


@runtime_checkable
class WithTemplates(Protocol):
    """A reporter that brings its template: the directory `templates` holds `reports/NAME.html`.

    Where a theme has a template of that name, the theme's is taken.
    """

    @property
    def templates(self) -> Path: ...


AGGREGATED = (
    "This capture was recorded with aggregation, which keeps {}. Record without --aggregate for this report."
)


def share(part: int, whole: int) -> float:
    """`part` of `whole` as a fraction; 0 of nothing."""
    return part / whole if whole else 0.0
