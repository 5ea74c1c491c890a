"""Functions of which only the name, or the file they are kept in, seems to have changed.

There is no certain way to tell from captures; this is the rule. A function that base alone knows and one that
head alone knows, anywhere in their captures, are offered as one where

* they are in the same file, or have the same name in different files;
* their own and their total memory differ by at most a tenth of the larger total (`ALIKE`);
* at least half of the functions that call them or are called by them are the same (`SHARED`), counting
  those that both sides know or that are renamed themselves, and at least one is;
* neither has another partner that fits, or this one's name is clearly the most alike (`NAMED_ALIKE`).

Where more than `MOST_PAIRS` could be one, chance would speak for too many: none is offered. A rename makes the
surroundings of others known, at most `ROUNDS` calls deep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise

import msgspec

from sitegen.insight.calltree import sums_up
from sitegen.insight.merge import Function, Key, MergedTree
from sitegen.model import ROOT

ALIKE = 0.1
SHARED = 0.5
NAMED_ALIKE = 0.5
CLEARLY = 0.1

SMALLEST = 0.001
"""Functions with a smaller share of the whole are not looked at: too many would be alike by chance."""

MOST_PAIRS = 10_000
ROUNDS = 50


class Rename(msgspec.Struct, frozen=True):
    """A function of base and the one in head that took its place, with the total of each."""

    before: Function
    after: Function
    before_total: int
    after_total: int


class _Known(msgspec.Struct):
    """A function that one side alone has."""

    own: int = 0
    total: int = 0
    near: set[tuple[str, int]] = msgspec.field(default_factory=set)  # ("caller" or "callee", function)


def find_renames(tree: MergedTree, in_base: Collection[Key], in_head: Collection[Key]) -> tuple[Rename, ...]:
    """The renames that the tree speaks for, largest first.

    `in_base` and `in_head` are all functions that each side knows at all, in any view, by the tree's names.
    """
    keys = [(function.file, function.function) for function in tree.functions]
    gone = _only_on(tree, tree.before, tree.after, [key not in in_head for key in keys])
    new = _only_on(tree, tree.after, tree.before, [key not in in_base for key in keys])
    pairs = list(islice(_pairs(tree.functions, gone, new), MOST_PAIRS + 1))
    if len(pairs) > MOST_PAIRS:
        return ()
    one_sided = gone.keys() | new.keys()
    renamed: dict[int, int] = {}  # the function of head -> that of base
    for _ in range(ROUNDS):
        found = _fitting(tree.functions, pairs, gone, new, one_sided, renamed)
        if not found:
            break
        renamed.update(found)
        no_more = set(renamed.values())
        pairs = [(old, now) for old, now in pairs if old not in no_more and now not in renamed]
    return tuple(
        sorted(
            (
                Rename(tree.functions[old], tree.functions[now], gone[old].total, new[now].total)
                for now, old in renamed.items()
            ),
            key=lambda r: (-max(r.before_total, r.after_total), r.after.file, r.after.function),
        )
    )


def _only_on(
    tree: MergedTree, here: Iterable[int], there: Iterable[int], of_interest: Sequence[bool]
) -> dict[int, _Known]:
    """The functions of interest that hold memory on this side and none on the other."""
    own, total = list(here), sums_up(tree.tree, list(here))
    other = sums_up(tree.tree, list(there))
    known: dict[int, _Known] = defaultdict(_Known)
    elsewhere: set[int] = set()
    for node in range(1, len(own)):
        function, above = tree.function[node], tree.function[tree.parent[node]]
        if of_interest[function]:
            if other[node]:
                elsewhere.add(function)
            known[function].own += own[node]
            known[function].near.add(("caller", above))
            if above != function:
                known[function].total += total[node]
        if of_interest[above] and above != function:
            known[above].near.add(("callee", function))
    least = SMALLEST * total[ROOT]
    return {f: k for f, k in known.items() if f not in elsewhere and k.total > least}


def _pairs(
    functions: tuple[Function, ...], gone: dict[int, _Known], new: dict[int, _Known]
) -> Iterator[tuple[int, int]]:
    """The pairs that are in one file or of one name, and of like size."""
    by_file: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    for function in new:
        by_file[functions[function].file].append(function)
        by_name[functions[function].function].append(function)
    for old in gone:
        for now in chain(by_file[functions[old].file], by_name[functions[old].function]):
            if _alike(gone[old], new[now]):
                yield old, now


def _alike(old: _Known, new: _Known) -> bool:
    within = ALIKE * max(old.total, new.total)
    return abs(old.total - new.total) <= within and abs(old.own - new.own) <= within


def _fitting(
    functions: tuple[Function, ...],
    pairs: list[tuple[int, int]],
    gone: dict[int, _Known],
    new: dict[int, _Known],
    one_sided: Collection[int],
    renamed: dict[int, int],
) -> dict[int, int]:
    """The pairs with like surroundings that are each other's best: function of head -> function of base."""
    known_again = set(renamed.values())
    best_of_old: dict[int, list[tuple[float, int]]] = defaultdict(list)
    best_of_new: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for old, now in pairs:
        ours = {(role, f) for role, f in gone[old].near if f not in one_sided or f in known_again}
        theirs = {
            (role, renamed.get(f, f)) for role, f in new[now].near if f not in one_sided or f in renamed
        }
        if not ours & theirs or len(ours & theirs) < SHARED * len(ours | theirs):
            continue
        likeness = _likeness(functions[old].function, functions[now].function)
        best_of_old[old].append((likeness, now))
        best_of_new[now].append((likeness, old))
    found: dict[int, int] = {}
    for old, candidates in best_of_old.items():
        best = _only_best(candidates)
        if best is not None and _only_best(best_of_new[best]) == old:
            found[best] = old
    return found


def _likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1: the share of neighbouring letters that they have in common."""
    mine, yours = (set(pairwise(name)) for name in (one, other))
    return 2 * len(mine & yours) / (len(mine) + len(yours) or 1)


def _only_best(candidates: list[tuple[float, int]]) -> int | None:
    """The only candidate, or the one whose name is clearly the most alike."""
    (likeness, function), *others = sorted(candidates, reverse=True)
    if others and (likeness < NAMED_ALIKE or likeness - others[0][0] < CLEARLY):
        return None
    return function
