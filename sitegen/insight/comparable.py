"""Whether two captures can be compared, and what to keep in mind where they can."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from sitegen.insight.comparison import Metric
from sitegen.model import Facts, Status


class Verdict(StrEnum):
    """`MARKED`: compare, and say why the figures differ for other reasons than the program too."""

    OK = "ok"
    MARKED = "marked"
    REFUSED = "refused"


class Comparable(msgspec.Struct, frozen=True):
    """The verdict, with a sentence for every reason; the reasons of a refusal come first."""

    verdict: Verdict
    reasons: tuple[str, ...]


def comparable(
    base: Facts,
    head: Facts,
    metric: Metric,
    base_status: Status = Status.OK,
    head_status: Status = Status.OK,
) -> Comparable:
    """Whether base and head can be compared in a metric."""
    refused = tuple(_refusals(base, head, metric, (base_status, head_status)))
    marked = tuple(_marks(base, head, metric, (base_status, head_status)))
    if refused:
        return Comparable(Verdict.REFUSED, refused + marked)
    return Comparable(Verdict.MARKED if marked else Verdict.OK, marked)


def _refusals(base: Facts, head: Facts, metric: Metric, statuses: tuple[Status, Status]) -> Iterator[str]:
    if Status.FAILED in statuses:
        yield "One of the captures could not be read."
    if metric is not Metric.PEAK and base.allocator != head.allocator:
        yield (
            f"Base used the allocator {base.allocator}, head {head.allocator}: one asks for whole arenas "
            f"where the other asks for each object, so {_figure(metric)} have no common measure."
        )
    if metric is Metric.ALLOCATIONS:
        if base.aggregated or head.aggregated:
            yield "Aggregated captures do not know the number of allocations."
        if base.python_allocators_traced != head.python_allocators_traced:
            yield "Only one side was recorded with --trace-python-allocators, which counts every object."


def _marks(base: Facts, head: Facts, metric: Metric, statuses: tuple[Status, Status]) -> Iterator[str]:
    if metric is Metric.PEAK and base.allocator != head.allocator:
        yield (
            f"Base used the allocator {base.allocator}, head {head.allocator}: part of the difference is the "
            "allocator's."
        )
    if metric is not Metric.ALLOCATIONS and base.python_allocators_traced != head.python_allocators_traced:
        yield (
            "Only one side was recorded with --trace-python-allocators: there, objects are counted beside "
            "the arenas that hold them."
        )
    if base.native != head.native:
        side = "Base" if base.native else "Head"
        yield f"Only {side.lower()} has native frames: they are left out of the comparison."
    if Status.DAMAGED in statuses:
        which = _sides(statuses, Status.DAMAGED)
        yield f"{which} damaged: figures there are lower bounds."
    if statuses.count(Status.UNFINISHED) == 1:
        side = _sides(statuses, Status.UNFINISHED)
        held = " What it held then counts as never freed." if metric is Metric.LEAKS else ""
        yield f"{side} unfinished: its figures go no further than the moment it ended.{held}"
    if base.python_version and head.python_version and base.python_version != head.python_version:
        yield (
            f"Base ran on Python {base.python_version}, head on {head.python_version}: the interpreter's own "
            "memory differs."
        )


def _sides(statuses: tuple[Status, Status], status: Status) -> str:
    if statuses == (status, status):
        return "Both sides are"
    return "Base is" if statuses[0] is status else "Head is"


def _figure(metric: Metric) -> str:
    return "leaks" if metric is Metric.LEAKS else "numbers of allocations"
