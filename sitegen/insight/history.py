"""The figures of modules over runs: what findings and budgets are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from statistics import median_low
from typing import Protocol

import msgspec

from sitegen.insight.points import Point
from sitegen.model import Baseline, Facts, Status, full_name


class Figure(StrEnum):
    """A figure that is followed over runs. Allocations are all that were made, not those alive at the peak."""

    PEAK = "peak"
    LEAKED = "leaked"
    ALLOCATIONS = "allocations"
    THREADS = "threads"


def short_commit(commit: str) -> str:
    """A commit as pages and messages name it."""
    return commit[:10]


_CALLED_RUN = re.compile(r"run[-_ ]?[0-9]", re.IGNORECASE)
"""What begins like this says itself what it is: `run-7`."""


def run_name(id_: str, label: str | None, commit: str | None = None) -> str:
    """A run as messages name it: by its label, as pages do, with the id where that is another, and the commit."""
    more = [id_] if label and label != id_ else []
    more += [f"commit {short_commit(commit)}"] if commit else []
    called = label or id_
    return (called if _CALLED_RUN.match(called) else f"run {called}") + (
        f" ({', '.join(more)})" if more else ""
    )


class Run(msgspec.Struct, frozen=True):
    """A run, as findings name it. Commit and branch are empty where they are not known."""

    id: str
    label: str = ""
    commit: str = ""
    branch: str = ""


class Where(msgspec.Struct, frozen=True):
    """A function and what its own bytes changed by; where nothing was compared, what it holds."""

    function: str
    file: str
    delta: int


class SteadyLeak(msgspec.Struct, frozen=True):
    """What a capture leaks steadily, and the functions that leak most of it."""

    bytes: int
    where: tuple[Where, ...]


class Captured(msgspec.Struct, frozen=True):
    """One process of one run. Chunks of one process are to be joined before. None: the figure does not exist."""

    id: str  # the capture's: by it the caller finds function rows
    run: str
    status: Status
    reason: str = ""
    facts: Facts | None = None
    peak: int | None = None
    leaked: int | None = None
    allocations: int | None = None
    threads: int | None = None
    thread_starts: tuple[float, ...] = ()  # `threads.thread_starts`
    steady: SteadyLeak | None = None  # `leaks.steady_leak`

    def value(self, figure: Figure) -> int | None:
        """One of its figures."""
        match figure:
            case Figure.PEAK:
                return self.peak
            case Figure.LEAKED:
                return self.leaked
            case Figure.ALLOCATIONS:
                return self.allocations
            case Figure.THREADS:
                return self.threads


class Series(msgspec.Struct, frozen=True):
    """A module's instance over runs. Several captures of one run are repeats of it.

    `numbered` says that the instance is no name but a number among others, as forks have.
    """

    module: str
    instance: str | None
    captures: tuple[Captured, ...]
    numbered: bool = False

    @property
    def name(self) -> str:
        """How findings call it."""
        return full_name(self.module, self.instance)

    def comparable(self, figure: Figure) -> Iterator[Captured]:
        """The captures with this figure that can be compared with each other.

        Damaged ones know lower bounds only. What an unfinished process left is no leak, unless they all end
        like that. Other ways of allocating than the newest capture's have no common measure with it.
        """
        known = [
            capture
            for capture in self.captures
            if capture.value(figure) is not None and capture.status.trusted
        ]
        if figure is Figure.LEAKED and any(capture.status is Status.OK for capture in known):
            known = [capture for capture in known if capture.status is Status.OK]
        newest = known[-1].facts if known else None
        for capture in known:
            facts = capture.facts
            if facts is None or newest is None or _measure(facts) == _measure(newest):
                yield capture


def _measure(facts: Facts) -> tuple[str, bool]:
    """What two captures must have in common for their figures to be of one measure."""
    return facts.allocator, facts.python_allocators_traced


class History(msgspec.Struct, frozen=True):
    """Runs, oldest first, and what they captured. Captures of a series are in the order of the runs."""

    runs: tuple[Run, ...]
    series: tuple[Series, ...]

    def repeats(self, series: Series, figure: Figure) -> list[list[Captured]]:
        """For every run the comparable captures of a series, smallest figure first."""
        number = {run.id: index for index, run in enumerate(self.runs)}
        of_run: list[list[Captured]] = [[] for _ in self.runs]
        for capture in series.comparable(figure):
            if capture.run in number:
                of_run[number[capture.run]].append(capture)
        for repeats in of_run:
            repeats.sort(key=lambda capture: (capture.value(figure) or 0, capture.id))
        return of_run

    def levels(self, series: Series, figure: Figure) -> list[list[Captured]]:
        """The repeats that tell how large a figure is, for every run as `repeats`.

        A process that did not end had come this far, and says nothing of having needed less than one that did: it
        counts from the last ended one's figure on, of those before all from the first one's. Where none ends, all do.
        """
        repeats = self.repeats(series, figure)
        ended = [
            next((c.value(figure) or 0 for c in of_run if c.status is Status.OK), None) for of_run in repeats
        ]
        reached = next((value for value in ended if value is not None), 0)
        levels = []
        for of_run, value in zip(repeats, ended, strict=True):
            reached = reached if value is None else value
            levels.append([c for c in of_run if c.status is Status.OK or (c.value(figure) or 0) >= reached])
        return levels

    def points(self, series: Series, figure: Figure) -> list[Point | None]:
        """For every run the smallest of the repeats that tell, and their spread; None is a gap."""
        return [
            Point.of([value for capture in repeats if (value := capture.value(figure)) is not None])
            if repeats
            else None
            for repeats in self.levels(series, figure)
        ]


class NamedRun(Protocol):
    """What a baseline is chosen by."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def branch(self) -> str | None: ...


class BaselineValue(msgspec.Struct, frozen=True):
    """A figure to compare with, the run it is from (of a median, the run that has it), and how to call it."""

    value: int
    run: int
    called: str


def baseline_value(
    history: History, series: Series, figure: Figure, at: int, baseline: Baseline
) -> BaselineValue | None:
    """The baseline's figure for run number `at`; None where no earlier run has it."""
    points = history.points(series, figure)[:at]
    known = [(index, int(point.value)) for index, point in enumerate(points) if point is not None]
    return choose_baseline(known, history.runs, baseline)


def can_be_baseline(run: NamedRun, baseline: Baseline) -> bool:
    """Whether a run is one that the baseline means, or one of them."""
    match baseline.kind:
        case "run":
            return baseline.name in (run.id, run.label)
        case "branch":
            return run.branch == baseline.name
        case _:
            return True


def choose_baseline(
    known: Sequence[tuple[int, int]], runs: Sequence[NamedRun], baseline: Baseline
) -> BaselineValue | None:
    """Which of the runs before is the baseline: `known` are (run number, figure), oldest first."""
    known = [(i, value) for i, value in known if can_be_baseline(runs[i], baseline)]
    if not known:
        return None
    if baseline.kind == "median":
        last = known[-baseline.count :]
        middle = median_low(value for _, value in last)
        run = max(index for index, value in last if value == middle)
        return BaselineValue(middle, run, f"the median of the last {len(last)} runs")
    index, value = known[-1]
    return BaselineValue(value, index, run_name(runs[index].id, runs[index].label))
