"""Two call trees in one: the tree that a difference is drawn and summed on.

Stacks are matched by (file, function) and not by line, so that a shifted line is no change. Comprehensions and the
interpreter's own frames count for who calls them, as in every table.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from sitegen.insight.calltree import functions_of, sums_at, sums_up, unnamed_frames
from sitegen.model import NO_FRAMES, ROOT, Analysis, Tree

Key = tuple[str, str]
"""A function: (file name, function name)."""


class Function(msgspec.Struct, frozen=True):
    """A function of either side, by the names that head has for it and its file where head has them."""

    function: str
    file: str
    package: str


class MergedTree(msgspec.Struct, frozen=True):
    """The stacks of both sides. In preorder, siblings sorted by file and function; node `ROOT` is the root.

    `function[i]` indexes `functions`, of which 0 is `<no frames>`, the root's. `line` is that of the
    heaviest call in head, or in base where head has none. `before` and `after` are what each node holds
    itself; the root's own is memory without frames.
    """

    functions: tuple[Function, ...]
    parent: array[int]
    function: array[int]
    line: array[int]
    before: array[int]
    after: array[int]

    @property
    def tree(self) -> Tree:
        """The shape alone, for the sums of `calltree`. Its frames are functions."""
        return Tree(self.parent, self.function)


class Side(msgspec.Struct, frozen=True):
    """One side of a merge: an analysis, the figures of one view of it, and how its functions are matched.

    `figures[i]` is held at `nodes[i]`. `key_of` gives the key that a function is matched and shown by.
    """

    analysis: Analysis
    nodes: Sequence[int]
    figures: Sequence[int]
    key_of: Callable[[Key], Key]


def merge(base: Side, head: Side, hidden: int = 0) -> MergedTree:
    """Both trees in one; only what holds anything on one side at least.

    `hidden` is what a node may hold and still be left out on one side, by folding: stacks that only one
    side shows and that hold no more are counted for their callers.
    """
    growing = _Growing()
    # Head first: it names the functions, and its lines win.
    own_after = growing.add(head)
    own_before = growing.add(base)
    size = len(growing.parent)
    own_after += [0] * (size - len(own_after))
    own_before += [0] * (size - len(own_before))
    order = growing.order()
    merged = growing.in_order(order, own_before, own_after)
    return _fold_alike(merged, [hidden * growing.nodes[node] for node in order]) if hidden else merged


class _Growing:
    """The merged tree while sides are added. Nodes are numbered as they come."""

    def __init__(self) -> None:
        self.functions = [Function(NO_FRAMES, "", NO_FRAMES)]
        self.parent, self.function, self.line = [ROOT], [0], [0]
        self.nodes = [1]  # how many of both sides each is made of
        self._function_of_key: dict[Key, int] = {("", NO_FRAMES): 0}
        self._package_of_file: dict[str, str] = {"": NO_FRAMES}
        self._node_of: dict[tuple[int, int], int] = {}

    def add(self, side: Side) -> list[int]:
        """Adds a side's nodes and gives what each node of the merged tree so far holds of that side."""
        tree, frames = side.analysis.tree, side.analysis.frames
        known = functions_of(side.analysis)
        numbers = [
            self._number(side.key_of((file.name, name)), file.package)
            for name, file in zip(known.names, known.files, strict=True)
        ]
        own = sums_at(tree, side.nodes, side.figures)
        total = sums_up(tree, own)
        unnamed = unnamed_frames(frames)
        merged_of = [ROOT] * len(own)
        held = [own[ROOT]] + [0] * (len(self.parent) - 1)
        heaviest: dict[int, int] = {}
        before = len(self.parent)
        for node in range(1, len(own)):
            if not total[node]:
                continue
            frame, above = tree.frame[node], tree.parent[node]
            if unnamed[frame] and known.of_node[node] == known.of_node[above]:
                merged = merged_of[above]
            else:
                place = (merged_of[above], numbers[known.of_node[node]])
                merged = self._node_of.get(place, 0)
                if not merged:
                    merged = self._node_of[place] = len(self.parent)
                    self.parent.append(place[0])
                    self.function.append(place[1])
                    self.line.append(0)
                    self.nodes.append(0)
                    held.append(0)
                self.nodes[merged] += 1
                if merged >= before and total[node] > heaviest.get(merged, 0):
                    heaviest[merged] = total[node]
                    self.line[merged] = frames.line[frame]
            merged_of[node] = merged
            held[merged] += own[node]
        return held

    def _number(self, key: Key, package: str) -> int:
        number = self._function_of_key.setdefault(key, len(self.functions))
        if number == len(self.functions):
            file, name = key
            self.functions.append(Function(name, file, self._package_of_file.setdefault(file, package)))
        return number

    def order(self) -> list[int]:
        """The nodes in preorder, siblings sorted by file and function."""
        below: list[list[int]] = [[] for _ in self.parent]
        for node in range(1, len(self.parent)):
            below[self.parent[node]].append(node)
        order: list[int] = []
        waiting = [ROOT]
        while waiting:
            node = waiting.pop()
            order.append(node)
            waiting += sorted(
                below[node], key=lambda node: _place(self.functions[self.function[node]]), reverse=True
            )
        return order

    def in_order(self, order: Sequence[int], before: Sequence[int], after: Sequence[int]) -> MergedTree:
        """The final tree: nodes in this order, functions numbered by their names alone."""
        names = sorted(range(1, len(self.functions)), key=lambda f: _place(self.functions[f]))
        number = {old: new for new, old in enumerate((0, *names))}
        place_of = array("I", bytes(4 * len(order)))
        for place, node in enumerate(order):
            place_of[node] = place
        return MergedTree(
            functions=tuple(self.functions[old] for old in (0, *names)),
            parent=array("I", [place_of[self.parent[node]] for node in order]),
            function=array("I", [number[self.function[node]] for node in order]),
            line=array("I", [self.line[node] for node in order]),
            before=array("Q", [before[node] for node in order]),
            after=array("Q", [after[node] for node in order]),
        )


def _place(function: Function) -> tuple[str, str]:
    return function.file, function.function


def _fold_alike(merged: MergedTree, limits: Sequence[int]) -> MergedTree:
    """The tree without the nodes that one side alone has and that hold no more than their limit there.

    What they hold is counted for the nearest node that stays.
    """
    before, after = (sums_up(merged.tree, own) for own in (merged.before, merged.after))
    new_of_old = array("I", bytes(4 * len(before)))
    parent, function, line = array("I"), array("I"), array("I")
    held_before, held_after = array("Q"), array("Q")
    for node, above in enumerate(merged.parent):
        if (
            node != ROOT
            and not min(before[node], after[node])
            and max(before[node], after[node]) <= limits[node]
        ):
            new = new_of_old[node] = new_of_old[above]
            held_before[new] += merged.before[node]
            held_after[new] += merged.after[node]
            continue
        new_of_old[node] = len(parent)
        parent.append(new_of_old[above])
        function.append(merged.function[node])
        line.append(merged.line[node])
        held_before.append(merged.before[node])
        held_after.append(merged.after[node])
    return replace(merged, parent=parent, function=function, line=line, before=held_before, after=held_after)
