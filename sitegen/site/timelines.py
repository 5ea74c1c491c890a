"""A module's figures over the runs: one line for each instance, findings marked, every step with its comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sitegen.insight.history import Figure
from sitegen.site import urls
from sitegen.site.charts import HALF, WIDTH, Spot, Timeline, timeline
from sitegen.site.repeats import smallest_repeats
from sitegen.site.views import Capture, FindingRow, Mark, Module, RunRow, TimelineChart, Timelines

_CHARTS = (
    ("peak", "Peak memory", "bytes"),
    ("leaked", "Leaked memory", "bytes"),
    ("allocations", "Allocations", "count"),
    ("rss", "Resident memory", "bytes"),
    ("duration", "Duration", "milliseconds"),
)


def timelines(
    module: Module,
    rows: tuple[RunRow, ...],
    captures: Mapping[str, Sequence[Capture]],
    found: Sequence[FindingRow],
) -> Timelines:
    """The timelines of a module. `captures` are its own by run, `found` its findings."""
    lines: list[list[Capture | None]] = [[] for _ in module.instances]
    for row in rows:
        best = {c.instance: c for c in smallest_repeats(captures.get(row.info.id, ()))}
        for line, instance in zip(lines, module.instances, strict=True):
            line.append(best.get(instance))
    number = {row.info.id: position for position, row in enumerate(rows)}
    charts: list[TimelineChart] = []
    for name, title, unit in _CHARTS:
        series = [
            (instance or module.id, [_figure(capture, name) if capture else None for capture in line])
            for instance, line in zip(module.instances, lines, strict=True)
        ]
        chart = timeline(series, len(rows), HALF if charts else WIDTH)
        if chart:
            marks = tuple(
                _mark(row, chart, Spot(number[row.finding.run], _line(row, module)))
                for row in reversed(found)
                if _chart_of(row) == name
            )
            charts.append(TimelineChart(name, title, unit, chart, marks))
    return Timelines(tuple(charts), tuple(_steps(line) for line in lines))


def _mark(row: FindingRow, chart: Timeline, spot: Spot) -> Mark:
    return Mark(*chart.place(spot), spot, row)


def _line(row: FindingRow, module: Module) -> int | None:
    """The line of a finding's instance; None where it is about the whole module."""
    instance = row.finding.instance
    return module.instances.index(instance) if instance in module.instances else None


def _chart_of(row: FindingRow) -> str:
    """Where a finding is marked; what no chart shows, as damage and threads, on the first."""
    figure = row.finding.figure
    return figure.value if figure in (Figure.LEAKED, Figure.ALLOCATIONS) else "peak"


def _figure(capture: Capture, name: str) -> int | None:
    figures = capture.figures
    if name == "duration":
        return figures.facts.ended - figures.facts.started if figures.facts else None
    return {
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
