"""What changed between two captures, and where in the code.

Functions are matched by (file, name), stacks by the functions on them; lines are shown, never matched.
Self deltas of functions, of files, of packages and of stacks each sum to `after - before` exactly.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from sitegen.insight.align import align_files
from sitegen.insight.calltree import function_rows, sums_up
from sitegen.insight.comparison import Comparison, Delta, FunctionDelta, GroupDelta, Metric
from sitegen.insight.merge import Function, Key, MergedTree, Side, merge
from sitegen.insight.prune import without_native_frames, without_small_nodes
from sitegen.insight.renames import Rename, find_renames
from sitegen.model import ROOT, Analysis, FunctionRow, Origin

_Row = TypeVar("_Row", FunctionDelta, GroupDelta)


def compare(base: Analysis, head: Analysis, metric: Metric, renamed: Iterable[Rename] = ()) -> Comparison:
    """What changed from base to head.

    `renamed` are renames to look through: the functions count as one each. Where only one side is native,
    its native frames are left out. Whether the two can be compared at all is `comparable`'s to say.
    """
    view = metric.view
    share = max((side.folded.share for side in (base, head) if side.folded), default=None)
    if base.facts.native != head.facts.native:
        base, head = (without_native_frames(side) if side.facts.native else side for side in (base, head))
    before, after = function_rows(base, view), function_rows(head, view)
    key_of_base = _keys_of_base(base, head, renamed)
    known = {key_of_base(key) for key in _known(base)}, _known(head)
    if share is not None:
        base, head = without_small_nodes(base, share), without_small_nodes(head, share)
    sides = _side(base, metric, key_of_base), _side(head, metric, _same)
    tree = merge(*sides, _hidden(sides, share, metric))
    packages = {file.name: file.package for file in head.frames.files if file.name} | {
        row.file: row.package for row in after
    }
    functions = _functions(before, after, key_of_base, packages, metric)
    return Comparison(
        metric=metric,
        before=sum(tree.before),
        after=sum(tree.after),
        functions=_largest_first(functions, lambda row: (row.file, row.function)),
        files=_groups(functions, tree, lambda function: function.file),
        packages=_groups(functions, tree, lambda function: function.package),
        tree=tree,
        folded=share is not None,
        renames=find_renames(tree, *known),
    )


def _same(key: Key) -> Key:
    return key


def _side(analysis: Analysis, metric: Metric, key_of: Callable[[Key], Key]) -> Side:
    records = analysis.records(metric.view)
    if records is None:
        return Side(analysis, (), (), key_of)
    figures = records.count if metric is Metric.ALLOCATIONS else records.bytes
    return Side(analysis, records.node, figures, key_of)


def _hidden(sides: tuple[Side, Side], share: float | None, metric: Metric) -> int:
    """What a stack may hold and still be left out on one of the sides; `share` is None where nothing is."""
    if share is None:
        return 0
    whole = max(sum(side.figures) for side in sides)
    # Folding looks at bytes: a stack that is left out may have any number of allocations.
    return whole if metric is Metric.ALLOCATIONS else math.ceil(share * whole)


def _keys_of_base(base: Analysis, head: Analysis, renamed: Iterable[Rename]) -> Callable[[Key], Key]:
    """How base's functions are matched: by head's name of the file, and by the name after a rename."""
    files = align_files(*(_project_files(side, _known(side)) for side in (base, head)))
    later = {(r.before.file, r.before.function): (r.after.file, r.after.function) for r in renamed}

    def key_of(key: Key) -> Key:
        file, function = key
        named = files.get(file, file), function
        return later.get(named, named)

    return key_of


def _known(analysis: Analysis) -> set[Key]:
    """Every function of a side: those on its tree, and those of its tables, which folding leaves whole."""
    tables = analysis.folded.functions if analysis.folded else ()
    frames = analysis.frames
    used = {
        (frames.files[frames.file[f]].name, frames.functions[frames.function[f]]) for f in analysis.tree.frame
    }
    return used | {(row.file, row.function) for _, rows in tables for row in rows}


def _project_files(analysis: Analysis, known: Iterable[Key]) -> dict[str, set[str]]:
    """The functions of every file that is not known to be installed, of the standard library or native."""
    origin = {file.name: file.origin for file in analysis.frames.files}
    files: dict[str, set[str]] = defaultdict(set)
    for file, function in known:
        # A folded tree no longer has every file of its tables.
        if file and origin.get(file, Origin.PROJECT) is Origin.PROJECT:
            files[file].add(function)
    return files


def _functions(
    before: Iterable[FunctionRow],
    after: Iterable[FunctionRow],
    key_of_base: Callable[[Key], Key],
    packages: dict[str, str],
    metric: Metric,
) -> list[FunctionDelta]:
    """Every function of either side, changed or not. `packages` are those of head's files."""
    deltas: dict[Key, FunctionDelta] = {}
    for row in after:
        own, total = _figures(row, metric)
        deltas[row.file, row.function] = FunctionDelta(
            row.function, row.file, row.package, row.line, Delta(0, own), Delta(0, total)
        )
    for row in before:
        own, total = _figures(row, metric)
        file, function = key = key_of_base((row.file, row.function))
        package = packages.get(file, row.package)
        now = deltas.get(key) or FunctionDelta(function, file, package, row.line, Delta(0, 0), Delta(0, 0))
        deltas[key] = replace(
            now,
            own=Delta(now.own.before + own, now.own.after),
            total=Delta(now.total.before + total, now.total.after),
        )
    return list(deltas.values())


def _figures(row: FunctionRow, metric: Metric) -> tuple[int, int]:
    if metric is Metric.ALLOCATIONS:
        return row.self_count, row.total_count
    return row.self_bytes, row.total_bytes


def _groups(
    functions: Iterable[FunctionDelta], tree: MergedTree, group_of: Callable[[Function | FunctionDelta], str]
) -> tuple[GroupDelta, ...]:
    """Own figures from the functions, which folding spares; totals from the tree."""
    own: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in functions:
        held = own[group_of(row)]
        held[0] += row.own.before
        held[1] += row.own.after
    groups = [group_of(function) for function in tree.functions]
    total = _totals(tree, [groups[function] for function in tree.function])
    rows = [
        GroupDelta(name, Delta(*held), Delta(*map(max, held, total.get(name, held))))
        for name, held in own.items()
    ]
    return _largest_first(rows, lambda row: (row.name,))


def _totals(tree: MergedTree, group: Sequence[str]) -> dict[str, list[int]]:
    """What every group holds with all that it calls, before and after, recursion counted once."""
    before, after = (sums_up(tree.tree, own) for own in (tree.before, tree.after))
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    totals[group[ROOT]] = [tree.before[ROOT], tree.after[ROOT]]
    path: list[int] = []
    depth: dict[str, int] = defaultdict(int)
    for node in range(1, len(group)):
        while path and path[-1] != tree.parent[node]:
            depth[group[path.pop()]] -= 1
        name = group[node]
        if not depth[name]:
            held = totals[name]
            held[0] += before[node]
            held[1] += after[node]
        path.append(node)
        depth[name] += 1
    return totals


def _largest_first(rows: Iterable[_Row], name_of: Callable[[_Row], tuple[str, ...]]) -> tuple[_Row, ...]:
    """The rows that changed at all, by falling absolute self delta."""
    changed = [row for row in rows if row.own.delta or row.total.delta]
    return tuple(sorted(changed, key=lambda row: (-abs(row.own.delta), -abs(row.total.delta), name_of(row))))
