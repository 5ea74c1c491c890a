"""A module over the runs: what each run had of it, and how the newest compares with the baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sitegen.insight.comparison import Delta
from sitegen.insight.history import choose_baseline
from sitegen.model import Baseline, Status
from sitegen.site import urls
from sitegen.site.captures import Capture, Captures
from sitegen.site.charts import sparkline
from sitegen.site.repeats import smallest_repeats
from sitegen.site.views import Cell, Module, RunRow

MATRIX_RUNS = 6
"""How many of the newest runs the front page shows as columns."""


def module_over_runs(id_: str, captures: Captures, runs: Sequence[RunRow], baseline: Baseline) -> Module:
    """A module of these captures; `runs` are all of the site, oldest first."""
    of_run = captures.by_run()
    cells = [cell_of(run, tuple(of_run[run.info.id])) if run.info.id in of_run else None for run in runs]
    present = [cell for cell in cells if cell]
    measured = [(at, cell) for at, cell in enumerate(cells) if cell and cell.total is not None]
    # Where the newest could not be read, nothing is said of a change.
    latest = measured[-1][1] if measured and measured[-1][1] is present[-1] else None
    before = choose_baseline(
        [(at, cell.total or 0) for at, cell in measured[:-1]], [run.info for run in runs], baseline
    )
    base = cells[before.run] if before else None
    return Module(
        id=id_,
        url=urls.module(id_),
        cells=tuple(cells[-MATRIX_RUNS:]),
        latest=present[-1] if present else None,
        change=change(base, latest),
        leak_change=leak_change(base, latest),
        rss_change=_delta(base, latest, lambda cell: cell.rss),
        allocations_change=_delta(base, latest, lambda cell: cell.allocations),
        baseline=runs[before.run] if before else None,
        spark=sparkline([cell.total if cell else None for cell in cells]),
        instances=tuple(sorted(captures.by_instance(), key=lambda i: i or "")),
        captures=len(captures),
        status=present[-1].status if present else Status.OK,
    )


def cell_of(run: RunRow, captures: Sequence[Capture]) -> Cell:
    """A module in a run that has these captures of it."""
    best = smallest_repeats(captures)
    peaks = [capture.figures.peak_bytes or 0 for capture in best]
    return Cell(
        run=run.info.id,
        url=captures[0].url if len(captures) == 1 else urls.module_in_run(run.info.id, captures[0].module),
        captures=len(captures),
        instances=len({capture.instance for capture in captures}),
        largest=max(peaks, default=None),
        total=sum(peaks) if peaks else None,
        leaked=_total([c.figures.leaked_bytes for c in best]),
        allocations=_total([c.figures.total_allocations for c in best]),
        rss=_total([c.figures.peak_rss_bytes for c in best]),
        duration=max((d for c in best if (d := c.figures.duration) is not None), default=None),
        status=_worst(captures),
    )


def _total(figures: Sequence[int | None]) -> int | None:
    """The sum, unknown as soon as one of them is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known and len(known) == len(figures) else None


def _worst(captures: Sequence[Capture]) -> Status:
    order = list(Status)
    return max((capture.figures.status for capture in captures), key=order.index)


def change(before: Cell | None, after: Cell | None) -> Delta | None:
    """The peak against the one before."""
    return _delta(before, after, lambda cell: cell.total)


def leak_change(before: Cell | None, after: Cell | None) -> Delta | None:
    """What is leaked, of like with like alone: what a killed process held was in use, not leaked."""
    if before is None or after is None or before.status is not after.status:
        return None
    return _delta(before, after, lambda cell: cell.leaked)


def _delta(before: Cell | None, after: Cell | None, figure: Callable[[Cell], int | None]) -> Delta | None:
    """None, too, where a figure is smaller by 1 % or more and only how far processes came that did not end."""
    old, new = (figure(cell) if cell else None for cell in (before, after))
    if before is None or after is None or old is None or new is None:
        return None
    delta = Delta(old, new)
    less, more = (before, after) if old < new else (after, before)
    cut_short = less.status is Status.UNFINISHED and more.status is Status.OK
    return None if cut_short and abs(delta.ratio or 0) >= 0.01 else delta


def largest_change_first(module: Module) -> tuple[Any, ...]:
    """For sorting: by how much peak or leaked memory changed, then by the peak."""
    largest = max((abs(c.delta) for c in (module.change, module.leak_change) if c), default=0)
    return (-largest, -((module.latest and module.latest.total) or 0), module.id)


def largest_instance_first(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Instances by their largest peak. Repeats and chunks of one stay beside each other, in their order."""
    largest: dict[str | None, int] = defaultdict(int)
    for capture in captures:
        largest[capture.instance] = max(largest[capture.instance], capture.figures.peak_bytes or 0)
    return tuple(sorted(captures, key=lambda c: (-largest[c.instance], c.instance or "")))


def newest_pairs(
    module: Module,
    shown: Sequence[str | None],
    rows: Sequence[RunRow],
    of_run: Mapping[str, Sequence[Capture]],
    baseline: Baseline,
) -> tuple[tuple[Capture, Capture], ...]:
    """Of every instance that the module's newest run has: its capture there, after the baseline's."""
    lines: dict[str | None, dict[int, Capture]] = defaultdict(dict)
    for position, row in enumerate(rows):
        for capture in smallest_repeats(of_run.get(row.info.id, ())):
            lines[capture.instance][position] = capture
    newest = module.latest.run if module.latest else None
    infos = [row.info for row in rows]
    pairs = []
    for instance in shown:
        line = list(lines[instance].items())
        if not line or line[-1][1].run != newest:
            continue
        peaks = [(position, capture.figures.peak_bytes or 0) for position, capture in line[:-1]]
        before = choose_baseline(peaks, infos, baseline)
        if before:
            pairs.append((lines[instance][before.run], line[-1][1]))
    return tuple(pairs)
