"""Which figures a process can have: damaged and hostile files may say anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sitegen.capture.days import nearest_day
from sitegen.model import Analysis

_HELD = 1 << 47
"""Bytes that no process holds at once: what the address space gives to programs. Sums over 65,536 captures fit
into every column."""

_EVER = 1 << 63
"""Bytes and counts that no process comes to in all its life."""

_IDS = range(-(1 << 63), 1 << 64)


def are_possible(analysis: Analysis) -> bool:
    """Whether a process can have these figures, so that sums over many analyses can be written, too."""
    facts, shots = analysis.facts, analysis.snapshots
    held = [analysis.peak_bytes, analysis.peak_rss_bytes or 0, analysis.leaked_bytes]
    ever = [analysis.leaked_allocations or 0, analysis.temporary_threshold or 0]
    for part in (analysis.peak, analysis.leaks):
        held.append(sum(part.bytes))
        ever.append(sum(part.count))
    for rows in (analysis.temporary, analysis.high_water, analysis.lifetimes):
        if rows is not None:
            ever += [sum(rows.bytes), sum(rows.count)]
    ever += [max(column, default=0) for column in (shots.time, shots.heap, shots.rss, shots.high_water)]
    ids = [facts.pid, facts.main_thread, facts.format_version, *(thread.id for thread in analysis.threads)]
    return (
        0 <= min(held) <= max(held) < _HELD
        and 0 <= min(ever) <= max(ever) < _EVER
        and all(0 <= figure < _EVER for figure in _numbers([analysis.stats, analysis.folded]))
        and all(number in _IDS for number in ids)
        and 0 <= facts.started <= facts.ended == nearest_day(facts.ended)
    )


def _numbers(plain: object) -> Iterator[int | float]:
    """All numbers in what a header holds."""
    waiting: list[Any] = [msgspec.to_builtins(plain)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, int | float):
            yield value
