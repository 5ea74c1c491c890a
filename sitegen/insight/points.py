"""A figure of a run, and which changes of it matter."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec


class Effect(msgspec.Struct, frozen=True):
    """The smallest change that matters: a share of the level before, and an amount. Both are needed."""

    share: float = 0.05
    amount: float = 100_000

    def of(self, level: float) -> float:
        """The smallest amount that matters at this level."""
        return max(self.share * abs(level), self.amount)


class Point(msgspec.Struct, frozen=True):
    """A run's figure: the smallest of its repeats, and how far the repeats lie apart."""

    value: float
    spread: float = 0.0

    @staticmethod
    def of(repeats: Sequence[float]) -> Point:
        return Point(min(repeats), max(repeats) - min(repeats))


def floor_of(values: Sequence[float], effect: Effect) -> float:
    """A hundredth of what matters: taken for no noise at all."""
    return effect.of(median(values)) / 100 or 1.0
