"""What a comparison of two captures says."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from sitegen.insight.merge import MergedTree
from sitegen.insight.renames import Rename
from sitegen.model import ROOT, View


class Metric(StrEnum):
    """Which figure is compared: bytes at the peak, bytes never freed, or the number of allocations.

    `ALLOCATIONS` counts the allocations that are alive at the peak: the only count that a capture knows
    by stack. It is what a flame graph shows as a stack's allocations, not the `total_allocations` over the
    whole life, of which memray keeps no stacks.
    """

    PEAK = "peak"
    LEAKS = "leaks"
    ALLOCATIONS = "allocations"

    @property
    def view(self) -> View:
        """The view that the figure is taken from."""
        return View.LEAKS if self is Metric.LEAKS else View.PEAK


class Change(StrEnum):
    """What became of a stack's or function's own memory."""

    GROWN = "grown"
    SHRUNK = "shrunk"
    NEW = "new"
    GONE = "gone"
    UNCHANGED = "unchanged"


class Delta(msgspec.Struct, frozen=True):
    """A figure before and after. `own` in this module's types counts what was allocated right there."""

    before: int
    after: int

    @property
    def delta(self) -> int:
        """What came on top; negative where the figure fell."""
        return self.after - self.before

    @property
    def ratio(self) -> float | None:
        """The delta as a fraction of before; None of nothing."""
        return self.delta / self.before if self.before else None

    @property
    def matters(self) -> bool:
        """Whether a change of bytes is worth an eye: 1 % and 10 kB at least."""
        return abs(self.delta) >= 10_000 and (self.ratio is None or abs(self.ratio) >= 0.01)

    @property
    def change(self) -> Change:
        if self.before == self.after:
            return Change.UNCHANGED
        if not self.before:
            return Change.NEW
        if not self.after:
            return Change.GONE
        return Change.GROWN if self.after > self.before else Change.SHRUNK


class FunctionDelta(msgspec.Struct, frozen=True):
    """A function on both sides. Names and line are head's where head has the function, else base's."""

    function: str
    file: str
    package: str
    line: int
    own: Delta
    total: Delta


class GroupDelta(msgspec.Struct, frozen=True):
    """A file or a package on both sides. Where a side is folded, totals are at least this."""

    name: str
    own: Delta
    total: Delta


class StackFrame(msgspec.Struct, frozen=True):
    """One frame of a stack: as in `FunctionDelta`."""

    function: str
    file: str
    line: int


class StackDelta(msgspec.Struct, frozen=True):
    """A stack, outermost caller first, with what was allocated in its last frame."""

    stack: tuple[StackFrame, ...]
    own: Delta


class Comparison(msgspec.Struct, frozen=True):
    """The difference of two captures in one metric (bytes, or allocations).

    `functions`, `files` and `packages` hold what changed at all, by falling absolute self delta (then by
    total delta and name). `tree` is the union of both call trees; where it is `folded`, small
    stacks count for their callers on both sides alike, while functions and own figures of files and packages
    are those of the whole. `renames` are offered, not applied: give them to `compare` to have them applied.
    """

    metric: Metric
    before: int
    after: int
    functions: tuple[FunctionDelta, ...]
    files: tuple[GroupDelta, ...]
    packages: tuple[GroupDelta, ...]
    tree: MergedTree
    folded: bool
    renames: tuple[Rename, ...]

    @property
    def delta(self) -> int:
        return self.after - self.before

    @property
    def whole(self) -> Delta:
        """The figure that was compared."""
        return Delta(self.before, self.after)

    @property
    def cause(self) -> FunctionDelta | None:
        """The function whose own figure moved most the way the whole did; None where the whole did not move."""
        return next((row for row in self.functions if row.own.delta * self.delta > 0), None)

    def stacks(self) -> tuple[StackDelta, ...]:
        """Every stack that changed, by falling absolute delta (then in the tree's order)."""
        return self._stacks(_changed(self.tree))

    def explaining(self, share: float = 0.9, most: int | None = None) -> tuple[StackDelta, ...]:
        """The fewest stacks whose changes, up or down, make `share` of all changes added up; `most` of them.

        Growth here does not hide what shrank there: both are changes. Where nothing shrank, it is the
        share of `delta`.
        """
        nodes = _changed(self.tree)
        deltas = [abs(self.tree.after[node] - self.tree.before[node]) for node in nodes]
        wanted = share * sum(deltas)
        explained = 0
        for taken, size in enumerate(deltas):
            if explained >= wanted:
                return self._stacks(nodes[:taken][:most])
            explained += size
        return self._stacks(nodes[:most])

    def _stacks(self, nodes: Iterable[int]) -> tuple[StackDelta, ...]:
        tree, known = self.tree, dict[int, tuple[StackFrame, ...]]()
        return tuple(
            StackDelta(_stack(tree, node, known), Delta(tree.before[node], tree.after[node]))
            for node in nodes
        )


def _stack(tree: MergedTree, node: int, known: dict[int, tuple[StackFrame, ...]]) -> tuple[StackFrame, ...]:
    """The frames down to a node; of the root the one frame `<no frames>`. `known` is filled on the way."""
    below = [node] if node == ROOT else []
    while node != ROOT and node not in known:
        below.append(node)
        node = tree.parent[node]
    stack = known[node] if node != ROOT else ()
    for node in reversed(below):
        function = tree.functions[tree.function[node]]
        stack = known[node] = (*stack, StackFrame(function.function, function.file, tree.line[node]))
    return stack


def _changed(tree: MergedTree) -> list[int]:
    """The nodes whose own figure changed, by falling absolute delta."""
    delta = [abs(after - before) for before, after in zip(tree.before, tree.after, strict=True)]
    return sorted((node for node, size in enumerate(delta) if size), key=lambda node: -delta[node])
