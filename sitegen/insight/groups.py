"""Sums over groups of a tree's nodes, where a node below another one of its group counts once.

The tree is in preorder: what is below a node follows it. So the memory below a node is a difference of two
running sums, and only which nodes are their group's outermost has to be found node by node, once for all views.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from sitegen.model import ROOT, Tree


class Groups(msgspec.Struct, frozen=True):
    """Which group every node is of (`count` of them), and the outermost nodes but for the root, which is no caller.

    What is below `begins[i]`, itself included, are the nodes from it to before `ends[i]`.
    """

    count: int
    of_node: Sequence[int]
    begins: array[int]
    ends: array[int]

    def sums(self, nodes: Sequence[int], figures: Sequence[int]) -> tuple[list[int], list[int]]:
        """Own and total figures by group: `figures[i]` counted at `nodes[i]`."""
        held = [0] * len(self.of_node)
        own, total = [0] * self.count, [0] * self.count
        for node, figure in zip(nodes, figures, strict=True):
            held[node] += figure
            own[self.of_node[node]] += figure
        before = list(accumulate(held, initial=0))
        for begin, end in zip(self.begins, self.ends, strict=True):
            total[self.of_node[begin]] += before[end] - before[begin]
        total[self.of_node[ROOT]] += held[ROOT]
        return own, total


def groups_of(ends: Sequence[int], of_node: Sequence[int], count: int) -> Groups:
    """The groups of a tree with these ends; `of_node[i]` is below `count`."""
    begins = array("I")
    until = [1] * count  # where what is below each group's last outermost node ends
    for node, group in enumerate(of_node):
        if node >= until[group]:
            until[group] = ends[node]
            begins.append(node)
    return Groups(count, of_node, begins, array("I", map(ends.__getitem__, begins)))


def ends_of(tree: Tree) -> array[int]:
    """For every node of a tree in preorder the first one behind all that is below it."""
    ends = array("I", range(1, len(tree.parent) + 1))
    for node, above in zip(range(len(ends) - 1, ROOT, -1), reversed(tree.parent), strict=False):
        if ends[node] > ends[above]:
            ends[above] = ends[node]
    return ends
