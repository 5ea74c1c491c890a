"""Where figures lie on a chart: its view box, the plot inside the axes, and the marks on these.

Coordinates are in the units of the view box, rounded: equal input gives equal text, and pages stay small.
"""

from __future__ import annotations

import math

import msgspec

WIDTH = 960

HALF = 470
"""For charts that stand two in a row: their text then is as large as that of a wide one."""

_LEFT, _RIGHT, _ABOVE, _BELOW = 64, 12, 12, 28
"""The room around a plot: at the left and below for the figures of the axes."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle: its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def across(self, share: float) -> float:
        """The x of a share of the width."""
        return round(self.left + (self.right - self.left) * share, 1)

    def up(self, share: float) -> float:
        """The y of a share of the height, from the bottom."""
        return round(self.bottom - (self.bottom - self.top) * share, 1)


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis: where, and the figure it stands for."""

    at: float
    value: float


class Plot(msgspec.Struct, frozen=True):
    """The plot of a chart whose view box is `width` by `height`. Both axes begin at zero."""

    width: int
    height: int
    box: Box
    longest: float  # the figure at the right edge
    highest: float  # that at the top
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    def x(self, value: float) -> float:
        """Where a figure lies on the x axis."""
        return self.box.across(value / self.longest)

    def y(self, value: float) -> float:
        """Where a figure lies on the y axis."""
        return self.box.up(value / self.highest)


def over_time(duration: int, highest: float, bottom: int = 212, below: int = _BELOW) -> Plot:
    """A wide plot over so many milliseconds, up to this figure or a little more.

    `bottom` is where its axis lies, `below` the room that the view box has there.
    """
    box = Box(_LEFT, _ABOVE, WIDTH - _RIGHT, bottom)
    steps = [value for value in nice_steps(duration, 6) if value <= duration]
    x_ticks = tuple(Tick(box.across(value / duration), value) for value in steps)
    top, y_ticks = _y_axis(box, highest)
    return Plot(WIDTH, bottom + below, box, duration, top, x_ticks, y_ticks)


def over_runs(runs: int, highest: float, width: int, height: int) -> Plot:
    """A plot with as much room for each of these runs. Their labels are no figures: it has no ticks for them."""
    box = Box(_LEFT, _ABOVE, width - _RIGHT, height - _BELOW)
    top, y_ticks = _y_axis(box, highest)
    return Plot(width, height, box, runs, top, (), y_ticks)


def _y_axis(box: Box, highest: float) -> tuple[float, tuple[Tick, ...]]:
    """The figure at the top of an axis, and its ticks, which include 0."""
    steps = nice_steps(max(highest, 1), 4)
    step = steps[1] - steps[0] if len(steps) > 1 else max(highest, 1)
    while steps[-1] < highest:
        steps.append(steps[-1] + step)
    return steps[-1], tuple(Tick(box.up(value / steps[-1]), value) for value in steps)


def nice_steps(highest: float, steps: int) -> list[float]:
    """0 and its multiples of 1, 2 or 5 times a power of ten, about `steps` of them, up to `highest`."""
    raw = highest / steps
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [step * i for i in range(int(highest / step * 1.000001) + 1)]
