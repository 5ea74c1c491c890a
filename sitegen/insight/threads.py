"""Threads over the time of a capture: when each was first seen to allocate."""

from __future__ import annotations

from sitegen.insight.leaks import moments
from sitegen.model import Analysis

FEWEST_STARTS = 10
"""Threads that a process must start before the way it does is looked at: pools have fewer, as a rule."""

_TENTHS = 10


def thread_starts(analysis: Analysis) -> tuple[float, ...]:
    """When each thread first allocated, as a share of the capture's time, in order. () where it is not known.

    A thread that holds nothing for longer than a snapshot is not seen.
    """
    if analysis.lifetimes is None:
        return ()
    when = moments(analysis)
    first: dict[int, int] = {}
    for thread, window in zip(analysis.lifetimes.thread, analysis.lifetimes.allocated, strict=True):
        first[thread] = min(window, first.get(thread, window))
    return tuple(sorted(when[window] for window in first.values()))


def keeps_starting(starts: tuple[float, ...]) -> bool:
    """Whether threads were started until the end: in most tenths of the time, and in each of the last two."""
    tenths = {min(int(start * _TENTHS), _TENTHS - 1) for start in starts}
    return len(starts) >= FEWEST_STARTS and len(tenths) > _TENTHS / 2 and {_TENTHS - 2, _TENTHS - 1} <= tenths
