"""Where in the code a finding comes from: the functions behind a figure, or behind its change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from sitegen.insight.align import align_files
from sitegen.insight.comparison import Metric
from sitegen.insight.history import Captured, Figure, Where
from sitegen.model import FunctionRow

MOST_PLACES = 5

_METRICS = {Figure.PEAK: Metric.PEAK, Figure.LEAKED: Metric.LEAKS}
"""Figures that functions have a share of, and the metrics of their tables."""

Rows = Callable[[str, Metric], Sequence[FunctionRow]]
"""A capture's id and a metric -> its function rows in that metric's view; () where they are not kept."""


def moved(before: Captured, after: Captured, figure: Figure, rows: Rows) -> tuple[Where, ...]:
    """The functions whose own memory moved as the whole did, most first; () where captures do not tell."""
    metric = _METRICS.get(figure)
    if metric is None:
        return ()
    old, new = rows(before.id, metric), rows(after.id, metric)
    files = align_files(_files(old), _files(new))
    deltas: Counter[tuple[str, str]] = Counter()
    for row in old:
        deltas[files.get(row.file, row.file), row.function] -= row.self_bytes
    for row in new:
        deltas[row.file, row.function] += row.self_bytes
    rising = (after.value(figure) or 0) > (before.value(figure) or 0)
    changed = [Where(function, file, delta) for (file, function), delta in deltas.items() if delta]
    along = [row for row in changed if (row.delta > 0) is rising]
    return tuple(sorted(along, key=lambda row: (-abs(row.delta), row.file, row.function))[:MOST_PLACES])


def held(capture: Captured, figure: Figure, rows: Rows) -> tuple[Where, ...]:
    """The functions that hold most of a figure themselves; () where captures do not tell."""
    metric = _METRICS.get(figure)
    sizes: Counter[tuple[str, str]] = Counter()
    for row in rows(capture.id, metric) if metric else ():
        sizes[row.file, row.function] += row.self_bytes
    most = sorted(
        ((size, *place) for place, size in sizes.items() if size), key=lambda row: (-row[0], row[1:])
    )
    return tuple(Where(function, file, size) for size, file, function in most[:MOST_PLACES])


def _files(rows: Sequence[FunctionRow]) -> dict[str, set[str]]:
    """The functions of every file."""
    files: dict[str, set[str]] = {}
    for row in rows:
        files.setdefault(row.file, set()).add(row.function)
    return files
