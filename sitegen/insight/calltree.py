"""Sums over the call tree: by node, by function, by package.

Every figure is a sum of records up the tree. A function is (file name, function name): line numbers
shift from commit to commit. Comprehensions count for the function of the same file that calls them, the interpreter's
own C functions for whatever calls them, as in memray's graphs.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from sitegen.insight.groups import Groups, ends_of, groups_of
from sitegen.insight.identity import is_comprehension
from sitegen.insight.remembered import remembered
from sitegen.model import (
    NO_FRAMES,
    ROOT,
    Analysis,
    FrameKind,
    Frames,
    FunctionRow,
    Origin,
    PackageRow,
    Records,
    SourceFile,
    Tree,
    View,
)

NO_FILE = SourceFile("", "", NO_FRAMES, Origin.NATIVE)


class Functions(msgspec.Struct, frozen=True):
    """Which function every node counts for.

    `of_node[i]` indexes `names` and `files` (equal length). The root counts for `<no frames>`.
    """

    names: tuple[str, ...]
    files: tuple[SourceFile, ...]
    of_node: array[int]


@remembered
def functions_of(analysis: Analysis) -> Functions:
    """The functions of a tree, in the order of their first nodes."""
    frames, tree = analysis.frames, analysis.tree
    known: dict[tuple[str, str], int] = {("", NO_FRAMES): 0}
    names, files = [NO_FRAMES], [NO_FILE]
    of_frame: dict[int, int] = {}  # but for those that depend on the node above
    of_node = array("I", bytes(4 * len(tree.parent)))
    for node, (frame, parent) in enumerate(zip(tree.frame, tree.parent, strict=True)):
        if node == ROOT:
            continue
        function = of_frame.get(frame)
        if function is None:
            if frames.kind[frame] == FrameKind.INTERNAL:
                of_node[node] = of_node[parent]
                continue
            file, name = frames.files[frames.file[frame]], frames.functions[frames.function[frame]]
            above = of_node[parent]
            inner = is_comprehension(name)
            if inner and files[above].name == file.name:
                of_node[node] = above
                continue
            function = known.setdefault((file.name, name), len(names))
            if function == len(names):
                names.append(name)
                files.append(file)
            if not inner:
                of_frame[frame] = function
        of_node[node] = function
    return Functions(tuple(names), tuple(files), of_node)


def unnamed_frames(frames: Frames) -> list[bool]:
    """Which frames may count for the function above them."""
    comprehensions = [is_comprehension(name) for name in frames.functions]
    return [
        kind == FrameKind.INTERNAL or comprehensions[function]
        for kind, function in zip(frames.kind, frames.function, strict=True)
    ]


def sums_at(tree: Tree, nodes: Sequence[int], figures: Sequence[int]) -> list[int]:
    """What every node holds itself: `figures[i]` counted at `nodes[i]`."""
    held = [0] * len(tree.parent)
    for node, figure in zip(nodes, figures, strict=True):
        held[node] += figure
    return held


def sums_up(tree: Tree, held: Sequence[int]) -> list[int]:
    """What every node holds with all below it."""
    total = list(held)
    for node, above in zip(range(len(total) - 1, ROOT, -1), reversed(tree.parent), strict=False):
        if total[node]:
            total[above] += total[node]
    return total


@remembered
def function_rows(analysis: Analysis, view: View) -> tuple[FunctionRow, ...]:
    """Own and total memory of every function that holds any, largest own first; () without that view."""
    if analysis.folded:
        return next((rows for known, rows in analysis.folded.functions if known == view), ())
    records = analysis.records(view)
    if records is None or not records.node:  # of half of a test suite's captures
        return ()
    functions, groups = functions_of(analysis), _function_groups(analysis)
    own_bytes, all_bytes = groups.sums(records.node, records.bytes)
    own_count, all_count = groups.sums(records.node, records.count)
    lines = _heaviest_lines(analysis, functions, records)
    rows = [
        FunctionRow(
            function=functions.names[function],
            file=functions.files[function].name,
            package=functions.files[function].package,
            line=lines.get(function, 0),
            self_bytes=own_bytes[function],
            self_count=own_count[function],
            total_bytes=all_bytes[function],
            total_count=all_count[function],
        )
        for function in range(len(functions.names))
        if all_bytes[function] or all_count[function]
    ]
    return tuple(sorted(rows, key=lambda row: (-row.self_bytes, -row.total_bytes, row.file, row.function)))


@remembered
def package_rows(analysis: Analysis, view: View) -> tuple[PackageRow, ...]:
    """Own and total memory of every package that holds any, largest own first; () without that view."""
    if analysis.folded:
        return next((rows for known, rows in analysis.folded.packages if known == view), ())
    records = analysis.records(view)
    if records is None or not records.node:
        return ()
    packages, groups = _package_groups(analysis)
    own_bytes, all_bytes = groups.sums(records.node, records.bytes)
    own_count, _ = groups.sums(records.node, records.count)
    rows = [
        PackageRow(package, origin, own_bytes[group], all_bytes[group], own_count[group])
        for group, (package, origin) in enumerate(packages)
        if all_bytes[group]
    ]
    return tuple(sorted(rows, key=lambda row: (-row.self_bytes, -row.total_bytes, row.package)))


@remembered
def _ends(analysis: Analysis) -> array[int]:
    return ends_of(analysis.tree)


@remembered
def _function_groups(analysis: Analysis) -> Groups:
    functions = functions_of(analysis)
    return groups_of(_ends(analysis), functions.of_node, len(functions.names))


@remembered
def _package_groups(analysis: Analysis) -> tuple[tuple[tuple[str, Origin], ...], Groups]:
    functions = functions_of(analysis)
    known: dict[tuple[str, Origin], int] = {}
    of_function = [known.setdefault((file.package, file.origin), len(known)) for file in functions.files]
    of_node = array("I", map(of_function.__getitem__, functions.of_node))
    return tuple(known), groups_of(_ends(analysis), of_node, len(known))


def _heaviest_lines(analysis: Analysis, functions: Functions, records: Records) -> dict[int, int]:
    """For every function the line that holds most itself; the first seen where it holds nothing."""
    frame_of, frames = analysis.tree.frame, analysis.frames
    held: dict[tuple[int, int], int] = defaultdict(int)
    for node, size in zip(records.node, records.bytes, strict=True):
        held[functions.of_node[node], frame_of[node]] += size
    by_line: dict[int, dict[int, int]] = {}
    for function, frame in _places(analysis):
        lines = by_line.setdefault(function, {})
        line = frames.line[frame]
        lines[line] = lines.get(line, 0) + held[function, frame]
    return {function: max(lines, key=lambda line: lines[line]) for function, lines in by_line.items()}


@remembered
def _places(analysis: Analysis) -> tuple[tuple[int, int], ...]:
    """Every function with each of its own frames, in the order of their first nodes."""
    frames = analysis.frames
    unnamed = unnamed_frames(frames)
    places = dict.fromkeys(zip(functions_of(analysis).of_node, analysis.tree.frame, strict=True))
    return tuple((function, frame) for function, frame in places if frame != ROOT and not unnamed[frame])
