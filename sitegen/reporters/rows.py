"""Rows that several reports show: functions, packages, and the largest branches of the tree."""

from __future__ import annotations

from heapq import nlargest
from typing import Any

import msgspec

from sitegen.insight.calltree import function_rows, package_rows, sums_at, sums_up
from sitegen.model import NO_FRAMES, ROOT, Analysis, FrameKind, Frames, Records, View
from sitegen.reporters.base import share

TOP_FUNCTIONS = 10
TOP_PACKAGES = 10
WORTH = 0.001
"""The share of the whole below which a row after the first is left to the viewer: a page shows it as <0.1 %."""

BRANCHES = 20
"""How many nodes the tree that works without JavaScript shows at most."""

LEAST = 0.01
"""The share of the whole below which a branch is not shown there."""


def top_functions(analysis: Analysis, view: View, most: int = TOP_FUNCTIONS) -> list[dict[str, Any]]:
    """The functions with most own memory, with shares of the view's whole."""
    rows = function_rows(analysis, view)
    whole = sum(row.self_bytes for row in rows)
    return [
        msgspec.to_builtins(row)
        | {"self_share": share(row.self_bytes, whole), "total_share": share(row.total_bytes, whole)}
        for place, row in enumerate(rows[:most])
        if row.total_bytes and (row.self_bytes >= WORTH * whole or not place)
    ]


def top_packages(analysis: Analysis, view: View) -> list[dict[str, Any]]:
    """The packages with most own memory, with shares of the view's whole."""
    rows = package_rows(analysis, view)
    whole = sum(row.self_bytes for row in rows)
    return [
        msgspec.to_builtins(row) | {"self_share": share(row.self_bytes, whole)}
        for place, row in enumerate(rows[:TOP_PACKAGES])
        if row.self_bytes and (row.self_bytes >= WORTH * whole or not place)
    ]


def largest_branches(analysis: Analysis, records: Records) -> list[dict[str, Any]]:
    """The largest nodes as nested rows, largest first: what `memray tree` shows.

    A row is a frame, or several that call each other and hold the same. Frames that memray never shows are left
    out; what they hold counts for their callers.
    """
    if not records.node:
        return []
    tree = analysis.tree
    total = sums_up(tree, sums_at(tree, records.node, records.bytes))
    whole = total[ROOT]
    internal = [kind == FrameKind.INTERNAL for kind in analysis.frames.kind]
    # A parent is never smaller than its child, so the largest nodes hang together.
    shown = (
        node
        for node in range(1, len(total))
        if total[node] > LEAST * whole and not internal[tree.frame[node]]
    )
    rows: dict[int, dict[str, Any]] = {}
    top: list[dict[str, Any]] = []
    for node in nlargest(BRANCHES, shown, key=total.__getitem__):  # of equal ones the first
        frame = _frame(analysis.frames, tree.frame[node])
        above = tree.parent[node]
        while above != ROOT and internal[tree.frame[above]]:
            above = tree.parent[above]
        if above != ROOT and rows[above]["bytes"] == total[node]:
            rows[node] = rows[above]
            rows[node]["frames"].append(frame)
            continue
        rows[node] = {
            "frames": [frame],
            "bytes": total[node],
            "share": share(total[node], whole),
            "below": [],
        }
        (rows[above]["below"] if above != ROOT else top).append(rows[node])
    bare = sum(size for node, size in zip(records.node, records.bytes, strict=True) if node == ROOT)
    if bare:
        frame = {"function": NO_FRAMES, "file": "", "line": 0}
        top.append({"frames": [frame], "bytes": bare, "share": share(bare, whole), "below": []})
    return top


def _frame(frames: Frames, frame: int) -> dict[str, Any]:
    return {
        "function": frames.functions[frames.function[frame]],
        "file": frames.files[frames.file[frame]].name,
        "line": frames.line[frame],
    }
