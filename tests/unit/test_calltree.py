"""Sums over call trees: nothing is lost or counted twice, whatever the tree."""

from __future__ import annotations

from array import array
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from made_analyses import analysis_of

from sitegen.capture.trie import StackTrie
from sitegen.insight.calltree import function_rows, package_rows, sums_at, sums_up
from sitegen.insight.prune import fold
from sitegen.model import NO_FRAMES, ROOT, Analysis, View

Frame = tuple[str, str, int]
Stacks = list[list[Frame]]
Rows = list[tuple[list[Frame], int, int]]

frames = st.tuples(
    st.sampled_from(["main", "load", "parse", "<listcomp>"]),
    st.sampled_from(["/p/a.py", "/p/b.py", "/usr/lib/python3.11/json/decoder.py"]),
    st.integers(1, 3),
)
stacks = st.lists(
    st.tuples(st.lists(frames, max_size=6), st.integers(0, 10**6), st.integers(1, 9)), min_size=1, max_size=25
)


def made(rows: Rows) -> Analysis:
    return analysis_of(rows, root="/p")


@given(stacks)
def test_own_memory_of_functions_and_of_packages_sums_to_the_whole(rows: Rows) -> None:
    analysis = made(rows)
    whole = sum(analysis.peak.bytes)
    assert sum(row.self_bytes for row in function_rows(analysis, View.PEAK)) == whole
    assert sum(row.self_bytes for row in package_rows(analysis, View.PEAK)) == whole
    assert all(row.self_bytes <= row.total_bytes <= whole for row in function_rows(analysis, View.PEAK))


@given(stacks)
def test_a_functions_total_counts_every_stack_that_holds_it_once(rows: Rows) -> None:
    analysis = made(rows)
    expected: Counter[tuple[str, str]] = Counter()
    for node, size in zip(analysis.peak.node, analysis.peak.bytes, strict=True):
        holding: set[tuple[str, str]] = set()
        path = []
        while node != ROOT:
            path.append(node)
            node = analysis.tree.parent[node]
        last: tuple[str, str] | None = None
        for step in reversed(path):
            frame = analysis.tree.frame[step]
            file = analysis.frames.files[analysis.frames.file[frame]].name
            name = analysis.frames.functions[analysis.frames.function[frame]]
            # A comprehension counts for the function of the same file that calls it.
            if not (name == "<listcomp>" and last is not None and last[0] == file):
                last = (file, name)
            assert last is not None
            holding.add(last)
        for key in holding or {("", NO_FRAMES)}:
            expected[key] += size
    totals = {(row.file, row.function): row.total_bytes for row in function_rows(analysis, View.PEAK)}
    assert {key: size for key, size in totals.items() if size} == {k: s for k, s in expected.items() if s}


@given(stacks, st.integers(1, 30))
def test_folding_keeps_every_total_and_says_what_it_hid(rows: Rows, keep: int) -> None:
    analysis = made(rows)
    folded = fold(analysis, keep)
    assert len(folded.tree.parent) - 1 <= keep
    assert sum(folded.peak.bytes) == sum(analysis.peak.bytes)
    assert sum(folded.peak.count) == sum(analysis.peak.count)
    assert sum(folded.leaks.bytes) == sum(analysis.leaks.bytes)
    assert function_rows(folded, View.PEAK) == function_rows(analysis, View.PEAK)
    if folded is not analysis:
        assert folded.folded is not None
        assert folded.folded.nodes == len(analysis.tree.parent) - len(folded.tree.parent)
        # What stays holds exactly what it held before: its total is the same at every kept node.
        totals = sums_up(folded.tree, sums_at(folded.tree, folded.peak.node, folded.peak.bytes))
        assert totals[ROOT] == sum(analysis.peak.bytes)


@given(st.lists(st.lists(frames, max_size=8), max_size=20), st.randoms())
def test_the_tree_does_not_depend_on_the_order_of_stacks(stacks: Stacks, random: Random) -> None:
    def tree(order: Stacks) -> tuple[array[int], array[int], list[Frame]]:
        trie = StackTrie()
        for stack in order:
            trie.add(stack)
        made, frames, _ = trie.ordered()
        return made.parent, made.frame, frames

    shuffled = list(stacks)
    random.shuffle(shuffled)
    assert tree(stacks) == tree(shuffled)
    parent, _, _ = tree(stacks)
    assert all(above < node for node, above in enumerate(parent) if node)


@given(stacks, st.integers(1, 30), st.integers(1, 30))
def test_what_was_folded_can_be_folded_further(rows: Rows, first: int, second: int) -> None:
    """Totals and tables stay those of the whole tree; what is said to be folded only grows."""
    analysis = made(rows)
    once = fold(analysis, first)
    twice = fold(once, second)
    assert len(twice.tree.parent) - 1 <= min(first, second)
    assert sum(twice.leaks.bytes) == sum(analysis.leaks.bytes)
    assert function_rows(twice, View.PEAK) == function_rows(analysis, View.PEAK)
    if once.folded and twice.folded:
        assert twice.folded.stacks >= once.folded.stacks
        assert twice.folded.nodes == len(analysis.tree.parent) - len(twice.tree.parent)
