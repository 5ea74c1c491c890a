"""Memory over time with few points."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from sitegen.model import Snapshots


def peak_at(heap: Sequence[int]) -> int:
    """The index of the peak: where the highest was reached for the last time, as memray means it.

    Where the heap stays at its highest over several points, that is the first of them: when it got there.
    """
    most = max(heap)
    return max(at for at, held in enumerate(heap) if held == most and (not at or heap[at - 1] != most))


def curve_of(shots: Snapshots, ended: int, points: int) -> tuple[array[int], array[int], array[int]]:
    """Times (milliseconds), heap and resident bytes, of so many points at most; empty without snapshots.

    Of every stretch of time it is the moment of its highest heap, so that no peak is lost; `ended` is the time
    of what came after the last snapshot.
    """
    time, heap, rss = array("Q", shots.time), _highest(shots), array("Q", shots.rss)
    if time and shots.high_water and shots.high_water[-1]:
        time.append(max(ended, time[-1]))
        heap.append(shots.high_water[-1])
        rss.append(rss[-1])
    step = max(1, -(-len(time) // points))
    starts = range(0, len(time), step)
    picked = [start + peak_at(heap[start : start + step]) for start in starts]
    return (
        array("Q", [time[shot] for shot in picked]),
        array("Q", [heap[shot] for shot in picked]),
        array("Q", [max(rss[start : start + step]) for start in starts]),
    )


def _highest(shots: Snapshots) -> array[int]:
    if not shots.high_water:
        return array("Q", shots.heap)
    return array("Q", map(max, shots.heap, shots.high_water))
