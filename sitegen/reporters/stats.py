"""Totals over the whole life of the process, and what its resident memory says of them."""

from __future__ import annotations

from typing import Any

import msgspec

from sitegen.insight.curves import peak_at
from sitegen.model import Analysis
from sitegen.reporters.base import AGGREGATED, NotApplicable, Report, share


class Stats:
    """What `memray stats` shows, and the heap against the resident memory."""

    name = "stats"
    title = "Stats"

    def report(self, analysis: Analysis) -> Report | NotApplicable:
        if analysis.stats is None:
            if analysis.facts.aggregated:
                return NotApplicable(AGGREGATED.format("no totals of its allocations"))
            return NotApplicable("The totals of this capture were not read.")
        stats = msgspec.to_builtins(analysis.stats)
        for size_bin in stats["by_size"]:
            size_bin["share"] = share(size_bin["count"], analysis.stats.allocations)
        return Report(
            {
                **stats,
                "by_allocator": [
                    {"name": name.lower(), "count": count, "share": share(count, analysis.stats.allocations)}
                    for name, count in analysis.stats.by_allocator
                ],
                "resident": _resident(analysis),
            }
        )


def _resident(analysis: Analysis) -> dict[str, Any] | None:
    """The heap and the resident memory at the end, and at the snapshot with the highest heap.

    Memory that the process holds beyond its heap after the heap has shrunk is what fragmentation, the
    allocator's own reserves and code and data that memray does not see amount to.
    """
    shots = analysis.snapshots
    if not shots.time:
        return None
    first = shots.rss[0] - shots.heap[0]
    beyond = [rss - heap for rss, heap in zip(shots.rss, shots.heap, strict=True)]
    top = peak_at(shots.heap)
    return {
        "base": first,  # the interpreter and what was there before memray began to count
        "at_peak": {"heap": shots.heap[top], "rss": shots.rss[top]},
        "at_end": {"heap": shots.heap[-1], "rss": shots.rss[-1]},
        # How much more the process holds beyond its heap at the end than at the start.
        "retained": beyond[-1] - first,
    }
