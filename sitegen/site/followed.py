"""Functions over runs: the functions page, and the data file that its script follows any function with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from sitegen import summary
from sitegen.insight.holders import Holder, function_holders, package_holders
from sitegen.model import View
from sitegen.reporters.rows import WORTH
from sitegen.site import charts
from sitegen.site.captures import Capture, PartOf
from sitegen.site.views import FunctionsView, RunRow, TimelineChart, Timelines

FOLLOWED = 2_000
"""Functions in the data file: those that ever held most."""

_KINDS = {View.PEAK: "Held at the peak", View.LEAKS: "Never freed"}
"""The views that functions are followed in, and what the lines of each are called."""

Past = Iterable[tuple[RunRow, Sequence[Capture]]]
"""Runs, oldest first, with the processes that count in each."""

Values = tuple[int | None, ...]
"""Bytes in each of the runs; None where a run tells nothing."""

_Key = tuple[str, str, str]
"""Package, file and function: what a holder is known by from run to run."""


class Followed(msgspec.Struct, frozen=True):
    """A function or package of a run, its share of the whole, and its own bytes over the runs."""

    holder: Holder
    share: float
    spark: charts.Spark | None


class FollowedTable(msgspec.Struct, frozen=True):
    """The largest holders of a run. `small` are those among them with less than `WORTH` of the whole.

    `others` is how many are not listed, `bytes` what those hold together.
    """

    rows: tuple[Followed, ...]
    small: tuple[Followed, ...]
    others: int
    bytes: int


class _Held(msgspec.Struct, frozen=True):
    """Who held memory in a run, in one view, and which modules the run captured."""

    holders: tuple[Holder, ...]
    modules: frozenset[str]


def of_page(view: FunctionsView, part_of: PartOf) -> dict[str, Any]:
    """What a functions page shows: four tables, and the largest function over the runs."""
    functions, packages = _tallies(), _tallies()
    for run in _held_in_runs(view.past, part_of):
        for kind, held in run.items():
            functions[kind].add(held)
            packages[kind].add(_Held(package_holders(held.holders), held.modules))
    tables: dict[str, Any] = {}
    for kind in _KINDS:
        tables[f"{kind}_functions"] = _followed(functions[kind], view.functions)
        tables[f"{kind}_packages"] = _followed(packages[kind], view.packages)
    return {**tables, **_largest(view, functions)}


def data_file(past: Past, part_of: PartOf) -> bytes:
    """Every function's own bytes over the runs, as a script; `null` where a run tells nothing of it."""
    functions = _tallies()
    for run in _held_in_runs(past, part_of):
        for kind, held in run.items():
            functions[kind].add(held)
    by_kind = [functions[kind].values() for kind in _KINDS]
    keys = _largest_first(by_kind)[:FOLLOWED]
    nothing = (0,) * functions[View.PEAK].runs
    found = [
        [function, file, *(values.get(key, nothing) for values in by_kind)]
        for key in keys
        for _, file, function in [key]
    ]
    return b"sitegen.functions(%s);\n" % msgspec.json.encode(found)


def _largest_first(by_kind: Sequence[dict[_Key, Values]]) -> list[_Key]:
    """Functions by the most bytes that they ever held, in whatever view and run."""

    def most(key: _Key) -> int:
        return max(value or 0 for values in by_kind for value in values.get(key, (0,)))

    return sorted(set().union(*by_kind), key=lambda key: (-most(key), key))


class _Tally:
    """What every function, or package, held in each run. Runs are added one by one: their tables need much memory."""

    def __init__(self) -> None:
        self.newest: tuple[Holder, ...] = ()
        self._captured: list[frozenset[str]] = []
        self._held: dict[_Key, list[int]] = {}  # up to the last run in which they held something
        self._modules: dict[_Key, set[str]] = {}

    def add(self, run: _Held) -> None:
        """The run after those that were added."""
        for holder in run.holders:
            key = _key(holder)
            held = self._held.setdefault(key, [])
            held.extend([0] * (len(self._captured) - len(held)))
            held.append(holder.bytes)
            self._modules.setdefault(key, set()).update(module for module, _ in holder.modules)
        self._captured.append(run.modules)
        self.newest = run.holders

    @property
    def runs(self) -> int:
        """How many were added."""
        return len(self._captured)

    def values(self) -> dict[_Key, Values]:
        """The bytes of each over the runs. A run that captured none of its modules is a gap: it tells nothing."""
        return {
            key: tuple(
                (held[number] if number < len(held) else 0) if self._modules[key] & captured else None
                for number, captured in enumerate(self._captured)
            )
            for key, held in self._held.items()
        }


def _tallies() -> dict[View, _Tally]:
    return {kind: _Tally() for kind in _KINDS}


def _held_in_runs(past: Past, part_of: PartOf) -> Iterator[dict[View, _Held]]:
    """Who held memory in each run, at the peak and never freed."""
    return (_held([capture for capture in captures if capture.data], part_of) for _, captures in past)


def _held(captures: Sequence[Capture], part_of: PartOf) -> dict[View, _Held]:
    peak, leaks = [], []
    for capture in captures:
        tables = summary.tables_from_json(part_of(capture.id, "functions"))
        peak.append((capture.module, tables.peak))
        # What was never freed adds up over the chunks of a process, its peaks do not.
        leaks += [
            (capture.module, summary.tables_from_json(part_of(chunk, "functions")).leaks)
            for chunk in capture.chunks
        ] or [(capture.module, tables.leaks)]
    modules = frozenset(capture.module for capture in captures)
    return {
        View.PEAK: _Held(function_holders(peak), modules),
        View.LEAKS: _Held(function_holders(leaks), modules),
    }


def _key(holder: Holder) -> _Key:
    return holder.package, holder.file, holder.function


def _followed(tally: _Tally, most: int) -> FollowedTable:
    """The newest run's largest holders, each with its bytes over the runs."""
    values, holders = tally.values(), tally.newest
    whole = sum(holder.bytes for holder in holders) or 1
    rows = tuple(
        Followed(holder, holder.bytes / whole, charts.sparkline(values[_key(holder)]))
        for holder in holders[:most]
    )
    worth = sum(row.share >= WORTH for row in rows) or 1
    rest = holders[most:]
    return FollowedTable(rows[:worth], rows[worth:], len(rest), sum(holder.bytes for holder in rest))


def _largest(view: FunctionsView, tallies: dict[View, _Tally]) -> dict[str, Any]:
    """The timeline of the newest run's largest function, or of the largest ever where that run tells of none.

    Empty where there is nothing to follow.
    """
    by_kind = {kind: tallies[kind].values() for kind in _KINDS}
    if len(view.past) < 2 or not any(by_kind.values()):
        return {"largest": None}
    newest = tallies[View.PEAK].newest
    key = _key(newest[0]) if newest else _largest_first([*by_kind.values()])[0]
    series = [(name, by_kind[kind].get(key, (0,) * len(view.past))) for kind, name in _KINDS.items()]
    chart = charts.timeline(series, len(view.past), height=200)
    _, file, function = key
    drawn = (TimelineChart("function", f"{function} {file}", "bytes", chart),) if chart else ()
    return {"largest": key, "timelines": Timelines(drawn), "runs": tuple(row for row, _ in view.past)}
