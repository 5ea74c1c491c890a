"""What the newest run has for the first time, or has no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sitegen.insight import finding_text as text
from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding, FindingSettings, Kind
from sitegen.insight.history import Captured, Figure, History, Run
from sitegen.model import full_name


def new_and_missing(history: History, settings: FindingSettings) -> Iterator[Finding]:
    """Modules that the newest run has for the first time, or has no more though the one before had them; instances
    that are missing from one that it has.
    """
    if len(history.runs) < 2:
        return
    newest, before = history.runs[-1], history.runs[-2]
    modules: dict[str, list[Captured]] = defaultdict(list)
    for series in history.series:
        modules[series.module] += series.captures
    present = set()
    for module, captures in sorted(modules.items()):
        runs = _runs_of(captures)
        if newest.id in runs:
            present.add(module)
        # Of a module whose captures are all damaged, that they are says that there is one.
        if runs == {newest.id} and any(capture.status.trusted for capture in captures):
            yield _new(newest, module, captures, settings)
        elif before.id in runs and newest.id not in runs:
            yield _missing(newest, before, module, None, captures, settings)
    yield from _missing_instances(history, present, settings)


def _missing_instances(history: History, present: set[str], settings: FindingSettings) -> Iterator[Finding]:
    """Instances that the newest run has no more, of a module that it has, where the two runs before had them.

    Their figures are missing in the module's sums, where that looks like a gain. In one run alone an instance says
    little: some are named after what every run has another of. Those that are only numbered may well be fewer, and
    tests, whose captures are aggregated, are renamed and removed.
    """
    if len(history.runs) < 3:
        return
    *_, earlier, before, newest = history.runs
    for series in history.series:
        if series.instance is None or series.numbered or series.module not in present:
            continue
        if any(capture.facts and capture.facts.aggregated for capture in series.captures):
            continue
        runs = _runs_of(series.captures)
        if newest.id not in runs and {earlier.id, before.id} <= runs:
            yield _missing(newest, before, series.module, series.instance, series.captures, settings)


def _runs_of(captures: Sequence[Captured]) -> set[str]:
    return {capture.run for capture in captures}


def _largest_peak(captures: Sequence[Captured], run: Run) -> int | None:
    return max((capture.peak or 0 for capture in captures if capture.run == run.id), default=0) or None


def _new(run: Run, module: str, captures: Sequence[Captured], settings: FindingSettings) -> Finding:
    peak = _largest_peak(captures, run)
    return Finding(
        kind=Kind.NEW,
        severity=settings.severity(Kind.NEW, Severity.INFO),
        module=module,
        instance=None,
        run=run.id,
        figure=Figure.PEAK,
        before=None,
        after=peak,
        told=text.new(run, module, peak),
    )


def _missing(
    run: Run,
    before: Run,
    module: str,
    instance: str | None,
    captures: Sequence[Captured],
    settings: FindingSettings,
) -> Finding:
    return Finding(
        kind=Kind.MISSING,
        severity=settings.severity(Kind.MISSING),
        module=module,
        instance=instance,
        run=run.id,
        figure=Figure.PEAK,
        before=_largest_peak(captures, before),
        after=None,
        told=text.missing(run, before, full_name(module, instance)),
        against=before.id,
    )
