"""Steady growth of a figure over runs.

It is a trend by Mann and Kendall's test (Mann, 1945; Kendall, 1975) that a line by Theil and Sen (Sen, 1968)
fits better, by the criterion of `partition`, than levels do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist, median

import msgspec

from sitegen.insight.partition import PENALTY, cost_of, criterion, partition
from sitegen.insight.points import Effect, Point, floor_of

GROWTH_RUNS = 6
"""Steady growth takes as many runs; in a history of five runs, all five."""

GROWTH_CHANCE = 0.01
"""How likely chance alone may make five runs rise as much. For more runs, a fifth of it."""

GROWTH_WINDOW = 30
"""Growth is looked for in as many runs."""


class Growth(msgspec.Struct, frozen=True):
    """A figure that rises from run `first` to run `last`, by `slope` a run."""

    first: int
    last: int
    slope: float


def find_growth(history: Sequence[Point | None], effect: Effect) -> Growth | None:
    """The steady rise that ends with the newest run, as early as it begins; None where there is none."""
    known = [index for index, point in enumerate(history) if point is not None]
    few = len(known) == GROWTH_RUNS - 1
    chance = GROWTH_CHANCE if few else GROWTH_CHANCE / 5
    known = known[-GROWTH_WINDOW:]
    points = [point for index in known if (point := history[index])]
    for start in range(1 if few else len(points) - GROWTH_RUNS + 1):
        values = [point.value for point in points[start:]]
        widest = max(point.spread for point in points[start:])
        enough = values[-1] - values[0] > max(effect.of(values[0]), widest)
        if enough and chance_of_rise(values) <= chance and _is_line(values, effect):
            return Growth(known[start], known[-1], _slope(values))
    return None


def _is_line(values: Sequence[float], effect: Effect) -> bool:
    """Whether values lie along a line rather than on levels."""
    slope = _slope(values)
    rest = [value - slope * index for index, value in enumerate(values)]
    center = median(rest)
    floor = floor_of(values, effect)
    per_parameter = PENALTY * math.log(len(values))
    line = criterion(sum(abs(value - center) for value in rest), len(values), floor) + per_parameter
    starts = partition(values, floor)
    return line < criterion(cost_of(values, starts), len(values), floor) + per_parameter * (len(starts) - 1)


def _slope(values: Sequence[float]) -> float:
    """Theil and Sen's: the median of the slopes of all pairs."""
    return median((values[j] - values[i]) / (j - i) for i, j in combinations(range(len(values)), 2))


def chance_of_rise(values: Sequence[float]) -> float:
    """How likely values in random order rise as much as these, by Mann and Kendall's test.

    Exact where no two values are equal, else by the normal approximation with its correction for ties.
    """
    size = len(values)
    score = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    ties = [count for count in Counter(values).values() if count > 1]
    if not ties and size <= 60:
        falling = (size * (size - 1) // 2 - score) // 2
        return sum(_orders_by_inversions(size)[: falling + 1]) / math.factorial(size)
    variance = (size * (size - 1) * (2 * size + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if not variance or score <= 0:
        return 1.0
    return 1 - NormalDist().cdf((score - 1) / math.sqrt(variance))


def _orders_by_inversions(size: int) -> list[int]:
    """How many orders of `size` different values have 0, 1, 2, ... pairs that fall."""
    orders = [1]
    for added in range(1, size):
        # The added value makes up to `added` pairs fall.
        longer = [0] * (len(orders) + added)
        for inversions, count in enumerate(orders):
            for more in range(added + 1):
                longer[inversions + more] += count
        orders = longer
    return orders
