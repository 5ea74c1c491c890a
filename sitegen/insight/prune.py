"""Analyses with nodes left out: to keep pages small, or so that both sides of a comparison show the same nodes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from sitegen.insight.calltree import function_rows, package_rows, sums_at, sums_up
from sitegen.model import ROOT, Analysis, Folded, FrameKind, Frames, Intervals, Records, Tree, View

_Part = TypeVar("_Part", Records, Intervals)


def fold(analysis: Analysis, keep_nodes: int) -> Analysis:
    """The analysis with at most `keep_nodes` nodes (and the root).

    The largest nodes by their largest share in any view stay; what hangs below is counted at the nearest
    ancestor that stays, so that every total is exact. `folded` says how much that was (bytes at the peak),
    and keeps the function and package tables of the whole tree. What was folded before can be folded further.
    """
    if len(analysis.tree.parent) - 1 <= keep_nodes:
        return analysis
    shares = _largest_shares(
        analysis, (analysis.peak, analysis.leaks, analysis.temporary, analysis.high_water)
    )
    # A parent weighs no less than its children, so what is kept hangs together.
    order = sorted(range(1, len(shares)), key=shares.__getitem__, reverse=True)
    gone = bytearray(len(shares))
    for node in order[keep_nodes:]:
        gone[node] = 1
    kept = _without(analysis, gone)
    frames, frame = _used_frames(analysis.frames, kept.tree.frame)
    return replace(
        kept,
        tree=Tree(kept.tree.parent, frame),
        frames=frames,
        peak=_added_up(kept.peak),
        leaks=_added_up(kept.leaks),
        temporary=_added_up(kept.temporary) if kept.temporary else None,
        high_water=_added_up(kept.high_water) if kept.high_water else None,
        lifetimes=_added_up(kept.lifetimes) if kept.lifetimes else None,
        folded=_folded(analysis, gone, shares[order[keep_nodes]]),
    )


def _folded(analysis: Analysis, gone: Sequence[int], share: float) -> Folded:
    """What is said of an analysis without some nodes, none of which had more than this share."""
    before, peak = analysis.folded, analysis.peak
    rows = [(node, size) for node, size in zip(peak.node, peak.bytes, strict=True) if gone[node]]
    views = [view for view in View if analysis.records(view) is not None]
    return Folded(
        nodes=sum(gone) + (before.nodes if before else 0),
        stacks=len({node for node, _ in rows}) + (before.stacks if before else 0),
        bytes=min(sum(size for _, size in rows) + (before.bytes if before else 0), sum(peak.bytes)),
        functions=tuple((view, function_rows(analysis, view)) for view in views),
        packages=tuple((view, package_rows(analysis, view)) for view in views),
        share=max(share, before.share if before else 0.0),
    )


def without_native_frames(analysis: Analysis) -> Analysis:
    """What the capture would be without --native: memory of native frames counts for their Python callers.

    A folded analysis loses its tables, as they are of native functions too.
    """
    native = [kind in (FrameKind.NATIVE, FrameKind.INTERNAL) for kind in analysis.frames.kind]
    return replace(_without(analysis, [native[frame] for frame in analysis.tree.frame]), folded=None)


def without_small_nodes(analysis: Analysis, share: float) -> Analysis:
    """Only the nodes with more than this share of the peak or of the leaks.

    The rest counts for the nearest node that stays. What folding left out had no more than `Folded.share`:
    two sides without what is smaller show the same nodes where they hold the same.
    """
    shares = _largest_shares(analysis, (analysis.peak, analysis.leaks))
    return _without(analysis, [largest <= share for largest in shares])


def _largest_shares(analysis: Analysis, parts: Iterable[Records | Intervals | None]) -> list[float]:
    """The largest share that every node has, with all below it, of the bytes of one of the parts."""
    shares = [0.0] * len(analysis.tree.parent)
    for part in parts:
        if part is not None and (whole := sum(part.bytes)):
            totals = sums_up(analysis.tree, sums_at(analysis.tree, part.node, part.bytes))
            shares = [
                share if (share := size / whole) > most else most
                for most, size in zip(shares, totals, strict=True)
            ]
    return shares


def _without(analysis: Analysis, gone: Sequence[int]) -> Analysis:
    """The analysis without some nodes. Siblings that become alike stay apart."""
    tree = analysis.tree
    new_of_old = array("I", bytes(4 * len(tree.parent)))
    parent, frame = array("I", [ROOT]), array("I", [tree.frame[ROOT]])
    for node in range(1, len(new_of_old)):
        above = new_of_old[tree.parent[node]]
        if gone[node]:
            new_of_old[node] = above
        else:
            new_of_old[node] = len(parent)
            parent.append(above)
            frame.append(tree.frame[node])

    def moved(part: _Part) -> _Part:
        return replace(part, node=array("I", [new_of_old[node] for node in part.node]))

    return replace(
        analysis,
        tree=Tree(parent, frame),
        peak=moved(analysis.peak),
        leaks=moved(analysis.leaks),
        temporary=moved(analysis.temporary) if analysis.temporary else None,
        high_water=moved(analysis.high_water) if analysis.high_water else None,
        lifetimes=moved(analysis.lifetimes) if analysis.lifetimes else None,
    )


def _used_frames(frames: Frames, used: array[int]) -> tuple[Frames, array[int]]:
    """The frames that `used` names, renumbered by their first use, and `used` in the new numbers."""
    new_of_old: dict[int, int] = {}
    renumbered = array("I", [new_of_old.setdefault(frame, len(new_of_old)) for frame in used])
    functions: dict[int, int] = {}
    files: dict[int, int] = {}
    kept = Frames(
        function=array("I", [functions.setdefault(frames.function[f], len(functions)) for f in new_of_old]),
        file=array("I", [files.setdefault(frames.file[f], len(files)) for f in new_of_old]),
        line=array("I", [frames.line[f] for f in new_of_old]),
        kind="".join(frames.kind[f] for f in new_of_old),
        functions=tuple(frames.functions[f] for f in functions),
        files=tuple(frames.files[f] for f in files),
    )
    return kept, renumbered


def _added_up(part: _Part) -> _Part:
    """The rows of one key as one, sorted."""
    columns: list[array[int]] = [getattr(part, field) for field in part.__struct_fields__]
    # The last two columns are the figures, what comes before is the key.
    rows: dict[tuple[int, ...], list[int]] = {}
    for *key, size, count in zip(*columns, strict=True):
        figures = rows.setdefault(tuple(key), [0, 0])
        figures[0] += size
        figures[1] += count
    ordered = sorted(of + tuple(sums) for of, sums in rows.items())
    turned = zip(*ordered, strict=True) if ordered else [()] * len(columns)
    return type(part)(*(array(old.typecode, column) for old, column in zip(columns, turned, strict=True)))
