"""What a person should look at, over all runs: steps, growth, leaks, broken budgets, what is new or missing.

Unless it is configured otherwise, findings warn and fail nothing: only budgets, which somebody has set, are
errors. Steps down and new modules are good to know. Leaks inside a run, budgets, and what is new or missing
are told of the newest run; steps of the run they happened in; damaged captures wherever they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from sitegen.insight import finding_text as text
from sitegen.insight.budgets import Severity, breaches, budgets_for
from sitegen.insight.finding import UNTOLD, Finding, FindingSettings, Kind
from sitegen.insight.growth import Growth, find_growth
from sitegen.insight.history import BaselineValue, Figure, History, Series, baseline_value
from sitegen.insight.places import MOST_PLACES, Rows, held, moved
from sitegen.insight.presence import new_and_missing
from sitegen.insight.threads import keeps_starting
from sitegen.insight.trends import Step, find_steps

BIG_STEP = 3
"""Within steady growth, a step is told as well where it is as many times as large as what grows in a run."""


def find(history: History, settings: FindingSettings, rows: Rows) -> tuple[Finding, ...]:
    """The findings: newest run first, then by severity, then by how much changed."""
    if not history.runs:
        return ()
    judge = _Judge(history, settings, rows)
    found = [*new_and_missing(history, settings)]
    for series in history.series:
        found += judge.series(series)
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


class _Judge(msgspec.Struct, frozen=True):
    """Judges a history. What its methods find is in no order."""

    history: History
    settings: FindingSettings
    rows: Rows

    @property
    def newest(self) -> int:
        """The number of the newest run."""
        return len(self.history.runs) - 1

    def series(self, series: Series) -> Iterator[Finding]:
        """What is found of a module's instance."""
        # Nothing moves within one run, and a site of ten thousand modules need not look for it.
        if len({capture.run for capture in series.captures}) > 1:
            for figure in self.settings.figures:
                yield from self.movement(series, figure)
            yield from self.threads(series)
        yield from self.inside_newest(series)
        yield from self.budgets(series)
        yield from self.damaged(series)

    def movement(self, series: Series, figure: Figure) -> Iterator[Finding]:
        """Steps and steady growth of a figure."""
        effect, points = self.settings.effect(figure), self.history.points(series, figure)
        growth = find_growth(points, effect)
        if growth:
            yield self.grown(series, figure, growth)
        for step in find_steps(points, effect):
            part_of_growth = (
                growth
                and growth.first < step.index
                and 0 < step.after - step.before <= BIG_STEP * growth.slope
            )
            if not part_of_growth:
                severity = self.settings.severity(Kind.STEP) if step.after > step.before else Severity.INFO
                yield self.stepped(series, figure, step, Kind.STEP, severity)

    def threads(self, series: Series) -> Iterator[Finding]:
        """More threads than before: steadily, or from some run on."""
        points, effect = self.history.points(series, Figure.THREADS), self.settings.effect(Figure.THREADS)
        if growth := find_growth(points, effect):
            yield self.grown(series, Figure.THREADS, growth)
            return
        for step in find_steps(points, effect):
            if step.after > step.before:
                severity = self.settings.severity(Kind.GROWTH)
                yield self.stepped(series, Figure.THREADS, step, Kind.GROWTH, severity)

    def stepped(self, series: Series, figure: Figure, step: Step, kind: Kind, severity: Severity) -> Finding:
        """A figure that is on another level from some run on."""
        finding = self.between(series, figure, step.last, step.index)
        told = text.step(self.history.runs[step.index], series.name, finding)
        return replace(finding, kind=kind, severity=severity, told=told)

    def grown(self, series: Series, figure: Figure, growth: Growth) -> Finding:
        """A figure that rises from run to run."""
        finding = self.between(series, figure, growth.first, growth.last)
        base, head = self.history.runs[growth.first], self.history.runs[growth.last]
        told = text.growth(base, head, series.name, finding, growth.slope)
        severity = self.settings.severity(Kind.GROWTH)
        return replace(finding, kind=Kind.GROWTH, severity=severity, told=told)

    def between(self, series: Series, figure: Figure, base: int, head: int) -> Finding:
        """What a finding on two runs says but for kind, severity and sentence: figures, and the functions behind."""
        levels = self.history.levels(series, figure)
        before, after = levels[base][0], levels[head][0]
        return Finding(
            kind=Kind.STEP,
            severity=Severity.WARN,
            module=series.module,
            instance=series.instance,
            run=self.history.runs[head].id,
            figure=figure,
            before=before.value(figure),
            after=after.value(figure),
            told=UNTOLD,
            where=moved(before, after, figure, self.rows),
            against=self.history.runs[base].id,
            capture=after.id,
            base_capture=before.id,
        )

    def inside_newest(self, series: Series) -> Iterator[Finding]:
        """What the newest run's capture says by itself: steady leaks, threads without end."""
        run, repeats = self.history.runs[self.newest], self.history.repeats(series, Figure.PEAK)[self.newest]
        if not repeats:
            return
        capture = repeats[0]
        leak = Finding(
            kind=Kind.LEAK,
            severity=self.settings.severity(Kind.LEAK),
            module=series.module,
            instance=series.instance,
            run=run.id,
            figure=Figure.LEAKED,
            before=None,
            after=capture.steady.bytes if capture.steady else None,
            told=UNTOLD,
            where=capture.steady.where[:MOST_PLACES] if capture.steady else (),
            capture=capture.id,
        )
        if (leak.after or 0) > self.settings.effect(Figure.LEAKED).of(capture.peak or 0):
            yield replace(leak, told=text.leak(run, series.name, leak))
        if keeps_starting(capture.thread_starts):
            started = len(capture.thread_starts)
            yield replace(
                leak,
                kind=Kind.GROWTH,
                severity=self.settings.severity(Kind.GROWTH),
                figure=Figure.THREADS,
                after=started,
                told=text.threads(run, series.name, started),
                where=(),
            )

    def budgets(self, series: Series) -> Iterator[Finding]:
        """What of the newest run exceeds its budgets."""
        if not self.settings.budgets:
            return
        newest, run = self.newest, self.history.runs[self.newest]
        levels = {figure: self.history.levels(series, figure) for figure in Figure}
        # How far a process came is too far, too, where it broke a limit.
        here = {
            figure: levels[figure][newest] or self.history.repeats(series, figure)[newest]
            for figure in Figure
        }

        def value_of(figure: Figure) -> int | None:
            return here[figure][0].value(figure) if here[figure] else None

        def baseline_of(figure: Figure) -> BaselineValue | None:
            return baseline_value(self.history, series, figure, newest, self.settings.baseline)

        for breach in breaches(self.settings.budgets, series.module, series.instance, value_of, baseline_of):
            figure, baseline = breach.figure, breach.baseline
            after = here[figure][0]
            base = levels[figure][baseline.run][0] if baseline else None
            yield Finding(
                kind=Kind.BUDGET,
                severity=breach.severity,
                module=series.module,
                instance=series.instance,
                run=run.id,
                figure=figure,
                before=baseline.value if baseline else None,
                after=breach.value,
                told=text.budget(run, series.name, breach),
                where=moved(base, after, figure, self.rows) if base else held(after, figure, self.rows),
                against=base.run if base else None,
                limit=breach.limit,
                capture=after.id,
                base_capture=base.id if base else None,
            )

    def damaged(self, series: Series) -> Iterator[Finding]:
        """Captures, of whatever run, whose figures cannot be trusted."""
        broken = [capture for capture in series.captures if not capture.status.trusted]
        if not broken:
            return
        run_of = {run.id: run for run in self.history.runs}
        guarded = any(
            budget.severity is Severity.ERROR
            for budget in budgets_for(self.settings.budgets, series.module, series.instance)
        )
        for capture in broken:
            # A gate that cannot judge a budget of the newest run does not let it pass.
            unjudged = guarded and capture.run == self.history.runs[self.newest].id
            yield Finding(
                kind=Kind.DAMAGED,
                severity=Severity.ERROR if unjudged else self.settings.severity(Kind.DAMAGED),
                module=series.module,
                instance=series.instance,
                run=capture.run,
                figure=None,
                before=None,
                after=None,
                told=text.damaged(run_of[capture.run], series.name, capture),
                capture=capture.id,
            )
