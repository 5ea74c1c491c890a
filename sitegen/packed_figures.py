"""Figures of many captures in columns: what captures have in common is kept once, the rest as plain numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sitegen.insight.history import SteadyLeak
from sitegen.model import Facts, Thread
from sitegen.packed import Few, Numbers
from sitegen.summary import Figures


class FiguresColumn:
    """Figures that are made when they are looked at."""

    def __init__(self, rows: int) -> None:
        self._numbers = Numbers(rows, _NUMBERS)
        self._common = Few[Figures](rows)
        # Apart from what is common: processes of one module differ in some of these, and not in others.
        self._threads = Few[tuple[Thread, ...]](rows)
        self._functions = Few[tuple[str, ...]](rows)
        self._thread_starts = Few[tuple[float, ...]](rows)
        self._steady = Few[SteadyLeak | None](rows)

    def __setitem__(self, row: int, figures: Figures) -> None:
        self._numbers[row] = _numbers(figures)
        self._common[row] = _common(figures)
        self._threads[row] = figures.threads
        self._functions[row] = tuple(map(sys.intern, figures.functions))
        self._thread_starts[row] = figures.thread_starts
        self._steady[row] = figures.steady

    def close(self) -> None:
        """Let go of what only filling needs."""
        for column in (self._common, self._threads, self._functions, self._thread_starts, self._steady):
            column.close()

    def __getitem__(self, row: int) -> Figures:
        # Arguments in their order, not `replace`: it is done some thirty times for every capture.
        common = self._common[row]
        started, ended, pid, main, peak, rss, leaked, leaked_allocations, allocations = self._numbers[row]
        facts = common.facts and Facts(
            started or 0,
            ended or 0,
            common.facts.command,
            pid or 0,
            main or 0,
            common.facts.allocator,
            common.facts.native,
            common.facts.aggregated,
            common.facts.python_allocators_traced,
            common.facts.format_version,
            common.facts.python_version,
        )
        return Figures(
            common.status,
            common.reason,
            facts,
            peak,
            rss,
            leaked,
            leaked_allocations,
            allocations,
            self._threads[row],
            common.reports,
            self._functions[row],
            self._thread_starts[row],
            self._steady[row],
        )


_NUMBERS = 9


def _numbers(figures: Figures) -> Sequence[int | None]:
    """What no two captures have in common."""
    facts = figures.facts
    return (
        facts.started if facts else None,
        facts.ended if facts else None,
        facts.pid if facts else None,
        facts.main_thread if facts else None,
        figures.peak_bytes,
        figures.peak_rss_bytes,
        figures.leaked_bytes,
        figures.leaked_allocations,
        figures.total_allocations,
    )


def _common(figures: Figures) -> Figures:
    """What many captures have in common."""
    facts = figures.facts
    return Figures(
        figures.status,
        figures.reason,
        facts
        and Facts(
            0,
            0,
            facts.command,
            0,
            0,
            facts.allocator,
            facts.native,
            facts.aggregated,
            facts.python_allocators_traced,
            facts.format_version,
            facts.python_version,
        ),
        reports=figures.reports,
    )
