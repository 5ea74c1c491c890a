"""Charts as geometry: numbers in, coordinates out. Templates draw them as SVG, scripts put a cursor on them.

Every chart has a view box of `WIDTH` by its height; the plot lies inside `Box`. Coordinates are rounded, those of
lines to whole units: equal input gives equal text, and pages stay small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sitegen.summary import Curve

WIDTH = 960
COLOURS = 12
"""Ways to draw a line that can be told apart."""

HALF = 470
"""For charts that stand two in a row: their text then is as large as that of a wide one."""

MOST_TITLED = 60
"""How many points of a timeline are elements of their own: with hundreds of them, most of a page was such elements."""

BEYOND = 30
"""How many times the heap resident memory may be to be drawn beside it."""


@dataclass(frozen=True, slots=True)
class Box:
    """The plot inside the view box: its edges in user units."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and the figure it stands for."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class MemoryChart:
    """Memory over time. `heap` and `rss` are paths; that of the heap begins and ends on the axis.

    `rss` is empty where resident memory lies so far above the heap that nothing would be seen of that.
    """

    width: int
    height: int
    box: Box
    x_ticks: tuple[Tick, ...]  # milliseconds since the start
    y_ticks: tuple[Tick, ...]  # bytes
    heap: str
    rss: str
    duration: int
    top: float  # bytes at the top of the plot
    peak_x: float
    peak_y: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line: where, the figure, and which of the x values it belongs to."""

    x: float
    y: float
    value: float
    index: int


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a timeline. `path` is broken where figures are missing: where `values` have None."""

    name: str
    colour: int
    path: str
    points: tuple[Point, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is to be marked: a run and a line, by number; None for no line of its own."""

    run: int
    line: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Figures over runs, one line for each series."""

    width: int
    height: int
    box: Box
    x: tuple[float, ...]  # of every run
    x_labels: tuple[int, ...]  # the runs that have room for a label
    y_ticks: tuple[Tick, ...]
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
        return self.x[spot.run], next((p.y for p in points if p.index == spot.run), self.box.bottom)


def memory_chart(curve: Curve, height: int = 240) -> MemoryChart | None:
    """The memory chart of a capture; None where it was too short for any snapshot."""
    if len(curve.time) < 2:
        return None
    box = Box(64, 12, WIDTH - 12, height - 28)
    duration = max(curve.time[-1], 1)
    most_heap, most_rss = max(curve.heap), max(curve.rss)
    shows_rss = most_rss <= BEYOND * most_heap
    top, y_ticks = scale(max(most_heap, most_rss if shows_rss else 0), 4)
    xs = [across(box, moment / duration) for moment in curve.time]
    heap = [up(box, value / top) for value in curve.heap]
    peak = max(range(len(heap)), key=lambda i: (curve.heap[i], i))  # of equal peaks memray means the last
    return MemoryChart(
        width=WIDTH,
        height=height,
        box=box,
        x_ticks=tuple(
            Tick(across(box, value / duration), value)
            for value in nice_steps(duration, 6)
            if value <= duration
        ),
        y_ticks=tuple(Tick(up(box, value / top), value) for value in y_ticks),
        heap=path([xs[0], *xs, xs[-1]], [box.bottom, *heap, box.bottom]),
        rss=path(xs, [up(box, value / top) for value in curve.rss]) if shows_rss else "",
        duration=duration,
        top=top,
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
    box = Box(64, 12, width - 12, height - 28)
    top, y_ticks = scale(max(known), 4)
    x = tuple(across(box, (run + 0.5) / runs) for run in range(runs))
    lines = []
    for colour, (name, values) in enumerate(series):
        points = tuple(
            Point(x[run], up(box, value / top), value, run)
            for run, value in enumerate(values)
            if value is not None
        )
        lines.append(Line(name, colour % COLOURS, _broken_path(points), points, tuple(values)))
    every = max(1, math.ceil(runs * 110 / (box.right - box.left)))
    return Timeline(
        width=width,
        height=height,
        box=box,
        x=x,
        x_labels=tuple(run for run in range(runs) if (runs - 1 - run) % every == 0),
        y_ticks=tuple(Tick(up(box, value / top), value) for value in y_ticks),
        lines=tuple(lines),
        radius=round(min(4.0, max(1.5, 0.28 * (box.right - box.left) / runs)), 1),
    )


@dataclass(frozen=True, slots=True)
class Spark:
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
        Point(across(box, i / (len(values) - 1)), up(box, value / top), value, i)
        for i, value in enumerate(values)
        if value is not None
    )
    return Spark(_broken_path(points), points[-1].x, points[-1].y)


def _broken_path(points: Sequence[Point]) -> str:
    """A path that is drawn on only between neighbours: a gap stays a gap."""
    begins = [0] + [i + 1 for i, (a, b) in enumerate(pairwise(points)) if b.index != a.index + 1]
    stretches = [points[begin:end] for begin, end in pairwise([*begins, len(points)])]
    return "".join(path([p.x for p in stretch], [p.y for p in stretch]) for stretch in stretches)


def path(xs: Sequence[float], ys: Sequence[float]) -> str:
    """A line through these points as an SVG path: from the first on in steps, without what lies on a level."""
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


def across(box: Box, share: float) -> float:
    """The x of a share of the plot's width."""
    return round(box.left + (box.right - box.left) * share, 1)


def up(box: Box, share: float) -> float:
    """The y of a share of the plot's height, from the bottom."""
    return round(box.bottom - (box.bottom - box.top) * share, 1)


def scale(highest: float, steps: int) -> tuple[float, list[float]]:
    """The figure at the top of an axis, and its ticks, which include 0."""
    ticks = nice_steps(max(highest, 1), steps)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else max(highest, 1)
    while ticks[-1] < highest:
        ticks.append(ticks[-1] + step)
    return ticks[-1], ticks


def nice_steps(highest: float, steps: int) -> list[float]:
    """0 and its multiples of 1, 2 or 5 times a power of ten, about `steps` of them, up to `highest`."""
    raw = highest / steps
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [step * i for i in range(int(highest / step * 1.000001) + 1)]
