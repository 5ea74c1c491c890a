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
BRANCHES = 30
"""How many nodes the tree that works without JavaScript shows."""


def top_functions(analysis: Analysis, view: View, most: int = TOP_FUNCTIONS) -> list[dict[str, Any]]:
    """The functions with most own memory, with shares of the view's whole."""
    rows = function_rows(analysis, view)
    whole = sum(row.self_bytes for row in rows)
    return [
        msgspec.to_builtins(row)
        | {"self_share": share(row.self_bytes, whole), "total_share": share(row.total_bytes, whole)}
        for row in rows[:most]
        if row.total_bytes
    ]


def top_packages(analysis: Analysis, view: View) -> list[dict[str, Any]]:
    """The packages with most own memory, with shares of the view's whole."""
    rows = package_rows(analysis, view)
    whole = sum(row.self_bytes for row in rows)
    return [
        msgspec.to_builtins(row) | {"self_share": share(row.self_bytes, whole)}
        for row in rows[:TOP_PACKAGES]
        if row.self_bytes
    ]


def largest_branches(analysis: Analysis, records: Records) -> list[dict[str, Any]]:
    """The largest nodes as nested rows, largest first: what `memray tree` shows.

    Frames that memray never shows are left out; what they hold counts for their callers.
    """
    tree = analysis.tree
    total = sums_up(tree, sums_at(tree, records.node, records.bytes))
    whole = total[ROOT]
    internal = [kind == FrameKind.INTERNAL for kind in analysis.frames.kind]
    # A parent is never smaller than its child, so the largest nodes hang together.
    shown = (node for node in range(1, len(total)) if total[node] and not internal[tree.frame[node]])
    rows: dict[int, dict[str, Any]] = {}
    top: list[dict[str, Any]] = []
    for node in nlargest(BRANCHES, shown, key=total.__getitem__):  # of equal ones the first
        row = rows[node] = _frame(analysis.frames, tree.frame[node]) | {
            "bytes": total[node],
            "share": share(total[node], whole),
            "below": [],
        }
        above = tree.parent[node]
        while above != ROOT and internal[tree.frame[above]]:
            above = tree.parent[above]
        (rows[above]["below"] if above != ROOT else top).append(row)
    bare = sum(size for node, size in zip(records.node, records.bytes, strict=True) if node == ROOT)
    if bare:
        row = {"function": NO_FRAMES, "file": "", "line": 0, "bytes": bare, "below": []}
        top.append(row | {"share": share(bare, whole)})
    return top


def _frame(frames: Frames, frame: int) -> dict[str, Any]:
    return {
        "function": frames.functions[frames.function[frame]],
        "file": frames.files[frames.file[frame]].name,
        "line": frames.line[frame],
    }
