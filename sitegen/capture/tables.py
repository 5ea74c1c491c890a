"""What the passes have found as the columns of an analysis."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable

import memray
from memray.reporters.frame_tools import (
    is_cpython_internal,
    is_frame_from_import_system,
    is_frame_interesting,
)

from sitegen.capture.passes import Rows, Told, add
from sitegen.capture.trie import RawFrame, StackTrie, columns, rows_by_node
from sitegen.insight.identity import FileNames
from sitegen.model import FrameKind, Frames, Intervals, Records, Snapshots, SourceFile, Thread


def _counted(name: str) -> str:
    """A name by which others sort as the numbers in them count."""
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(20), name)


class Tables:
    """The final tree, threads and frames, and what turns rows of the passes' nodes and threads into columns."""

    def __init__(self, trie: StackTrie, threads: dict[int, tuple[int, str]], main_thread: int) -> None:
        """`threads` are the passes' numbers and the names, by memray's number."""
        self.tree, self._keys, self._new_of_old = trie.ordered()
        # The main thread first; the others by name, as their numbers say nothing: Thread-2 before Thread-10.
        self.threads = tuple(
            sorted(
                (Thread(tid, name) for tid, (_, name) in threads.items()),
                key=lambda thread: (thread.id != main_thread, _counted(thread.name), thread.name, thread.id),
            )
        )
        self._new_thread = {threads[thread.id][0]: number for number, thread in enumerate(self.threads)}

    def records(self, rows: Rows) -> Records:
        return Records(*columns(self._ordered(rows), "IHBQQ"))

    def intervals(self, over_time: Iterable[Told]) -> Intervals:
        # The allocator is of no use in intervals: rows that differ by it alone become one.
        rows: Rows = {}
        for _, node, thread, held in over_time:
            for allocated, freed, size, count in held:
                add(rows, (node, thread, allocated, freed), size, count)
        return Intervals(*columns(self._ordered(rows), "IHIIQQ"))

    def _ordered(self, rows: Rows) -> list[tuple[int, ...]]:
        moved = {(node, self._new_thread[thread], *rest): row for (node, thread, *rest), row in rows.items()}
        return rows_by_node(moved, self._new_of_old)

    def frames(self, native: set[RawFrame], names: FileNames) -> Frames:
        """The tree's frames; `native` are those of native code."""
        functions: dict[str, int] = {}
        files: dict[SourceFile, int] = {}
        function, file, line = array("I"), array("I"), array("I")
        kinds: list[str] = []
        for key in self._keys:
            is_native = key in native
            source = names.native(key[1]) if is_native else names.python(key[1])
            function.append(functions.setdefault(key[0], len(functions)))
            file.append(files.setdefault(source, len(files)))
            line.append(max(0, key[2]))
            kinds.append(_kind(key, is_native))
        return Frames(tuple(functions), tuple(files), function, file, line, "".join(kinds))


def snapshots_of(kept: list[memray.MemorySnapshot], marks: list[int]) -> Snapshots:
    """The snapshots that were kept, and the highest point of each window, as far as memray tells."""
    # memray's pass ends with the last allocation: in the windows after it the heap no longer moves.
    still = [s.heap for s in kept[len(marks) - 1 :]] if len(marks) <= len(kept) else []
    return Snapshots(
        time=array("Q", [s.time for s in kept]),
        heap=array("Q", [s.heap for s in kept]),
        rss=array("Q", [s.rss for s in kept]),
        high_water=array("Q", marks + still) if marks else array("Q"),
    )


def _kind(frame: RawFrame, native: bool) -> FrameKind:
    if is_cpython_internal(frame):
        return FrameKind.INTERNAL
    if is_frame_from_import_system(frame):
        return FrameKind.IMPORT
    if not is_frame_interesting(frame):
        return FrameKind.RUNPY
    return FrameKind.NATIVE if native else FrameKind.PYTHON
