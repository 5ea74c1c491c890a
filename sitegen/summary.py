"""What the pages say of a capture, in plain data small enough to keep for every capture of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sitegen.insight.calltree import function_rows
from sitegen.insight.curves import curve_of
from sitegen.insight.history import SteadyLeak
from sitegen.insight.leaks import find_leaks, steady_leak
from sitegen.insight.suppressions import Suppression
from sitegen.insight.threads import thread_starts
from sitegen.model import Analysis, Facts, Folded, FunctionRow, Status, Thread, View
from sitegen.reporters import NotApplicable, Report, Reporter

FORMAT = 5
"""Changes with what reports and summaries hold: what an older sitegen kept of a capture is then read again."""

CURVE_POINTS = 240
"""Points of a memory curve as drawn: about one for every three pixels of the chart."""


SEARCHABLE = 10
"""How many functions of a capture the search box finds it by."""


class Figures(msgspec.Struct, frozen=True):
    """One capture in numbers. None where a figure does not exist; all but the first two for a failed one."""

    status: Status
    reason: str
    facts: Facts | None = None
    peak_bytes: int | None = None
    peak_rss_bytes: int | None = None
    leaked_bytes: int | None = None
    leaked_allocations: int | None = None
    total_allocations: int | None = None
    threads: tuple[Thread, ...] = ()
    reports: tuple[tuple[str, bool], ...] = ()  # every report's name, and whether the capture has it
    functions: tuple[str, ...] = ()  # those with most own memory at the peak, for the search
    thread_starts: tuple[float, ...] = ()  # when each thread was first seen, as a share of the time
    steady: SteadyLeak | None = None  # what it leaked steadily, where it is known when

    @property
    def duration(self) -> int | None:
        """How long the process was recorded, in milliseconds."""
        return self.facts.ended - self.facts.started if self.facts else None

    @property
    def holds_nothing(self) -> bool:
        """Whether it was read, and not one allocation is known of it: as of half of a test suite's captures."""
        return self.peak_bytes == 0 and not self.functions and not self.total_allocations


class Curve(msgspec.Struct, frozen=True):
    """Memory over time with few points: milliseconds since the start, heap and resident bytes.

    `heap` holds each stretch's highest point, so that its maximum is the peak.
    """

    time: tuple[int, ...] = ()
    heap: tuple[int, ...] = ()
    rss: tuple[int, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """One report of one capture: its data, or why there is none."""

    name: str
    title: str
    data: dict[str, Any] | None
    why: str = ""


class Summary(msgspec.Struct, frozen=True):
    """All that a capture's page shows without scripts."""

    figures: Figures
    curve: Curve
    sections: tuple[Section, ...]
    folded_nodes: int = 0
    folded_stacks: int = 0
    folded_bytes: int = 0
    brief: bool = False  # whether its run is no longer among the newest: the page shows first functions only


def summarise(
    analysis: Analysis,
    folded: Folded | None,
    reporters: Sequence[Reporter],
    suppressions: Sequence[Suppression] = (),
) -> Summary:
    """The summary of an analysis, with the reports of these reporters; `folded` is of its page.

    A reporter that raises costs its own section.
    """
    sections = tuple(_section(reporter, analysis) for reporter in reporters)
    return Summary(
        figures=Figures(
            status=analysis.status,
            reason=analysis.reason,
            facts=analysis.facts,
            peak_bytes=analysis.peak_bytes,
            peak_rss_bytes=analysis.peak_rss_bytes,
            leaked_bytes=analysis.leaked_bytes,
            leaked_allocations=analysis.leaked_allocations,
            total_allocations=analysis.stats.allocations if analysis.stats else None,
            threads=analysis.threads,
            reports=tuple((section.name, section.data is not None) for section in sections),
            functions=tuple(row.function for row in function_rows(analysis, View.PEAK)[:SEARCHABLE]),
            thread_starts=thread_starts(analysis),
            steady=steady_leak(analysis, find_leaks(analysis, suppressions)) if analysis.lifetimes else None,
        ),
        curve=_curve(analysis),
        sections=sections,
        folded_nodes=folded.nodes if folded else 0,
        folded_stacks=folded.stacks if folded else 0,
        folded_bytes=folded.bytes if folded else 0,
    )


def failed(reason: str) -> Summary:
    """The summary of a capture that nothing could be read of."""
    return Summary(Figures(Status.FAILED, reason), Curve(), ())


def to_json(summary: Summary) -> bytes:
    """The summary as JSON, equal bytes for equal summaries."""
    return msgspec.json.encode(summary, order="deterministic")


def from_json(data: bytes) -> Summary:
    """The inverse of `to_json`. Raises msgspec.MsgspecError where the data is not that."""
    return msgspec.json.decode(data, type=Summary)


class Course(msgspec.Struct, frozen=True):
    """Of a summary, what is drawn with those of others: how the memory moved, and whether its run is an older one."""

    curve: Curve
    brief: bool = False


def course_from_json(data: bytes) -> Course:
    """The same of a summary's JSON, without making the rest. Raises msgspec.MsgspecError as `from_json` does."""
    return msgspec.json.decode(data, type=Course)


class Tables(msgspec.Struct):
    """The function tables of a capture."""

    peak: tuple[FunctionRow, ...]
    leaks: tuple[FunctionRow, ...]

    def of(self, view: View) -> tuple[FunctionRow, ...]:
        """One of the tables; () for a view that is not kept."""
        return {View.PEAK: self.peak, View.LEAKS: self.leaks}.get(view, ())


def tables_to_json(analysis: Analysis) -> bytes:
    """The function tables of peak and leaks, whole."""
    tables = Tables(function_rows(analysis, View.PEAK), function_rows(analysis, View.LEAKS))
    return msgspec.json.encode(tables)


def tables_from_json(data: bytes) -> Tables:
    """What `tables_to_json` made."""
    return msgspec.json.decode(data, type=Tables)


def _section(reporter: Reporter, analysis: Analysis) -> Section:
    try:
        outcome: Report | NotApplicable = reporter.report(analysis)
        if isinstance(outcome, NotApplicable):
            return Section(reporter.name, reporter.title, None, outcome.why)
        data: Mapping[str, Any] = msgspec.to_builtins(outcome.data)
        return Section(reporter.name, reporter.title, dict(data))
    except Exception as error:  # a reporter can be anybody's code: it costs its own section, not the build
        return Section(
            reporter.name, reporter.title, None, f"This report failed: {type(error).__name__}: {error}"
        )


def _curve(analysis: Analysis) -> Curve:
    started = analysis.facts.started
    time, heap, rss = curve_of(analysis.snapshots, analysis.facts.ended, CURVE_POINTS)
    return Curve(tuple(max(0, moment - started) for moment in time), tuple(heap), tuple(rss))
