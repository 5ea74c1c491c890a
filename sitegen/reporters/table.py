"""Every place that held memory at the peak, as rows: what `memray table` shows."""

from __future__ import annotations

from typing import Any

from sitegen.insight.allocators import allocator_name
from sitegen.model import NO_FRAMES, ROOT, Analysis
from sitegen.reporters.base import Report, share
from sitegen.reporters.rows import WORTH

ROWS = 20
"""Rows rendered into the page; the viewer shows the rest."""


class Table:
    """Locations with the memory that they themselves allocated, by allocator."""

    name = "table"
    title = "Table"

    def report(self, analysis: Analysis) -> Report:
        places: dict[tuple[str, str, int, str], list[int]] = {}
        frames, tree, peak = analysis.frames, analysis.tree, analysis.peak
        for node, allocator, size, count in zip(
            peak.node, peak.allocator, peak.bytes, peak.count, strict=True
        ):
            frame = tree.frame[node]
            function = frames.functions[frames.function[frame]] if node != ROOT else NO_FRAMES
            file = frames.files[frames.file[frame]].name
            key = (function, file, frames.line[frame], allocator_name(allocator))
            figures = places.setdefault(key, [0, 0])
            figures[0] += size
            figures[1] += count
        largest = sorted(places.items(), key=lambda place: (-place[1][0], place[0]))
        shown = [place for place in largest[:ROWS] if place[1][0] >= WORTH * analysis.peak_bytes]
        return Report(
            {
                "places": len(places),
                "rows": [_row(key, figures, analysis.peak_bytes) for key, figures in shown or largest[:1]],
            }
        )


def _row(key: tuple[str, str, int, str], figures: list[int], whole: int) -> dict[str, Any]:
    function, file, line, allocator = key
    size, count = figures
    return {
        "function": function,
        "file": file,
        "line": line,
        "allocator": allocator,
        "bytes": size,
        "count": count,
        "share": share(size, whole),
    }
