"""Steps in a figure over runs.

A history of enough runs is taken as levels with noise (see `partition`). Few runs allow no such statistics, and
the newest run is a single value. There, a run begins a new level when it lies outside of what the runs before
let expect: outside their range, and outside a 99 % prediction interval. Few runs show too little of their
noise, so 1 % of the level is assumed beside what they show, with the weight of three runs; and so is what all
runs together show from run to run, unless they rise or fall all the way, as noise seldom does. The runs that
follow, up to two, must bear it out.

A step counts when it is larger than a minimum effect, as a share and as an amount, larger than repeated
captures of one run lie apart, and larger than 99 % of the differences that the noise of its levels makes.

How often noise alone makes a finding (a step or growth), measured at the default settings on 1,000 histories
each around 20 MB, with Gaussian, Laplace and uniform noise; the worst of the three
(`tests/performance/false_findings.py` measures it again):

| noise (standard deviation) | 2 runs | 3 | 4 | 6 | 9 | 10 | 15 | 30 |
|---|---|---|---|---|---|---|---|---|
| 0.1 % | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
| 1 % | 0.3 % | 0 | 0 | 0.2 % | 0.3 % | 0.2 % | 0 | 0.2 % |
| 2 % | 8.3 % | 4.6 % | 2.7 % | 4.0 % | 3.2 % | 1.1 % | 1.5 % | 0.8 % |
| 3 % | 28 % | 16 % | 11 % | 9.0 % | 5.8 % | 2.6 % | 1.1 % | 0.5 % |
| 10 % | 73 % | 45 % | 23 % | 15 % | 11 % | 4.1 % | 2.7 % | 1.1 % |

Captures of the same program are mostly equal to within 0.1 %, those of threads that meet by chance to within
1 or 2 %. Two runs cannot show their noise: there any change above the minimum effect counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist, median, median_low

import msgspec

from sitegen.insight.partition import partition
from sitegen.insight.points import Effect, Point, floor_of

ENOUGH = 10
"""From this number of runs on, partitions are compared; below, runs are looked at one by one."""

ESTABLISHED = 5
"""A level of fewer runs must begin as where runs are looked at one by one."""

CONFIRMING = 2
"""Where runs are looked at one by one: how many of the following must confirm a level, if there are any."""

MOST_RUNS = 200
"""Older runs are not looked at."""

_ASSUMED_NOISE, _ASSUMED_RUNS = 0.01, 3
_ENOUGH_FREEDOM = 4
_OUTSIDE = NormalDist().inv_cdf(0.995)


class Step(msgspec.Struct, frozen=True):
    """A new level from run `index` on; `last` is a run of the level before, the last that is typical.

    `before` and `after` are the medians of the two levels.
    """

    index: int
    last: int
    before: float
    after: float


def find_steps(history: Sequence[Point | None], effect: Effect) -> tuple[Step, ...]:
    """The steps, up and down, in order. None is a run without the figure; indices are of `history`."""
    known = [index for index, point in enumerate(history) if point is not None][-MOST_RUNS:]
    points = [point for index in known if (point := history[index])]
    if len(points) < 2:
        return ()
    values = [point.value for point in points]
    starts = _level_starts(points, effect)
    noise = _noise(values, starts, len(points))
    steps: list[Step] = []
    for left, start, end in zip(starts, starts[1:], [*starts[2:], len(points)], strict=False):
        before, after = median_low(values[left:start]), median_low(values[start:end])
        spread = max(
            median(p.spread for p in points[left:start]), median(p.spread for p in points[start:end])
        )
        chance = noise * math.sqrt(1 / (start - left) + 1 / (end - start))
        if abs(after - before) > max(effect.of(before), spread, chance):
            middle = (before + after) / 2
            typical = (i for i in range(start - 1, left - 1, -1) if (values[i] > middle) == (before > middle))
            steps.append(Step(known[start], known[next(typical)], before, after))
    return tuple(steps)


def _level_starts(points: Sequence[Point], effect: Effect) -> list[int]:
    """Where levels begin; the first at 0."""
    starts, size = [0], len(points)
    if size < ENOUGH:
        for index in range(1, size):
            if _begins_level(points, starts, index, min(index + 1 + CONFIRMING, size), effect):
                starts.append(index)
        return starts
    values = [point.value for point in points]
    for start, end in pairwise([*partition(values, floor_of(values, effect))[1:], size]):
        if end - start >= ESTABLISHED or _begins_level(points, starts, start, end, effect):
            starts.append(start)
    # What began lately is too short for partitions.
    for index in range(max(starts[-1], size - ESTABLISHED) + 1, size):
        if _begins_level(points, starts, index, size, effect):
            starts.append(index)
    return starts


def _begins_level(
    points: Sequence[Point], starts: Sequence[int], index: int, end: int, effect: Effect
) -> bool:
    """Whether run `index` lies outside of what the levels before it let expect.

    Those that follow up to `end` need not lie as far out: on the same side, outside the range, half as far.
    """
    values = [point.value for point in points]
    before = values[starts[-1] : index]
    level, seen = median(before), max(before) - min(before)
    spread = max(point.spread for point in points[starts[-1] : index + 1])
    noise = _noise(values, starts, index)
    if index - len(starts) < _ENOUGH_FREEDOM and not _goes_one_way(values[starts[-1] : end]):
        noise = max(noise, _OUTSIDE * _jitter(values))
    reach = noise * math.sqrt(1 + 1 / len(before))
    change = values[index] - level
    return abs(change) > max(reach, seen, spread, effect.of(level)) and all(
        math.copysign(value - level, change * (value - level)) > max(seen, abs(change) / 2)
        for value in values[index + 1 : end]
    )


def _goes_one_way(values: Sequence[float]) -> bool:
    """Whether the values never fall, or never rise."""
    return list(values) in (sorted(values), sorted(values, reverse=True))


def _noise(values: Sequence[float], starts: Sequence[int], end: int) -> float:
    """The noise of the levels before `end`, as the largest deviation that 99 % do not exceed.

    0 where no level has two runs: nothing is known of noise then.
    """
    squares, freedom = 0.0, 0
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        level = values[start:stop]
        center = sum(level) / len(level)
        squares += sum((value - center) ** 2 for value in level)
        freedom += len(level) - 1
    if not freedom:
        return 0.0
    assumed = _ASSUMED_RUNS * (_ASSUMED_NOISE * center) ** 2
    return _student(_ASSUMED_RUNS + freedom) * math.sqrt((assumed + squares) / (_ASSUMED_RUNS + freedom))


def _jitter(values: Sequence[float]) -> float:
    """The noise from run to run, of which neither a step nor a steady trend has any.

    The smaller of the medians of first and of second differences, scaled to a standard deviation.
    """
    first = [b - a for a, b in pairwise(values)]
    second = [b - a for a, b in pairwise(first)]
    if not second:
        return 0.0
    return min(median_low(map(abs, first)) / 0.954, median_low(map(abs, second)) / 1.652)


def _student(freedom: int) -> float:
    """The 99.5 % point of Student's distribution, by the expansion of Cornish and Fisher (1 % off at 4)."""
    z, v = _OUTSIDE, freedom
    return z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
