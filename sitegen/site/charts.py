"""Charts as geometry: numbers in, coordinates out. Templates draw them as SVG, scripts put a cursor on them.

Where on a chart a figure lies is said by its `Plot`. Coordinates of lines are whole units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from sitegen.insight.curves import peak_at
from sitegen.site.plot import WIDTH, Box, Plot, over_runs, over_time
from sitegen.summary import Curve

COLOURS = 12
"""Ways to draw a line that can be told apart."""

MOST_TITLED = 60
"""How many points of a timeline are elements of their own: with hundreds of them, most of a page was such elements."""

BEYOND = 30
"""How many times the heap resident memory may be to be drawn beside it."""


class MemoryChart(msgspec.Struct, frozen=True):
    """Memory over time. `heap` and `rss` are paths; that of the heap begins and ends on the axis.

    `rss` is empty where resident memory lies so far above the heap that nothing would be seen of that.
    """

    plot: Plot  # milliseconds since the start, and bytes
    heap: str
    rss: str
    peak: int  # milliseconds since the start
    peak_x: float
    peak_y: float


class Point(msgspec.Struct, frozen=True):
    """A point of a line: where, the figure, and which of the x values it belongs to."""

    x: float
    y: float
    value: float
    index: int


class Line(msgspec.Struct, frozen=True):
    """One series of a timeline. `path` is broken where figures are missing: where `values` have None."""

    name: str
    colour: int
    path: str
    points: tuple[Point, ...]
    values: tuple[float | None, ...]


class Spot(msgspec.Struct, frozen=True):
    """Where something is to be marked: a run and a line, by number; None for no line of its own."""

    run: int
    line: int | None


class Timeline(msgspec.Struct, frozen=True):
    """Figures over runs, one line for each series."""

    plot: Plot
    x: tuple[float, ...]  # of every run
    x_labels: tuple[int, ...]  # the runs that have room for a label
    lines: tuple[Line, ...]
    radius: float  # of points

    @property
    def crowded(self) -> bool:
        """Whether there are too many points for an element, and a title, for each."""
        return sum(len(line.points) for line in self.lines) > MOST_TITLED

    def dots(self, line: Line) -> str:
        """All points of a line as one path."""
        circle = f"a{self.radius:g} {self.radius:g} 0 1 0 .1 0z"
        return "".join(f"M{p.x:g} {round(p.y - self.radius, 1):g}{circle}" for p in line.points)

    def place(self, spot: Spot) -> tuple[float, float]:
        """The x and y of a mark: at its point, or on the axis where there is none."""
        points = self.lines[spot.line].points if spot.line is not None else ()
        return self.x[spot.run], next((p.y for p in points if p.index == spot.run), self.plot.box.bottom)


def memory_chart(curve: Curve) -> MemoryChart | None:
    """The memory chart of a capture; None where it was too short for any snapshot."""
    if len(curve.time) < 2:
        return None
    most_heap, most_rss = max(curve.heap), max(curve.rss)
    shows_rss = most_rss <= BEYOND * most_heap
    plot = over_time(max(curve.time[-1], 1), max(most_heap, most_rss if shows_rss else 0))
    xs = [plot.x(moment) for moment in curve.time]
    heap = [plot.y(value) for value in curve.heap]
    floor = plot.box.bottom
    peak = peak_at(curve.heap)
    return MemoryChart(
        plot=plot,
        heap=path([xs[0], *xs, xs[-1]], [floor, *heap, floor]),
        rss=path(xs, [plot.y(value) for value in curve.rss]) if shows_rss else "",
        peak=curve.time[peak],
        peak_x=xs[peak],
        peak_y=heap[peak],
    )


def timeline(
    series: Sequence[tuple[str, Sequence[float | None]]], runs: int, width: int = WIDTH, height: int = 220
) -> Timeline | None:
    """Lines over runs; None where there is no figure at all. Every series has one value for each run."""
    known = [value for _, values in series for value in values if value is not None]
    if not known:
        return None
    plot = over_runs(runs, max(known), width, height)
    x = tuple(plot.x(run + 0.5) for run in range(runs))
    lines = []
    for colour, (name, values) in enumerate(series):
        points = tuple(
            Point(x[run], plot.y(value), value, run) for run, value in enumerate(values) if value is not None
        )
        lines.append(Line(name, colour % COLOURS, _broken_path(points), points, tuple(values)))
    room = (plot.box.right - plot.box.left) / runs
    every = max(1, math.ceil(110 / room))
    return Timeline(
        plot=plot,
        x=x,
        x_labels=tuple(run for run in range(runs) if (runs - 1 - run) % every == 0),
        lines=tuple(lines),
        radius=round(min(4.0, max(1.5, 0.28 * room)), 1),
    )


class Spark(msgspec.Struct, frozen=True):
    """A sparkline in a box of 960 by 240: its path, and its last point."""

    path: str
    x: float
    y: float


def sparkline(values: Sequence[float | None]) -> Spark | None:
    """A tiny line over runs, from zero up, broken where figures are missing; None for fewer than two."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top = max(known) or 1
    box = Box(30, 30, 930, 210)
    points = tuple(
        Point(box.across(i / (len(values) - 1)), box.up(value / top), value, i)
        for i, value in enumerate(values)
        if value is not None
    )
    return Spark(_broken_path(points), points[-1].x, points[-1].y)


def _broken_path(points: Sequence[Point]) -> str:
    """A path that is drawn on only between neighbours: a gap stays a gap. "" for no points."""
    begins = [i for i, point in enumerate(points) if not i or points[i - 1].index != point.index - 1]
    stretches = [points[begin:end] for begin, end in pairwise([*begins, len(points)])]
    return "".join(path([p.x for p in stretch], [p.y for p in stretch]) for stretch in stretches)


def path(xs: Sequence[float], ys: Sequence[float]) -> str:
    """A line through one point or more as an SVG path: from the first on in steps, without what lies on a level."""
    # Whole units: hundreds of points make most of a small page, and nobody sees the difference.
    places = [(round(x), round(y)) for x, y in zip(xs, ys, strict=True)]
    last = len(places) - 1
    seen = [
        place
        for i, place in enumerate(places)
        if i in (0, last) or not places[i - 1][1] == place[1] == places[i + 1][1]
    ]
    steps = " ".join(
        f"{x - before_x}{'' if y < before_y else ' '}{y - before_y}"
        for (before_x, before_y), (x, y) in pairwise(seen)
    )
    return f"M{seen[0][0]} {seen[0][1]}" + (f"l{steps}" if steps else "")


def steps_of(moments: Sequence[int]) -> str:
    """Ascending moments as a list of steps, the first from 0."""
    return ",".join(str(moment - before) for before, moment in pairwise((0, *moments)))
