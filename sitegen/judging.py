"""From figures to findings: the history of every module, judged by what is configured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from sitegen import config as configured
from sitegen import summary
from sitegen.analysing import Analysed
from sitegen.capture.runs import Run
from sitegen.capture.store import Store
from sitegen.chunks import largest_chunk, process_figures, trusted
from sitegen.config import Config
from sitegen.insight import budgets
from sitegen.insight.comparison import Metric
from sitegen.insight.finding import Finding, FindingSettings, Kind
from sitegen.insight.findings import find
from sitegen.insight.history import Baseline, Captured, Figure, History, Series
from sitegen.insight.history import Run as JudgedRun
from sitegen.model import FunctionRow

_TABLES = 16
"""Function tables in memory at once: what moved in a module over the runs is explained run after run."""


def findings_of(
    captures: Sequence[Analysed], runs: Sequence[Run], config: Config, store: Store
) -> tuple[Finding, ...]:
    """The findings over all runs, newest first. Function tables are read only where one is explained."""
    keys = {capture.source.id: capture.key for capture in captures if capture.key}
    judged = _processes(captures)
    chunks = {capture.source.id: parts for capture, parts in judged}

    @lru_cache(maxsize=_TABLES)
    def rows(capture: str, metric: Metric) -> Sequence[FunctionRow]:
        # What was never freed adds up over the chunks of a process, its peaks do not.
        parts = chunks.get(capture, (capture,)) if metric is Metric.LEAKS else (capture,)
        return [
            row
            for part in parts
            if part in keys and (data := store.get(keys[part], "functions"))
            for row in summary.tables_from_json(data).of(metric.view)
        ]

    return find(_history([capture for capture, _ in judged], runs), _settings(config), rows)


def _history(captures: Sequence[Analysed], runs: Sequence[Run]) -> History:
    number = {run.id: position for position, run in enumerate(runs)}
    lines: dict[tuple[str, str | None], list[Analysed]] = defaultdict(list)
    for capture in sorted(captures, key=lambda c: (number[c.source.name.run], c.source.id)):
        lines[capture.source.name.module, capture.source.name.instance].append(capture)
    return History(
        runs=tuple(JudgedRun(r.id, r.label or "", r.commit or "", r.branch or "") for r in runs),
        series=tuple(
            Series(module, instance, tuple(_captured(capture) for capture in line))
            for (module, instance), line in sorted(
                lines.items(), key=lambda item: (item[0][0], item[0][1] or "")
            )
        ),
    )


def _processes(captures: Sequence[Analysed]) -> list[tuple[Analysed, tuple[str, ...]]]:
    """Every process, by its capture or the largest of its chunks with the figures of all, and their ids.

    Of a process with a damaged chunk only such are left: the sums over its chunks are not known.
    """
    of_process: dict[tuple[object, ...], list[Analysed]] = defaultdict(list)
    for capture in captures:
        source, name = capture.source, capture.source.name
        whole = (source.id,)
        chunk = (name.run, name.module, name.instance, source.process)
        of_process[whole if name.chunk is None else chunk].append(capture)
    judged: list[tuple[Analysed, tuple[str, ...]]] = []
    for chunks in of_process.values():
        figures = [chunk.figures for chunk in chunks]
        if len(chunks) > 1 and all(map(trusted, figures)):
            largest = replace(chunks[largest_chunk(figures)], figures=process_figures(figures))
            judged.append((largest, tuple(chunk.source.id for chunk in chunks)))
        else:
            judged += [(c, (c.source.id,)) for c in chunks if len(chunks) == 1 or not trusted(c.figures)]
    return judged


def _captured(capture: Analysed) -> Captured:
    figures = capture.figures
    return Captured(
        id=capture.source.id,
        run=capture.source.name.run,
        status=figures.status,
        reason=figures.reason,
        facts=figures.facts,
        peak=figures.peak_bytes,
        leaked=figures.leaked_bytes,
        allocations=figures.total_allocations,
        threads=len(figures.threads) if figures.facts else None,
        thread_starts=figures.thread_starts,
        steady=figures.steady,
    )


def baseline_of(config: Config) -> Baseline:
    """Which run others are compared with."""
    return Baseline(config.baseline.kind, config.baseline.name, config.baseline.count)


def _settings(config: Config) -> FindingSettings:
    chosen = config.findings
    return FindingSettings(
        min_share=chosen.min_change,
        min_bytes=chosen.min_bytes,
        min_allocations=chosen.min_allocations,
        figures=tuple(Figure(metric) for metric in chosen.metrics),
        errors=frozenset(Kind(kind) for kind in chosen.errors),
        budgets=tuple((pattern, _budget(budget)) for pattern, budget in config.budgets),
        baseline=baseline_of(config),
    )


def _budget(budget: configured.Budget) -> budgets.Budget:
    def growth(limit: object) -> budgets.Growth | None:
        share, amount = getattr(limit, "share", None), getattr(limit, "amount", None)
        return None if limit is None else budgets.Growth(share, amount)

    return budgets.Budget(
        peak=budget.peak,
        leaked=budget.leaked,
        allocations=budget.allocations,
        peak_growth=growth(budget.peak_growth),
        leaked_growth=growth(budget.leaked_growth),
        allocations_growth=growth(budget.allocations_growth),
        severity=budgets.Severity(budget.severity),
    )
