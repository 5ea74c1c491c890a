"""What is kept of a capture whose run is no longer among the newest: there can be thousands of them."""

from __future__ import annotations

from msgspec.structs import replace

from sitegen.insight.curves import curve_of
from sitegen.insight.prune import fold
from sitegen.model import Analysis, Snapshots

POINTS = 60
"""Points of its memory curve: enough to see its shape."""


def brief(analysis: Analysis, keep_nodes: int) -> Analysis:
    """The analysis with its figures, a curve of few points and a small tree; no intervals, no tables of statistics.

    Made of itself it is itself, so that a site read back as history gives the same pages.
    """
    time, heap, rss = curve_of(analysis.snapshots, analysis.facts.ended, POINTS)
    stats = analysis.stats
    return fold(
        replace(
            analysis,
            snapshots=Snapshots(time=time, heap=heap, rss=rss, high_water=heap[:0]),
            high_water=None,
            lifetimes=None,
            temporary=None,
            stats=stats
            and replace(
                stats,
                by_allocator=(),
                by_size=(),
                top_by_bytes=(),
                top_by_count=(),
                modules_by_bytes=(),
                modules_by_count=(),
            ),
        ),
        keep_nodes,
    )
