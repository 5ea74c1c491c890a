"""Analyses for tests: made from stacks, or of small programs recorded by memray."""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.capture.trie import RawFrame, StackTrie, columns, rows_by_node
from sitegen.insight.identity import FileNames
from sitegen.model import (
    Analysis,
    Facts,
    FrameKind,
    Frames,
    Intervals,
    Records,
    SearchPaths,
    Snapshots,
    SourceFile,
    Status,
    Thread,
)

ROOT_DIRECTORY = "/home/me/project"

Stack = Sequence[RawFrame]  # outermost caller first: (function, path, line)

_RUN = """
import memray, runpy, sys
sys.path.insert(0, ".")
with memray.Tracker(sys.argv[1]):
    runpy.run_path(sys.argv[2], run_name="__main__")
"""

FACTS = Facts(
    started=0,
    ended=1000,
    command="main.py",
    pid=1,
    main_thread=1,
    allocator="pymalloc",
    native=False,
    aggregated=False,
    python_allocators_traced=False,
    format_version=13,
    python_version="3.11",
)


def analysis_of(
    peak: Iterable[tuple[Stack, int, int]],
    leaks: Iterable[tuple[Stack, int, int]] = (),
    *,
    lifetimes: Iterable[tuple[Stack, int, int, int, int]] | None = None,
    root: str = ROOT_DIRECTORY,
    facts: Facts = FACTS,
    kinds: Mapping[str, FrameKind] | None = None,
    heap: Sequence[int] = (),
) -> Analysis:
    """An analysis of (stack, bytes, count) rows, and of (stack, allocated, freed, bytes, count) lifetimes.

    `kinds` are the kinds of functions that are not Python's; `heap` is the heap at snapshots 10 ms apart.
    """
    trie = StackTrie()

    def rows(figures: Iterable[tuple[Stack, int, int]]) -> dict[tuple[int, ...], list[int]]:
        held: dict[tuple[int, ...], list[int]] = {}
        for stack, size, count in figures:
            row = held.setdefault((trie.add(stack[::-1]), 0, 1), [0, 0])
            row[0] += size
            row[1] += count
        return held

    peak_rows, leak_rows = rows(peak), rows(leaks)
    lived = {
        (trie.add(stack[::-1]), 0, begun, freed, number): [size, count]
        for number, (stack, begun, freed, size, count) in enumerate(lifetimes or ())
    }
    tree, keys, new_of_old = trie.ordered()
    lived_rows = sorted(
        (new_of_old[node], thread, begun, freed, *figures)
        for (node, thread, begun, freed, _), figures in lived.items()
    )
    times = [10 * number for number in range(len(heap))]
    return Analysis(
        status=Status.OK,
        reason="",
        facts=facts,
        peak_bytes=sum(size for size, _ in peak_rows.values()),
        peak_rss_bytes=None,
        leaked_bytes=sum(size for size, _ in leak_rows.values()),
        leaked_allocations=sum(count for _, count in leak_rows.values()),
        threads=(Thread(1, ""),),
        frames=_frames(keys, root, kinds or {}),
        tree=tree,
        peak=Records(*columns(rows_by_node(peak_rows, new_of_old), "IHBQQ")),
        leaks=Records(*columns(rows_by_node(leak_rows, new_of_old), "IHBQQ")),
        temporary=None,
        temporary_threshold=None,
        snapshots=Snapshots(array("Q", times), array("Q", heap), array("Q", heap), array("Q", [*heap, 0])),
        high_water=None,
        lifetimes=Intervals(*columns(lived_rows, "IHIIQQ")) if lifetimes is not None else None,
        stats=None,
    )


def _frames(keys: list[RawFrame], root: str, kinds: Mapping[str, FrameKind]) -> Frames:
    names = FileNames(SearchPaths(stdlib="/usr/lib/python3.11", sys_path=(root,)))
    functions: dict[str, int] = {}
    files: dict[SourceFile, int] = {}
    function = array("I", [functions.setdefault(key[0], len(functions)) for key in keys])
    kind = [kinds.get(key[0], FrameKind.PYTHON) for key in keys]
    sources = [
        names.native(key[1]) if of is FrameKind.NATIVE else names.python(key[1])
        for key, of in zip(keys, kind, strict=True)
    ]
    file = array("I", [files.setdefault(source, len(files)) for source in sources])
    line = array("I", [key[2] for key in keys])
    return Frames(tuple(functions), tuple(files), function, file, line, "".join(kind))


def recorded(directory: Path, files: Mapping[str, str], main: str = "main.py") -> Analysis:
    """What memray sees of a program. `files` are written below the directory; `main` is run from there."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    capture = directory / "capture.bin"
    subprocess.run([sys.executable, "-c", _RUN, capture.name, main], check=True, cwd=directory)
    return read_capture(capture, ReadOptions())
