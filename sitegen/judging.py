"""From figures to findings: the history of every module, judged by what is configured."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from sitegen import config as configured
from sitegen import summary
from sitegen.analysing import Analysed
from sitegen.capture.naming import forked_instance
from sitegen.capture.runs import Run
from sitegen.capture.source import Source
from sitegen.capture.store import Store
from sitegen.chunks import largest_chunk, process_figures
from sitegen.config import Config
from sitegen.insight.budgets import Budget, Severity
from sitegen.insight.comparison import Metric
from sitegen.insight.finding import Finding, FindingSettings, Kind
from sitegen.insight.findings import find
from sitegen.insight.history import Captured, Figure, History, Series
from sitegen.insight.history import Run as JudgedRun
from sitegen.model import FunctionRow, Name
from sitegen.summary import Figures

_TABLES = 16
"""Function tables in memory at once: what moved in a module over the runs is explained run after run."""


def findings_of(
    captures: Sequence[Analysed], runs: Sequence[Run], config: Config, store: Store
) -> tuple[Finding, ...]:
    """The findings over all runs, newest first; captures are in the order of their ids.

    Function tables are read only where one is explained.
    """
    processes = _processes(captures)

    @lru_cache(maxsize=_TABLES)
    def rows(capture: str, metric: Metric) -> Sequence[FunctionRow]:
        at = bisect_left(captures, capture, key=lambda one: one.source.id)
        # What was never freed adds up over the chunks of a process, its peaks do not.
        parts = processes.chunks.get(at, (at,)) if metric is Metric.LEAKS else (at,)
        return [
            row
            for part in parts
            if (key := captures[part].key) and (data := store.get(key, "functions"))
            for row in summary.tables_from_json(data).of(metric.view)
        ]

    return find(_history(captures, processes, runs), _settings(config), rows)


class _Processes(msgspec.Struct, frozen=True):
    """All processes, each by the number of one capture: its only one, or the largest of its chunks.

    `lines` has them for every module and instance. `chunks` has the numbers of all chunks of a process that has
    several, by the number that stands for it.
    """

    lines: dict[tuple[str, str | None], array[int]]
    chunks: dict[int, Sequence[int]]


def _processes(captures: Sequence[Analysed]) -> _Processes:
    """Every process. Of one with damaged chunks there are these alone: sums over all its chunks are not known."""
    lines: dict[tuple[str, str | None], array[int]] = defaultdict(lambda: array("I"))
    of_process: dict[tuple[Name, str | None], list[int]] = defaultdict(list)
    for at, capture in enumerate(captures):
        name = capture.source.name
        if name.chunk is None:
            lines[name.module, name.instance].append(at)
        else:
            of_process[replace(name, chunk=None), capture.source.process].append(at)
    joined: dict[int, Sequence[int]] = {}
    for (name, _), parts in of_process.items():
        line, figures = lines[name.module, name.instance], [captures[part].figures for part in parts]
        damaged = [part for part, of_part in zip(parts, figures, strict=True) if not of_part.status.trusted]
        if len(parts) == 1:
            line.extend(parts)
        elif damaged:
            line.extend(damaged)
        else:
            largest = parts[largest_chunk(figures)]
            joined[largest] = parts
            line.append(largest)
    return _Processes(lines, joined)


def _history(captures: Sequence[Analysed], processes: _Processes, runs: Sequence[Run]) -> History:
    number = {run.id: position for position, run in enumerate(runs)}
    lines = sorted(processes.lines.items(), key=lambda item: (item[0][0], item[0][1] or ""))

    def captured(at: int) -> Captured:
        capture, parts = captures[at], processes.chunks.get(at)
        figures = process_figures([captures[part].figures for part in parts]) if parts else capture.figures
        return _captured(capture.source, figures)

    return History(
        runs=tuple(JudgedRun(r.id, r.label or "", r.commit or "", r.branch or "") for r in runs),
        series=tuple(
            Series(
                module,
                instance,
                tuple(sorted(map(captured, line), key=lambda capture: (number[capture.run], capture.id))),
                numbered=instance is not None and forked_instance(instance) != instance,
            )
            for (module, instance), line in lines
        ),
    )


def _captured(source: Source, figures: Figures) -> Captured:
    return Captured(
        id=source.id,
        run=source.name.run,
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


def _settings(config: Config) -> FindingSettings:
    chosen = config.findings
    return FindingSettings(
        min_share=chosen.min_change,
        min_bytes=chosen.min_bytes,
        min_allocations=chosen.min_allocations,
        figures=tuple(Figure(metric) for metric in chosen.metrics),
        errors=frozenset(Kind(kind) for kind in chosen.errors),
        budgets=tuple((pattern, _budget(budget)) for pattern, budget in config.budgets),
        baseline=config.baseline,
    )


def _budget(budget: configured.Budget) -> Budget:
    return Budget(
        peak=budget.peak,
        leaked=budget.leaked,
        allocations=budget.allocations,
        peak_growth=budget.peak_growth,
        leaked_growth=budget.leaked_growth,
        allocations_growth=budget.allocations_growth,
        severity=Severity(budget.severity),
    )
