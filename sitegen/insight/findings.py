"""What a person should look at, over all runs: steps, growth, leaks, broken budgets, what is new or missing.

Unless it is configured otherwise, findings warn and fail nothing: only budgets, which somebody has set, are
errors. Steps down and new modules are good to know. Leaks inside a run, budgets, and what is new or missing
are told of the newest run; steps of the run they happened in; damaged captures wherever they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from sitegen.insight import finding_text as text
from sitegen.insight.align import align_files
from sitegen.insight.budgets import Breach, Severity, breaches, budgets_for
from sitegen.insight.comparison import Metric
from sitegen.insight.finding import UNTOLD, Finding, FindingSettings, Kind
from sitegen.insight.growth import Growth, find_growth
from sitegen.insight.history import (
    BaselineValue,
    Captured,
    Figure,
    History,
    Series,
    Where,
    baseline_value,
)
from sitegen.insight.threads import keeps_starting
from sitegen.insight.trends import Step, find_steps
from sitegen.model import FunctionRow

MOST_WHERE = 5

BIG_STEP = 3
"""Within steady growth, a step is told as well where it is as many times as large as what grows in a run."""


_METRICS = {Figure.PEAK: Metric.PEAK, Figure.LEAKED: Metric.LEAKS}
"""Figures that functions have a share of, and the metrics of their tables."""

Rows = Callable[[str, Metric], Sequence[FunctionRow]]
"""A capture's id and a metric -> its function rows in that metric's view; () where they are not kept."""


def find(history: History, settings: FindingSettings, rows: Rows) -> tuple[Finding, ...]:
    """The findings: newest run first, then by severity, then by how much changed."""
    if not history.runs:
        return ()
    found: list[Finding] = [*_presence(history, settings)]
    for series in history.series:
        # Nothing moves within one run, and a site of ten thousand modules need not look for it.
        if len({capture.run for capture in series.captures}) > 1:
            for figure in settings.figures:
                found += _movement(history, series, figure, settings, rows)
            found += _threads_over_runs(history, series, settings, rows)
        found += _newest(history, series, settings, rows)
        found += _damaged(history, series, settings)
    number = {run.id: index for index, run in enumerate(history.runs)}
    rank = [Severity.ERROR, Severity.WARN, Severity.INFO]
    return tuple(
        sorted(
            found,
            key=lambda f: (
                -number.get(f.run, -1),
                rank.index(f.severity),
                -abs((f.after or 0) - (f.before or 0)) if f.figure in (Figure.PEAK, Figure.LEAKED) else 0,
                f.module,
                f.instance or "",
                f.kind,
                f.figure or "",
            ),
        )
    )


def _movement(
    history: History, series: Series, figure: Figure, settings: FindingSettings, rows: Rows
) -> Iterator[Finding]:
    """Steps and steady growth of a figure."""
    effect, points = settings.effect(figure), history.points(series, figure)
    growth = find_growth(points, effect)
    if growth:
        yield _grown(history, series, figure, growth, settings, rows)
    for step in find_steps(points, effect):
        part_of_growth = (
            growth and growth.first < step.index and 0 < step.after - step.before <= BIG_STEP * growth.slope
        )
        if not part_of_growth:
            yield _stepped(history, series, figure, step, settings, rows)


def _stepped(
    history: History, series: Series, figure: Figure, step: Step, settings: FindingSettings, rows: Rows
) -> Finding:
    finding = _between(history, series, figure, Kind.STEP, step.last, step.index, rows)
    up = step.after > step.before
    severity = settings.severity(Kind.STEP) if up else Severity.INFO
    return replace(finding, severity=severity, told=text.step(history.runs[step.index], series.name, finding))


def _grown(
    history: History, series: Series, figure: Figure, growth: Growth, settings: FindingSettings, rows: Rows
) -> Finding:
    finding = _between(history, series, figure, Kind.GROWTH, growth.first, growth.last, rows)
    base, head = history.runs[growth.first], history.runs[growth.last]
    told = text.growth(base, head, series.name, finding, growth.slope)
    return replace(finding, severity=settings.severity(Kind.GROWTH), told=told)


def _between(
    history: History, series: Series, figure: Figure, kind: Kind, base: int, head: int, rows: Rows
) -> Finding:
    """What a finding on two runs says but for its severity and sentence: figures, and the functions behind."""
    repeats = history.repeats(series, figure)
    before, after = repeats[base][0], repeats[head][0]
    return Finding(
        kind=kind,
        severity=Severity.WARN,
        module=series.module,
        instance=series.instance,
        run=history.runs[head].id,
        figure=figure,
        before=before.value(figure),
        after=after.value(figure),
        told=UNTOLD,
        where=where(before, after, figure, rows),
        against=history.runs[base].id,
        capture=after.id,
        base_capture=before.id,
    )


def where(before: Captured, after: Captured, figure: Figure, rows: Rows) -> tuple[Where, ...]:
    """The functions whose own memory moved as the whole did, most first; () where captures do not tell."""
    metric = _METRICS.get(figure)
    if metric is None:
        return ()
    old, new = rows(before.id, metric), rows(after.id, metric)
    files = align_files(_files(old), _files(new))
    held: Counter[tuple[str, str]] = Counter()
    for row in old:
        held[files.get(row.file, row.file), row.function] -= row.self_bytes
    for row in new:
        held[row.file, row.function] += row.self_bytes
    rising = (after.value(figure) or 0) > (before.value(figure) or 0)
    moved = [Where(function, file, delta) for (file, function), delta in held.items() if delta]
    along = [row for row in moved if (row.delta > 0) is rising]
    return tuple(sorted(along, key=lambda row: (-abs(row.delta), row.file, row.function))[:MOST_WHERE])


def holders(capture: Captured, figure: Figure, rows: Rows) -> tuple[Where, ...]:
    """The functions that hold most of a figure themselves; () where captures do not tell."""
    metric = _METRICS.get(figure)
    held: Counter[tuple[str, str]] = Counter()
    for row in rows(capture.id, metric) if metric else ():
        held[row.file, row.function] += row.self_bytes
    most = sorted(
        ((size, *place) for place, size in held.items() if size), key=lambda row: (-row[0], row[1:])
    )
    return tuple(Where(function, file, size) for size, file, function in most[:MOST_WHERE])


def _files(rows: Sequence[FunctionRow]) -> dict[str, set[str]]:
    """The functions of every file."""
    files: dict[str, set[str]] = {}
    for row in rows:
        files.setdefault(row.file, set()).add(row.function)
    return files


def _threads_over_runs(
    history: History, series: Series, settings: FindingSettings, rows: Rows
) -> Iterator[Finding]:
    """More threads than before: steadily, or from some run on."""
    points = history.points(series, Figure.THREADS)
    effect = settings.effect(Figure.THREADS)
    growth = find_growth(points, effect)
    if growth:
        yield _grown(history, series, Figure.THREADS, growth, settings, rows)
        return
    for step in find_steps(points, effect):
        if step.after > step.before:
            finding = _between(history, series, Figure.THREADS, Kind.GROWTH, step.last, step.index, rows)
            told = text.step(history.runs[step.index], series.name, finding)
            yield replace(finding, severity=settings.severity(Kind.GROWTH), told=told)


def _newest(history: History, series: Series, settings: FindingSettings, rows: Rows) -> Iterator[Finding]:
    """What the newest run says by itself: steady leaks, threads without end, broken budgets."""
    newest, run = len(history.runs) - 1, history.runs[-1]
    peaks = history.repeats(series, Figure.PEAK)[newest]
    if peaks:
        capture = peaks[0]
        effect = settings.effect(Figure.LEAKED)
        about = Finding(
            Kind.LEAK,
            settings.severity(Kind.LEAK),
            series.module,
            series.instance,
            run.id,
            Figure.LEAKED,
            None,
            None,
            UNTOLD,
            capture=capture.id,
        )
        if capture.steady and capture.steady.bytes > effect.of(capture.peak or 0):
            places = capture.steady.where[:MOST_WHERE]
            leak = replace(about, after=capture.steady.bytes, where=places)
            yield replace(leak, told=text.leak(run, series.name, leak))
        if keeps_starting(capture.thread_starts):
            yield replace(
                about,
                kind=Kind.GROWTH,
                severity=settings.severity(Kind.GROWTH),
                figure=Figure.THREADS,
                after=len(capture.thread_starts),
                told=text.threads(run, series.name, len(capture.thread_starts)),
            )
    yield from _broken_budgets(history, series, settings, rows)


def _broken_budgets(
    history: History, series: Series, settings: FindingSettings, rows: Rows
) -> Iterator[Finding]:
    if not settings.budgets:
        return
    newest, run = len(history.runs) - 1, history.runs[-1]
    in_newest = {figure: history.repeats(series, figure)[newest] for figure in Figure}

    def value_of(figure: Figure) -> int | None:
        return in_newest[figure][0].value(figure) if in_newest[figure] else None

    def baseline_of(figure: Figure) -> BaselineValue | None:
        return baseline_value(history, series, figure, newest, settings.baseline)

    for breach in breaches(settings.budgets, series.module, series.instance, value_of, baseline_of):
        after = in_newest[breach.figure][0]
        base = _capture_of(history, series, breach)
        yield Finding(
            kind=Kind.BUDGET,
            severity=breach.severity,
            module=series.module,
            instance=series.instance,
            run=run.id,
            figure=breach.figure,
            before=breach.baseline.value if breach.baseline else None,
            after=breach.value,
            told=text.budget(run, series.name, breach),
            where=where(base, after, breach.figure, rows) if base else holders(after, breach.figure, rows),
            against=base.run if base else None,
            limit=breach.limit,
            capture=after.id,
            base_capture=base.id if base else None,
        )


def _capture_of(history: History, series: Series, breach: Breach) -> Captured | None:
    if breach.baseline is None:
        return None
    return history.repeats(series, breach.figure)[breach.baseline.run][0]


def _presence(history: History, settings: FindingSettings) -> Iterator[Finding]:
    """Modules that the newest run has for the first time, or has no more though the one before had them."""
    if len(history.runs) < 2:
        return
    newest, before = history.runs[-1], history.runs[-2]
    runs_of: dict[str, set[str]] = {}
    peaks: dict[tuple[str, str], int] = {}
    for series in history.series:
        for capture in series.captures:
            runs_of.setdefault(series.module, set()).add(capture.run)
            known = peaks.get((series.module, capture.run), 0)
            peaks[series.module, capture.run] = max(known, capture.peak or 0)
    for module, runs in sorted(runs_of.items()):
        if runs == {newest.id}:
            peak = peaks[module, newest.id] or None
            yield Finding(
                Kind.NEW,
                settings.severity(Kind.NEW, Severity.INFO),
                module,
                None,
                newest.id,
                Figure.PEAK,
                None,
                peak,
                text.new(newest, module, peak),
            )
        elif before.id in runs and newest.id not in runs:
            yield Finding(
                Kind.MISSING,
                settings.severity(Kind.MISSING),
                module,
                None,
                newest.id,
                Figure.PEAK,
                peaks[module, before.id] or None,
                None,
                text.missing(newest, before, module),
                against=before.id,
            )


def _damaged(history: History, series: Series, settings: FindingSettings) -> Iterator[Finding]:
    run_of = {run.id: run for run in history.runs}
    guarded = any(
        budget.severity is Severity.ERROR
        for budget in budgets_for(settings.budgets, series.module, series.instance)
    )
    for capture in series.captures:
        if not capture.status.trusted:
            # A gate that cannot judge a budget of the newest run does not let it pass.
            unjudged = guarded and capture.run == history.runs[-1].id
            yield Finding(
                Kind.DAMAGED,
                Severity.ERROR if unjudged else settings.severity(Kind.DAMAGED),
                series.module,
                series.instance,
                capture.run,
                None,
                None,
                None,
                text.damaged(run_of[capture.run], series.name, capture),
                capture=capture.id,
            )
