"""The memory curves of a module's runs on one chart, each from its own start; chunks joined into one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sitegen.site.charts import WIDTH, Box, Tick, across, nice_steps, path, scale, steps_of, up
from sitegen.summary import Curve

HEIGHT = 240


@dataclass(frozen=True, slots=True)
class OverlaidCurve:
    """One run's curve. `age` is 0 for the newest, for shades; `more` counts captures joined to the first."""

    label: str
    url: str
    age: int
    path: str
    more: int
    time: str  # milliseconds since its start, as `steps_of` has them
    heap: str  # bytes at these moments


@dataclass(frozen=True, slots=True)
class Overlay:
    """All curves in a view box of `WIDTH` by `HEIGHT`, oldest first, so that the newest lies on top."""

    width: int
    height: int
    box: Box
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    curves: tuple[OverlaidCurve, ...]
    duration: int


def joined(parts: Sequence[tuple[int, Curve]]) -> Curve:
    """Curves of one process, each with its start (milliseconds), one after the other as one curve."""
    first = min(started for started, _ in parts)
    points = sorted(
        (started - first + moment, heap, rss)
        for started, curve in parts
        for moment, heap, rss in zip(curve.time, curve.heap, curve.rss, strict=True)
    )
    turned = zip(*points, strict=True) if points else ((), (), ())
    return Curve(*map(tuple, turned))


def overlay(curves: Sequence[tuple[str, str, Curve, int]]) -> Overlay | None:
    """The chart of (label, URL, curve, captures in it), oldest first; None for what a capture's page shows."""
    drawn = [item for item in curves if len(item[2].time) > 1]
    if sum(captures for _, _, _, captures in drawn) < 2:
        return None
    box = Box(64, 12, WIDTH - 12, HEIGHT - 28)
    duration = max(curve.time[-1] for _, _, curve, _ in drawn) or 1
    top, y_ticks = scale(max(max(curve.heap) for _, _, curve, _ in drawn), 4)
    lines = []
    for position, (label, url, curve, captures) in enumerate(drawn):
        xs = [across(box, moment / duration) for moment in curve.time]
        ys = [up(box, heap / top) for heap in curve.heap]
        lines.append(
            OverlaidCurve(
                label=label,
                url=url,
                age=min(len(drawn) - 1 - position, 5),
                path=path(xs, ys),
                more=captures - 1,
                time=steps_of(curve.time),
                heap=",".join(map(str, curve.heap)),
            )
        )
    return Overlay(
        width=WIDTH,
        height=HEIGHT,
        box=box,
        x_ticks=tuple(
            Tick(across(box, value / duration), value)
            for value in nice_steps(duration, 6)
            if value <= duration
        ),
        y_ticks=tuple(Tick(up(box, value / top), value) for value in y_ticks),
        curves=tuple(lines),
        duration=duration,
    )
