"""Two runs: which capture is compared with which."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from sitegen.insight.comparable import Comparable, Verdict, comparable
from sitegen.insight.compare import compare
from sitegen.insight.comparison import Comparison, Metric
from sitegen.model import ROOT, Analysis, Intervals, Name, Records, Snapshots, Status, Tree

T = TypeVar("T")
U = TypeVar("U")


class Member(msgspec.Struct, Generic[T], frozen=True):
    """A capture of a run: who it is of, what is needed to choose it, and the capture in whatever form."""

    name: Name
    status: Status
    peak_bytes: int | None  # None: nothing could be read
    capture: T


class Pair(msgspec.Struct, Generic[T], frozen=True):
    """A module's instance in two runs. None: that run has no capture of it that can be read."""

    module: str
    instance: str | None
    base: T | None
    head: T | None

    def map(self, change: Callable[[T], U]) -> Pair[U]:
        """The same pair, with both captures in another form."""
        base, head = (None if capture is None else change(capture) for capture in (self.base, self.head))
        return Pair(self.module, self.instance, base, head)


class ModuleComparison(msgspec.Struct, frozen=True):
    """A pair compared. `comparison` is None where it is refused.

    A module that one run alone has is compared with nothing: its figures there are 0, and `only_in` tells.
    """

    module: str
    instance: str | None
    only_in: str | None  # "base", "head" or None
    comparable: Comparable
    comparison: Comparison | None


def pair_runs(base: Iterable[Member[T]], head: Iterable[Member[T]]) -> tuple[Pair[T], ...]:
    """The representatives of two runs matched by module and instance, sorted by them."""
    left, right = representatives(base), representatives(head)
    keys = sorted(left.keys() | right.keys(), key=lambda key: (key[0], key[1] is not None, key[1] or ""))
    return tuple(Pair(*key, left.get(key), right.get(key)) for key in keys)


def compare_pair(pair: Pair[Analysis], metric: Metric) -> ModuleComparison:
    """One pair compared. One side at least must be there."""
    base, head = pair.base, pair.head
    only_in = "head" if base is None else "base" if head is None else None
    if base is None:
        if head is None:
            raise ValueError("a pair of nothing")
        base = nothing_like(head)
    head = head or nothing_like(base)
    verdict = comparable(base.facts, head.facts, metric, base.status, head.status)
    comparison = None if verdict.verdict is Verdict.REFUSED else compare(base, head, metric)
    return ModuleComparison(pair.module, pair.instance, only_in, verdict, comparison)


def largest_change_first(module: ModuleComparison) -> tuple[bool, int]:
    """For sorting: by how much the figure changed, up or down; what could not be compared comes last."""
    comparison = module.comparison
    return comparison is None, -abs(comparison.delta) if comparison else 0


def nothing_like(analysis: Analysis) -> Analysis:
    """A capture taken the same way in which nothing was ever allocated."""
    records = Records(array("I"), array("H"), array("B"), array("Q"), array("Q"))
    intervals = Intervals(array("I"), array("H"), array("I"), array("I"), array("Q"), array("Q"))
    return replace(
        analysis,
        status=Status.OK,
        reason="",
        peak_bytes=0,
        peak_rss_bytes=None,
        leaked_bytes=0,
        leaked_allocations=None if analysis.leaked_allocations is None else 0,
        tree=Tree(array("I", [ROOT]), array("I", [ROOT])),
        peak=records,
        leaks=records,
        temporary=None if analysis.temporary is None else records,
        high_water=None if analysis.high_water is None else intervals,
        lifetimes=None if analysis.lifetimes is None else intervals,
        snapshots=Snapshots(array("Q"), array("Q"), array("Q"), array("Q")),
        stats=None,
        folded=None,
    )


def representatives(members: Iterable[Member[T]]) -> dict[tuple[str, str | None], T]:
    """What stands for each module's instance in a run of these captures, where runs are compared.

    Of repeats it is the one with the smallest peak; of the chunks of one process the one with the largest. Damaged
    captures are taken only where there is no other.
    """
    groups: dict[tuple[str, str | None], list[tuple[bool, int, Member[T]]]] = defaultdict(list)
    for member in members:
        if member.peak_bytes is not None:
            damaged = member.status is Status.DAMAGED
            groups[member.name.module, member.name.instance].append((damaged, member.peak_bytes, member))
    chosen: dict[tuple[str, str | None], T] = {}
    for key, group in groups.items():
        whole = [row for row in group if not row[0]] or group
        choose = max if any(member.name.chunk is not None for _, _, member in whole) else min
        chosen[key] = choose(whole, key=lambda row: row[1])[2].capture
    return chosen
