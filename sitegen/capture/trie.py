"""Builds one call tree out of many stacks."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from sitegen.model import ROOT, Tree

RawFrame = tuple[str, str, int]  # function, file, line: as memray gives it
ROOT_FRAME: RawFrame = ("", "", 0)


class StackTrie:
    """Interns stacks as nodes. Nodes are numbered as they come; `ordered` gives the final tree."""

    def __init__(self) -> None:
        self._children: list[dict[RawFrame, int]] = [{}]

    def add(self, stack: Sequence[RawFrame]) -> int:
        """The node of a stack given leaf first, as memray gives it; the root for an empty stack."""
        children = self._children
        node = ROOT
        for frame in reversed(stack):
            below = children[node]
            found = below.get(frame)
            if found is None:
                found = below[frame] = len(children)
                children.append({})
            node = found
        return node

    def graft(self, other: StackTrie) -> list[int]:
        """Take over all stacks of another trie. Gives the node here of each node there."""
        children = self._children
        node_of = [ROOT] * len(other._children)
        for node, below in enumerate(other._children):  # nodes come after those above them
            known = children[node_of[node]]
            for frame, child in below.items():
                found = known.get(frame)
                if found is None:
                    found = known[frame] = len(children)
                    children.append({})
                node_of[child] = found
        return node_of

    def ordered(self) -> tuple[Tree, list[RawFrame], array[int]]:
        """The tree in preorder with children sorted by frame, its frames, and old node -> new node.

        The order depends on the stacks alone, not on the order in which they came, so that the same
        program draws the same picture in every run. Frames are numbered by their first node.
        """
        new_of_old = array("I", bytes(4 * len(self._children)))
        parent = array("I", [ROOT])
        frame = array("I", [0])
        frames: dict[RawFrame, int] = {ROOT_FRAME: 0}
        waiting = self._below(ROOT, ROOT)
        while waiting:
            above, key, old = waiting.pop()
            new = new_of_old[old] = len(parent)
            parent.append(above)
            frame.append(frames.setdefault(key, len(frames)))
            if self._children[old]:
                waiting += self._below(new, old)
        return Tree(parent, frame), list(frames), new_of_old

    def _below(self, new: int, old: int) -> list[tuple[int, RawFrame, int]]:
        below = self._children[old]
        return [(new, key, below[key]) for key in sorted(below, reverse=True)]


def rows_by_node(rows: dict[tuple[int, ...], list[int]], new_of_old: Sequence[int]) -> list[tuple[int, ...]]:
    """Rows keyed by (old node, ...) as sorted tuples (new node, ..., *figures)."""
    return sorted((new_of_old[key[0]], *key[1:], *figures) for key, figures in rows.items())


def columns(rows: Iterable[tuple[int, ...]], codes: str) -> list[array[int]]:
    """Rows as one array for each column, of the given type codes."""
    turned = list(zip(*rows, strict=True)) or [()] * len(codes)
    return [array(code, column) for code, column in zip(codes, turned, strict=True)]
