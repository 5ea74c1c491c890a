"""What kind of leak each stack is: when the memory that was never freed was allocated.

The clock of a leak runs from the program's first allocations to its last ones (of all memory, the first and
the last hundredth left out), so that a process that idles at its end does not hide what grew while it worked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import accumulate, pairwise

import msgspec

from sitegen.insight.calltree import functions_of
from sitegen.insight.history import SteadyLeak, Where
from sitegen.insight.suppressions import BUILT_IN, Suppression, suppressed_nodes
from sitegen.model import NEVER, Analysis, Intervals

MOST_FUNCTIONS = 5
"""Functions that are named where a capture leaks steadily."""


class LeakKind(StrEnum):
    """When a stack's leaked memory was allocated. Ranked: the first is the most likely to be a real leak."""

    STEADY = "steady"  # again and again through half of the time at least, until the end: it would go on
    LATE = "late"  # towards the end only: in use when the capture ended, more often than not
    IRREGULAR = "irregular"  # now and then
    LEVELLED_OFF = "levelled off"  # again and again, then no more: a cache that is full
    ONCE = "once"  # at one moment
    START = "start"  # at the start only: imports, configuration
    UNKNOWN = "unknown"  # the capture does not know when, or is too short to tell


class LeakStack(msgspec.Struct, frozen=True):
    """A stack that leaks: its node in the tree, and what it holds."""

    node: int
    bytes: int
    count: int
    kind: LeakKind


class Leaks(msgspec.Struct, frozen=True):
    """The leaks of a capture, and those that are known. Their bytes add up to the capture's leaked bytes."""

    stacks: tuple[LeakStack, ...]  # by rank of kind, then by size
    suppressed: tuple[LeakStack, ...]


def find_leaks(analysis: Analysis, suppressions: Sequence[Suppression] = ()) -> Leaks:
    """The leaks of a capture. The built-in suppressions hold beside the given ones, but for steady leaks."""
    own = suppressed_nodes(analysis, suppressions)
    built_in = suppressed_nodes(analysis, BUILT_IN)
    shown: list[LeakStack] = []
    suppressed: list[LeakStack] = []
    for stack in _stacks(analysis):
        # A cache of the interpreter is bounded; what never stops growing is none.
        known = stack.node in own or (stack.node in built_in and stack.kind is not LeakKind.STEADY)
        (suppressed if known else shown).append(stack)
    rank = list(LeakKind)
    shown.sort(key=lambda s: (rank.index(s.kind), -s.bytes, s.node))
    return Leaks(tuple(shown), tuple(suppressed))


def steady_leak(analysis: Analysis, leaks: Leaks) -> SteadyLeak:
    """What a capture leaks steadily, in all and by function, as findings and the history keep it."""
    functions = functions_of(analysis)
    own: dict[int, int] = defaultdict(int)
    for stack in leaks.stacks:
        if stack.kind is LeakKind.STEADY:
            own[functions.of_node[stack.node]] += stack.bytes
    rows = [Where(functions.names[f], functions.files[f].name, size) for f, size in own.items()]
    rows.sort(key=lambda row: (-row.delta, row.file, row.function))
    return SteadyLeak(sum(own.values()), tuple(rows[:MOST_FUNCTIONS]))


def _stacks(analysis: Analysis) -> list[LeakStack]:
    """Every stack with leaked memory, by node."""
    held: dict[int, list[int]] = {}
    leaks = analysis.leaks
    for node, size, count in zip(leaks.node, leaks.bytes, leaks.count, strict=True):
        if size:
            row = held.setdefault(node, [0, 0])
            row[0] += size
            row[1] += count
    if analysis.lifetimes is None:
        return [LeakStack(node, size, count, LeakKind.UNKNOWN) for node, (size, count) in held.items()]
    when = moments(analysis)
    working = _working(analysis.lifetimes, when)
    born = _born(analysis.lifetimes)
    return [
        LeakStack(node, size, count, kind_of(born[node], working, count))
        for node, (size, count) in held.items()
    ]


def moments(analysis: Analysis) -> list[float]:
    """The middle of every window, as a share of the capture's time."""
    times = list(analysis.snapshots.time)
    first = min([analysis.facts.started, *times])
    last = max([analysis.facts.ended, *times])
    edges = [first, *times, last]
    whole = (last - first) or 1
    return [(a + b - 2 * first) / (2 * whole) for a, b in pairwise(edges)]


def _working(lifetimes: Intervals, when: Sequence[float]) -> list[float]:
    """Every window's place in the time that the program works: 0 at its start and before, 1 at its end.

    Empty where there are too few windows in that time to tell kinds apart.
    """
    allocations = [0] * len(when)
    for window, count in zip(lifetimes.allocated, lifetimes.count, strict=True):
        allocations[window] += count
    until = list(accumulate(allocations))
    begin = when[bisect_left(until, 0.01 * until[-1])]
    end = when[bisect_left(until, 0.99 * until[-1])]
    if end <= begin:
        return []
    working = [min(max((moment - begin) / (end - begin), 0.0), 1.0) for moment in when]
    return working if len({place for place in working if 0 < place < 1}) >= FEWEST_WINDOWS else []


def _born(lifetimes: Intervals) -> dict[int, dict[int, int]]:
    """For every node: window -> bytes that were allocated in it and never freed."""
    born: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for node, window, freed, size in zip(
        lifetimes.node, lifetimes.allocated, lifetimes.freed, lifetimes.bytes, strict=True
    ):
        if freed == NEVER:
            born[node][window] += size
    return born


FEWEST_WINDOWS = 8
"""Windows that the working time must have to tell kinds apart: memray takes a snapshot every 10 ms."""

FEWEST_BIRTHS = 4
"""Allocations that make a leak one that happens again and again."""

_EARLY, _HALF, _LATE, _MOMENT = 0.15, 0.5, 0.85, 0.05
_TENTHS = 10


def kind_of(born: dict[int, int], working: Sequence[float], count: int) -> LeakKind:
    """The kind of a leak of `count` allocations, by when its bytes were allocated (the middle 90 % of them).

    `born` is window -> bytes, `working` every window's place in the working time (empty: too short to tell).
    """
    if not born or not working:
        return LeakKind.UNKNOWN
    windows = sorted(born)
    until = list(accumulate(born[window] for window in windows))
    first = working[windows[bisect_left(until, 0.05 * until[-1])]]
    last = working[windows[bisect_left(until, 0.95 * until[-1])]]
    if last <= _EARLY:
        return LeakKind.START
    if first >= _LATE:
        return LeakKind.LATE
    if last - first <= _MOMENT:
        return LeakKind.ONCE
    if first > _HALF and last > _LATE:
        return LeakKind.LATE
    tenths = {min(int(working[window] * _TENTHS), _TENTHS - 1) for window in windows}
    span = range(min(int(first * _TENTHS), _TENTHS - 1), min(int(last * _TENTHS), _TENTHS - 1) + 1)
    often = count >= FEWEST_BIRTHS and _share(tenths, span) > 0.5
    if not often:
        return LeakKind.IRREGULAR
    return LeakKind.STEADY if last > _LATE else LeakKind.LEVELLED_OFF


def _share(tenths: Iterable[int], span: range) -> float:
    return sum(tenth in span for tenth in tenths) / len(span)
