"""A history as levels: where the figure stays but for noise.

For every number of levels, dynamic programming finds the partition with the least sum of distances from the
levels' medians (the L1 Potts problem: Friedrich et al., Complexity Penalized M-Estimation, 2008). Distances
and not squares, so that one odd run is no level. Schwarz's criterion for such noise (Yao, Estimating the number
of change-points via Schwarz' criterion, 1988) chooses the number of levels.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

FEWEST_IN_LEVEL = 3
"""Runs that a level has at least where partitions are compared."""

PENALTY = 4.0
"""How many times its usual weight a step has in Schwarz's criterion."""


def partition(values: Sequence[float], floor: float, penalty: float = PENALTY) -> list[int]:
    """Where the levels of a history begin (the first at 0), by Schwarz's criterion.

    `floor` is the noise, as mean distance from the level, below which nothing is explained.
    """
    best, best_starts = math.inf, [0]
    since = 0
    for starts, cost in partitions(values):
        weighed = criterion(cost, len(values), floor) + penalty * (len(starts) - 1) * math.log(len(values))
        if weighed < best:
            best, best_starts, since = weighed, starts, 0
        elif (since := since + 1) == 3:
            break
    return best_starts


def partitions(values: Sequence[float], least: int = FEWEST_IN_LEVEL) -> Iterator[tuple[list[int], float]]:
    """The best partition into 1, 2, ... levels: where they begin, and the sum of distances from the medians.

    Every level has at least `least` runs.
    """
    size, costs = len(values), _costs(values)
    # What the first `end` values cost at best, and where their last level begins.
    cheapest = [costs[0][end] if end >= least else math.inf for end in range(size + 1)]
    begins: list[list[int]] = []
    yield [0], costs[0][size]
    for levels in range(2, size // least + 1):
        fewer, cheapest = cheapest, [math.inf] * (size + 1)
        begin = [0] * (size + 1)
        for end in range(levels * least, size + 1):
            for start in range((levels - 1) * least, end - least + 1):
                cost = fewer[start] + costs[start][end - start]
                if cost < cheapest[end]:
                    cheapest[end], begin[end] = cost, start
        begins.append(begin)
        starts, end = list[int](), size
        for column in reversed(begins):
            end = column[end]
            starts.append(end)
        yield [0, *reversed(starts)], cheapest[size]


def _costs(values: Sequence[float]) -> list[list[float]]:
    """`costs[i][j - i]`: the sum of distances of `values[i:j]` from their median."""
    costs: list[list[float]] = []
    for start in range(len(values)):
        ordered: list[float] = []
        cost = 0.0
        row = [cost]
        for value in values[start:]:
            if ordered:
                low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
                cost += max(low - value, value - high, 0.0)
            insort(ordered, value)
            row.append(cost)
        costs.append(row)
    return costs


def cost_of(values: Sequence[float], starts: Sequence[int]) -> float:
    """The sum of distances from the medians of levels that begin at `starts`."""
    cost = 0.0
    for start, end in pairwise([*starts, len(values)]):
        level = median(values[start:end])
        cost += sum(abs(value - level) for value in values[start:end])
    return cost


def criterion(cost: float, size: int, floor: float) -> float:
    """Twice the negative log likelihood of the distances, halved: what Schwarz's criterion starts from."""
    return size * math.log(max(cost / size, floor))
