"""The memory of a whole run over time: every process on one clock, added up by module."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from sitegen.insight.curves import peak_at

POINTS = 240
"""Moments at which the sum is taken, besides every process's own highest one."""

EXACT = 240
"""Processes whose own highest moment and end are such moments; of more, those that held most."""


class Process(msgspec.Struct, frozen=True):
    """One capture on the clock: times in milliseconds since the epoch, `heap[i]` from `time[i]` on."""

    capture: str
    module: str
    started: int
    ended: int
    died: bool  # whether it left no end record
    time: tuple[int, ...]
    heap: tuple[int, ...]


class Share(msgspec.Struct, frozen=True):
    """What one process held at a moment."""

    capture: str
    module: str
    bytes: int


class Service(msgspec.Struct, frozen=True):
    """The sum over a run. `layers[m][i]` is what module `modules[m]` held at `time[i]`.

    `highest` indexes the moment of the highest sum, and `shares` says who held it, largest first.
    """

    processes: tuple[Process, ...]
    modules: tuple[str, ...]
    time: tuple[int, ...]
    layers: tuple[tuple[int, ...], ...]
    highest: int
    total: int
    shares: tuple[Share, ...]


def service_of(processes: Sequence[Process], points: int = POINTS) -> Service | None:
    """The memory of these processes on one clock, at so many even moments; None where none has a curve.

    Modules are ordered by what they hold at the highest moment, largest first.
    """
    drawn = [process for process in processes if process.time]
    if not drawn:
        return None
    times = _moments(drawn, points)
    sums = [0] * len(times)
    by_module: dict[str, list[int]] = defaultdict(lambda: [0] * len(times))
    for process in drawn:
        layer = by_module[process.module]
        for i in _life(process, times):
            held = _held(process, times[i])
            layer[i] += held
            sums[i] += held
    highest = peak_at(sums)
    modules = sorted(by_module, key=lambda module: (-by_module[module][highest], module))
    shares = [Share(p.capture, p.module, _held(p, times[highest])) for p in drawn]
    return Service(
        processes=tuple(sorted(drawn, key=lambda process: (process.started, process.capture))),
        modules=tuple(modules),
        time=tuple(times),
        layers=tuple(tuple(by_module[module]) for module in modules),
        highest=highest,
        total=sums[highest],
        shares=tuple(sorted((s for s in shares if s.bytes), key=lambda s: (-s.bytes, s.capture))),
    )


def _moments(processes: Sequence[Process], points: int) -> list[int]:
    first = min(process.started for process in processes)
    last = max(process.ended for process in processes)
    even = {first + (last - first) * i // points for i in range(points + 1)}
    # A process's own peak and its end must not fall between two moments.
    largest = sorted(processes, key=lambda process: (-max(process.heap), process.capture))[:EXACT]
    peaks = {p.time[peak_at(p.heap)] for p in largest}
    return sorted(even | peaks | {process.ended for process in largest})


def _life(process: Process, times: Sequence[int]) -> range:
    """The moments at which a process may hold anything."""
    return range(bisect_left(times, process.started), bisect_right(times, process.ended))


def sampled(process: Process, moment: int) -> int | None:
    """Which of its own moments says what a process held at a moment; None before its first."""
    at = bisect_right(process.time, moment) - 1
    return at if at >= 0 else None


def _held(process: Process, moment: int) -> int:
    if not process.started <= moment < max(process.ended, process.started + 1):
        return process.heap[-1] if moment == process.ended else 0
    at = sampled(process, moment)
    return 0 if at is None else process.heap[at]
