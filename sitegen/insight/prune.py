"""Analyses with nodes left out, so that two sides of a comparison show the same kind of stacks."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from sitegen.insight.calltree import sums_at, sums_up
from sitegen.model import ROOT, Analysis, FrameKind, Intervals, Records, Tree

_Part = TypeVar("_Part", Records, Intervals)


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
    return _without(analysis, [largest <= share for largest in _largest_shares(analysis)])


def _largest_shares(analysis: Analysis) -> list[float]:
    """The larger share of bytes that every node has of the peak or of the leaks."""
    shares = [0.0] * len(analysis.tree.parent)
    for part in (analysis.peak, analysis.leaks):
        if whole := sum(part.bytes):
            totals = sums_up(analysis.tree, sums_at(analysis.tree, part.node, part.bytes))
            shares = [max(share, size / whole) for share, size in zip(shares, totals, strict=True)]
    return shares


def _without(analysis: Analysis, gone: Sequence[bool]) -> Analysis:
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
