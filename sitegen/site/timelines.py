"""A module's figures over the runs: one line for each instance, findings marked, every step with its comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sitegen.insight.history import Figure
from sitegen.model import Status
from sitegen.site import urls
from sitegen.site.captures import Capture
from sitegen.site.charts import Spot, Timeline, timeline
from sitegen.site.plot import HALF, WIDTH
from sitegen.site.repeats import smallest_repeats
from sitegen.site.views import FindingRow, Mark, Module, RunRow, TimelineChart, Timelines

_CHARTS = (
    ("peak", "Peak memory", "bytes"),
    ("leaked", "Leaked memory", "bytes"),
    ("allocations", "Allocations", "count"),
    ("rss", "Resident memory", "bytes"),
    ("duration", "Duration", "milliseconds"),
)


SHOWN = 12
"""Instances of a module that its charts show: more lines cannot be told apart. The table has all."""


def shown_instances(
    module: Module, captures: Iterable[Capture], found: Sequence[FindingRow]
) -> tuple[str | None, ...]:
    """The instances that a module's charts and comparisons are of: those of findings, then the largest."""
    told = {row.finding.instance for row in found}
    peaks: dict[str | None, int] = defaultdict(int)
    for capture in captures:
        peaks[capture.instance] = max(peaks[capture.instance], capture.figures.peak_bytes or 0)
    chosen = sorted(module.instances, key=lambda instance: (instance not in told, -peaks[instance]))[:SHOWN]
    return tuple(instance for instance in module.instances if instance in chosen)


def timelines(
    module: Module,
    shown: Sequence[str | None],
    rows: tuple[RunRow, ...],
    captures: Mapping[str, Sequence[Capture]],
    found: Sequence[FindingRow],
) -> Timelines:
    """The timelines of a module's `shown` instances. `captures` are its own by run, `found` its findings."""
    lines: list[list[Capture | None]] = [[] for _ in shown]
    for row in rows:
        best = {c.instance: c for c in smallest_repeats(captures.get(row.info.id, ()))}
        for line, instance in zip(lines, shown, strict=True):
            line.append(best.get(instance))
    number = {row.info.id: position for position, row in enumerate(rows)}
    charts: list[TimelineChart] = []
    for name, title, unit in _CHARTS:
        series = [
            (instance or module.id, _figures(line, name)) for instance, line in zip(shown, lines, strict=True)
        ]
        chart = timeline(series, len(rows), HALF if charts else WIDTH)
        if chart:
            marks = tuple(
                _mark(row, chart, Spot(number[row.finding.run], _line(row, shown)))
                for row in reversed(found)
                if _chart_of(row) == name
            )
            charts.append(TimelineChart(name, title, unit, chart, marks))
    return Timelines(tuple(charts), tuple(_steps(line) for line in lines))


def _mark(row: FindingRow, chart: Timeline, spot: Spot) -> Mark:
    return Mark(*chart.place(spot), spot, row)


def _line(row: FindingRow, shown: Sequence[str | None]) -> int | None:
    """The line of a finding's instance; None where it is about the whole module."""
    instance = row.finding.instance
    return shown.index(instance) if instance in shown else None


def _chart_of(row: FindingRow) -> str:
    """Where a finding is marked; what no chart shows, as damage and threads, on the first."""
    figure = row.finding.figure
    return figure.value if figure in (Figure.LEAKED, Figure.ALLOCATIONS) else "peak"


def _figures(line: Sequence[Capture | None], name: str) -> list[int | None]:
    """An instance's figure in every run. What a killed process held is no leak, unless all end like that."""
    some_end = any(capture.figures.status is Status.OK for capture in line if capture)
    return [
        None
        if capture is None or (name == "leaked" and some_end and capture.figures.status is Status.UNFINISHED)
        else _figure(capture, name)
        for capture in line
    ]


def _figure(capture: Capture, name: str) -> int | None:
    figures = capture.figures
    return {
        "duration": figures.duration,
        "peak": figures.peak_bytes,
        "leaked": figures.leaked_bytes,
        "allocations": figures.total_allocations,
        "rss": figures.peak_rss_bytes,
    }[name]


def _steps(line: Sequence[Capture | None]) -> tuple[str | None, ...]:
    """For every run the comparison of its capture with the last one before."""
    steps: list[str | None] = []
    before: Capture | None = None
    for capture in line:
        steps.append(urls.comparison(before.id, capture.id) if before and capture else None)
        before = capture or before
    return tuple(steps)
