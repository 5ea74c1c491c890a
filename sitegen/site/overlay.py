"""The memory curves of a module's runs on one chart, each from its own start; chunks joined into one curve."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sitegen.insight.curves import peak_at
from sitegen.site.charts import path, steps_of
from sitegen.site.plot import Plot, over_time
from sitegen.summary import Curve


class OverlaidCurve(msgspec.Struct, frozen=True):
    """One run's curve. `age` is 0 for the newest, for shades; `more` counts captures joined to the first."""

    label: str
    url: str
    age: int
    path: str
    more: int
    time: str  # milliseconds since its start, as `steps_of` has them
    heap: str  # bytes at these moments


class Overlay(msgspec.Struct, frozen=True):
    """All curves, oldest first, so that the newest lies on top."""

    plot: Plot  # milliseconds since each one's start, and bytes
    curves: tuple[OverlaidCurve, ...]
    peak: int  # of the newest, milliseconds since its start


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
    longest = max(curve.time[-1] for _, _, curve, _ in drawn) or 1
    plot = over_time(longest, max(max(curve.heap) for _, _, curve, _ in drawn))
    lines = []
    for position, (label, url, curve, captures) in enumerate(drawn):
        lines.append(
            OverlaidCurve(
                label=label,
                url=url,
                age=min(len(drawn) - 1 - position, 5),
                path=path([plot.x(moment) for moment in curve.time], [plot.y(heap) for heap in curve.heap]),
                more=captures - 1,
                time=steps_of(curve.time),
                heap=",".join(map(str, curve.heap)),
            )
        )
    newest = drawn[-1][2]
    return Overlay(plot, tuple(lines), newest.time[peak_at(newest.heap)])
