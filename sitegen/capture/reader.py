"""One capture -> one `Analysis`. Here, and in the recorder, memray is imported; nowhere else.

memray reads the whole file again for everything it is asked. The passes made here, and what comes of each:

* `FileReader()`: the peak's bytes, the snapshots
* temporal high-water records: intervals at each window's highest point; those never freed are the leaks
* temporal records: true lifetimes; the two together are the peak view, see `peak`
* high-water records: the peak view where that cannot be told for certain, or nothing over time is wanted
* temporary records: the temporary view
* `compute_statistics`: totals, histograms

Aggregated captures know the peak and the leaks only.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import memray
from memray._memray import TemporalAllocationRecord, compute_statistics
from memray._version import __version__ as memray_version
from memray.reporters.frame_tools import (
    is_cpython_internal,
    is_frame_from_import_system,
    is_frame_interesting,
)
from memray.reporters.stats import describe_histogram_databins, get_histogram_databins

from sitegen.capture.beside import Beside, Later
from sitegen.capture.header import READABLE_BY, Header, has_trailer, is_capture, read_header
from sitegen.capture.options import ReadOptions
from sitegen.capture.peak import Interval, PeakWindow, Place
from sitegen.capture.stable import stable_copy
from sitegen.capture.stderr import captured_stderr
from sitegen.capture.trie import RawFrame, StackTrie, columns, rows_by_node
from sitegen.errors import CaptureError
from sitegen.insight.identity import FileNames
from sitegen.model import (
    NEVER,
    Analysis,
    Facts,
    FrameKind,
    Frames,
    Intervals,
    Location,
    ModuleShare,
    Records,
    SearchPaths,
    SizeBin,
    Snapshots,
    SourceFile,
    Stats,
    Status,
    Thread,
)

NUM_LARGEST = 25
"""How many places and modules the statistics name."""

SIZE_BINS = 10
"""Bars of the size histogram, as `memray stats` draws it."""

# What memray's reader was seen to raise on damaged captures; the rest would be a defect of ours. MemoryError
# is not among them: what a reader without enough memory has read so far is no measure of anything.
READER_ERRORS = (
    OSError,
    RuntimeError,  # NotImplementedError is one
    ValueError,  # UnicodeDecodeError is one
    OverflowError,
    KeyError,
    IndexError,
    AssertionError,
)

_RECORD_AGAIN = "Copy the file again, or record it again."
_COPY_AGAIN = "Figures are lower bounds; copy the file again."

# memray tells nobody else that it stopped in the middle of a file.
_BROKEN_RECORD = re.compile(r"^Memray ERROR: (.+)", re.MULTILINE)

T = TypeVar("T")

Rows = dict[tuple[int, ...], list[int]]
"""Key (node, thread, ...) -> [bytes, count]."""


_Record = memray.AllocationRecord | TemporalAllocationRecord


def read_capture(path: Path, options: ReadOptions, processes: int = 1) -> Analysis:
    """Everything that can be known of the capture. With two `processes` half of the passes are made in others.

    Raises CaptureError where nothing can be known. Failures of the process (a crash of the reader, a hang,
    too little memory) are not caught here: see `pool`.
    """
    with stable_copy(path) as readable, captured_stderr() as said:
        try:
            return _read(readable, options, processes, said)
        except OverflowError:  # of a column, made for what a machine can have
            raise CaptureError("holds figures that no process can have", _RECORD_AGAIN) from None


def _read(path: Path, options: ReadOptions, processes: int, said: Callable[[], str]) -> Analysis:
    try:
        header = read_header(path)
    except OSError as error:
        raise CaptureError(f"cannot be opened: {error.strerror or error}", "Check its permissions.") from None
    if header is None:
        raise _not_a_capture(path)
    way = Beside if processes > 1 else Later
    # Statistics need no reader, so that they can begin before there is one.
    with (
        way(partial(_statistics, path, header, options)) as statistics,
        _opened(path, header, options) as (reader, snapshots),
    ):
        return _Reading(path, header, reader, options, said).analysis(snapshots, statistics, way)


@contextmanager
def _opened(
    path: Path, header: Header, options: ReadOptions
) -> Iterator[tuple[memray.FileReader, list[memray.MemorySnapshot]]]:
    """The reader that all passes are made with, and all snapshots, of which it may not keep every one."""
    try:
        reader = memray.FileReader(path, max_memory_records=2**31 - 1)
    except READER_ERRORS as error:
        raise _unreadable(path, header, error) from error
    with closing(reader):
        snapshots = list(reader.get_memory_snapshots())
        if len(snapshots) <= options.max_memory_records:
            yield reader, snapshots
            return
    # Only a reader with the same limit numbers the windows of temporal records as we keep them.
    with closing(memray.FileReader(path, max_memory_records=options.max_memory_records)) as limited:
        yield limited, snapshots


def _not_a_capture(path: Path) -> CaptureError:
    if path.stat().st_size == 0:
        return CaptureError(
            "is empty: the process ended before memray wrote anything",
            "A process killed under --aggregate leaves an empty file; record without --aggregate to keep it.",
        )
    if is_capture(path):
        return CaptureError("is cut short or damaged, so that nothing of it can be read", _RECORD_AGAIN)
    return CaptureError("is not a memray capture", "Remove it, or name it without .bin.")


def _unreadable(path: Path, header: Header, error: Exception) -> CaptureError:
    installed = memray_version
    if "incompatible" in str(error):
        reader = READABLE_BY.get(header.version)
        by = f"memray {reader} reads it" if reader else "another memray reads it"
        return CaptureError(
            f"is in memray's format {header.version}: {by}, memray {installed} is installed here",
            "Run `sitegen analyze` where that memray is installed, and build from the bundle.",
        )
    if header.compressed and not has_trailer(path, header):
        return CaptureError("is cut short, so that nothing of it can be read", _RECORD_AGAIN)
    what = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else str(error)
    return CaptureError(
        f"cannot be read by memray {installed}: {what or type(error).__name__}", _RECORD_AGAIN
    )


Found = tuple[StackTrie, dict[int, tuple[int, str]], set[RawFrame], list[str]]
"""What a process has found beside its rows: the stacks, the threads, native frames, damage."""

Counted = tuple[Stats | None, list[str]]
"""The statistics, and damage."""


class Told(NamedTuple):
    """What memray tells over time of one place."""

    place: Place
    node: int
    thread: int
    intervals: list[Interval]


class _Reading:
    """The state of reading one capture: the growing tree, the threads, what went wrong."""

    def __init__(
        self,
        path: Path,
        header: Header,
        reader: memray.FileReader,
        options: ReadOptions,
        said: Callable[[], str],
    ) -> None:
        self.path = path
        self.header = header
        self.reader = reader
        self.options = options
        self.said = said
        try:
            self.metadata = reader.metadata
        except READER_ERRORS as error:
            raise _unreadable(path, header, error) from error
        self.aggregated = self.metadata.file_format == memray.FileFormat.AGGREGATED_ALLOCATIONS
        self.native = self.metadata.has_native_traces
        self.names = FileNames(header.search_paths or SearchPaths())
        self.trie = StackTrie()
        self.native_frames: set[RawFrame] = set()
        self.threads: dict[int, tuple[int, str]] = {}
        self.damage: list[str] = []
        self.marks: list[int] = []  # the highest point of each window
        self._node_of_stack: dict[tuple[int, ...], int] = {}

    def analysis(
        self, all_snapshots: list[memray.MemorySnapshot], statistics: Later[Counted], way: type[Later[Any]]
    ) -> Analysis:
        """Makes the passes. `all_snapshots` are the unlimited (time, rss, heap)."""
        temporal = self.options.temporal and not self.aggregated
        # To name native frames costs more than any pass, and each process would do it for itself.
        with (Later if self.native else way)(self._found_lifetimes, after=statistics) as found_lifetimes:
            high_water = self._over_time(self._high_water) if temporal else None
            temporary = self._temporary()
            lifetimes = self._taken_over(found_lifetimes.result()) if temporal else None
        peak = self._peak_over_time(high_water or [], lifetimes) if lifetimes is not None else None
        if peak is None:
            peak = self._records(
                lambda: self.reader.get_high_watermark_allocation_records(merge_threads=False)
            )
        if peak is None:
            raise CaptureError(f"cannot be read: {self.damage[0]}", _RECORD_AGAIN)
        if high_water is not None:
            leaks = _never_freed(high_water)
        else:
            leaks = (
                self._records(lambda: self.reader.get_leaked_allocation_records(merge_threads=False)) or {}
            )
        stats, damage = statistics.result()
        self.damage += damage
        snapshots = _snapshots(list(self.reader.get_memory_snapshots()), self.marks)
        status, reason = self._status()
        tree, keys, new_of_old = self.trie.ordered()
        # The main thread first; the others by name, as their numbers say nothing.
        threads = sorted(
            (Thread(tid, name) for tid, (_, name) in self.threads.items()),
            key=lambda thread: (thread.id != self.metadata.main_thread_id, thread.name, thread.id),
        )
        new_thread = {self.threads[thread.id][0]: number for number, thread in enumerate(threads)}

        def ordered(rows: Rows) -> list[tuple[int, ...]]:
            moved = {(node, new_thread[thread], *rest): row for (node, thread, *rest), row in rows.items()}
            return rows_by_node(moved, new_of_old)

        def records(rows: Rows) -> Records:
            return Records(*columns(ordered(rows), "IHBQQ"))

        def intervals(told: list[Told] | None) -> Intervals | None:
            if told is None:
                return None
            # The allocator is of no use in intervals: rows that differ by it alone become one.
            rows: Rows = {}
            for _, node, thread, held in told:
                for allocated, freed, size, count in held:
                    _add(rows, (node, thread, allocated, freed), size, count)
            return Intervals(*columns(ordered(rows), "IHIIQQ"))

        leaked = sum(size for size, _ in leaks.values())
        return Analysis(
            status=status,
            reason=reason,
            facts=self._facts(all_snapshots),
            peak_bytes=self.metadata.peak_memory,
            peak_rss_bytes=max((s.rss for s in all_snapshots), default=None),
            leaked_bytes=leaked,
            leaked_allocations=None if self.aggregated else sum(count for _, count in leaks.values()),
            threads=tuple(threads),
            frames=_frames(keys, self.native_frames, self.names),
            tree=tree,
            peak=records(peak),
            leaks=records(leaks),
            temporary=records(temporary) if temporary is not None else None,
            temporary_threshold=self.options.temporary_threshold if temporary is not None else None,
            snapshots=snapshots,
            high_water=intervals(high_water),
            lifetimes=intervals(lifetimes),
            stats=stats,
        )

    def _temporary(self) -> Rows | None:
        threshold = self.options.temporary_threshold
        if threshold is None or self.aggregated:
            return None
        return self._records(
            lambda: self.reader.get_temporary_allocation_records(merge_threads=False, threshold=threshold)
        )

    def _found_lifetimes(self) -> tuple[list[Told] | None, Found]:
        """May be asked in a second process."""
        lifetimes = self._over_time(lambda: self.reader.get_temporal_allocation_records(merge_threads=False))
        return lifetimes, (self.trie, self.threads, self.native_frames, self.damage)

    def _taken_over(self, told_and_found: tuple[list[Told] | None, Found]) -> list[Told] | None:
        """What another process was told, with this one's nodes and threads."""
        told, (trie, threads, native_frames, damage) = told_and_found
        if trie is self.trie:
            return told
        node_of = self.trie.graft(trie)
        thread_of = {
            number: self.threads.setdefault(tid, (len(self.threads), name))[0]
            for tid, (number, name) in threads.items()
        }
        self.native_frames |= native_frames
        self.damage += damage
        if told is None:
            return None
        return [row._replace(node=node_of[row.node], thread=thread_of[row.thread]) for row in told]

    def _records(self, ask: Callable[[], Iterable[memray.AllocationRecord]]) -> Rows | None:
        """(node, thread, allocator) -> [bytes, count]; None where memray gave up."""
        rows: Rows = {}

        def read() -> Rows:
            for record in ask():
                key = (self._node(record), self._thread(record), record.allocator)
                _add(rows, key, record.size, record.n_allocations)
            return rows

        return self._guarded(read)

    def _over_time(self, ask: Callable[[], Iterable[TemporalAllocationRecord]]) -> list[Told] | None:
        """What memray tells over time, place by place; None where it gave up."""
        return self._guarded(
            lambda: [
                Told(place_of(record), self._node(record), self._thread(record), intervals_of(record))
                for record in ask()
            ]
        )

    def _high_water(self) -> Iterable[TemporalAllocationRecord]:
        records, self.marks = self.reader.get_temporal_high_water_mark_allocation_records(merge_threads=False)
        return records

    def _peak_over_time(self, high_water: list[Told], lifetimes: list[Told]) -> Rows | None:
        """(node, thread, allocator) -> [bytes, count]; None where memray has to be asked."""
        window = PeakWindow(self.marks, self.metadata.peak_memory)
        for told in high_water:
            window.add_high_water(told.place, told.intervals)
        for told in lifetimes:
            window.add_lifetimes(told.place, told.intervals)
        figures = window.figures()
        if figures is None:
            return None
        key_of = {told.place: (told.node, told.thread) for told in (*high_water, *lifetimes)}
        rows: Rows = {}
        for place, (size, count) in figures.items():
            _add(rows, (*key_of[place], place.allocator), size, count)
        return rows

    def _guarded(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except READER_ERRORS as error:
            self.damage.append(str(error) or type(error).__name__)
            return None

    def _node(self, record: _Record) -> int:
        # A stack's number is the same in all passes of one reader, so each stack is resolved once.
        key = (record.stack_id, record.native_stack_id, record.native_segment_generation)
        node = self._node_of_stack.get(key)
        if node is None:
            node = self._node_of_stack[key] = self.trie.add(self._stack(record))
        return node

    def _stack(self, record: _Record) -> list[RawFrame]:
        try:
            stack = record.stack_trace()
            if not self.native:
                return stack
            hybrid = record.hybrid_stack_trace()
        except READER_ERRORS as error:
            # One name that is no UTF-8 spoils one stack, not the capture.
            self.damage.append(f"a stack could not be resolved ({error})")
            return []
        self.native_frames.update(set(hybrid).difference(stack))
        return hybrid

    def _thread(self, record: _Record) -> int:
        known = self.threads.get(record.tid)
        if known is None:
            try:
                name = record.thread_name
            except READER_ERRORS as error:
                self.damage.append(f"a thread's name could not be read ({error})")
                name = ""
            known = self.threads[record.tid] = (len(self.threads), name)
        return known[0]

    def _facts(self, snapshots: list[memray.MemorySnapshot]) -> Facts:
        started, ended = _milliseconds(self.metadata.start_time), _milliseconds(self.metadata.end_time)
        if not self.header.finished and snapshots:
            ended = max(ended, snapshots[-1].time)
        return Facts(
            started=started,
            ended=max(started, ended),
            command=self.metadata.command_line,
            pid=self.metadata.pid,
            main_thread=self.metadata.main_thread_id,
            allocator=self.metadata.python_allocator,
            native=self.native,
            aggregated=self.aggregated,
            python_allocators_traced=self.metadata.trace_python_allocators,
            format_version=self.header.version,
            python_version=self.header.python_version,
        )

    def _status(self) -> tuple[Status, str]:
        if self.damage:
            return Status.DAMAGED, f"Parts could not be read: {self.damage[0]}. Figures are lower bounds."
        if self.header.finished:
            damage = self._damage_of_finished()
            return (Status.DAMAGED, f"{damage} {_COPY_AGAIN}") if damage else (Status.OK, "")
        # That the last record may be broken is no damage here: zeros that it ends with are taken for padding.
        return Status.UNFINISHED, (
            "No end record: the process was killed, still runs, or ended by os._exit, as forked children "
            "do. Figures are right up to that point."
        )

    def _damage_of_finished(self) -> str:
        """What shows that a capture which was finished is not whole any more; empty where nothing does."""
        counted, read = self.header.allocations, self.metadata.total_allocations
        if not self.aggregated and counted != read:
            return (
                f"Cut short: the process counted {counted:,} allocations and frees, the file holds {read:,}."
            )
        if not has_trailer(self.path, self.header):
            return "Cut short, or altered: it does not end as memray ends a file."
        if broken := _BROKEN_RECORD.search(self.said()):
            return f"Reading ended at a broken record ({broken[1]})."
        # Aggregated captures count nothing; but their snapshots are written before their allocations.
        if any(shot.heap > self.metadata.peak_memory for shot in self.reader.get_memory_snapshots()):
            return "Cut short, or altered: more memory was in use than it holds allocations for."
        return ""


def _statistics(path: Path, header: Header, options: ReadOptions) -> Counted:
    """None where they are not wanted, or memray gave up, or the capture has none."""
    if header.aggregated or not options.stats:
        return None, []
    try:
        stats = compute_statistics(str(path), num_largest=NUM_LARGEST)
    except READER_ERRORS as error:
        return None, [str(error) or type(error).__name__]
    names = FileNames(header.search_paths or SearchPaths())
    sizes, by_allocator = stats.allocation_count_by_size, stats.allocation_count_by_allocator

    def locations(top: list[tuple[RawFrame, int]]) -> tuple[Location, ...]:
        # Equal figures come in no stable order from memray's hash tables.
        return tuple(
            Location(function, names.python(file).name, line, value)
            for (function, file, line), value in sorted(top, key=lambda t: (-t[1], t[0]))
        )

    def modules(top: list[Any], figure: int) -> tuple[ModuleShare, ...]:
        return tuple(ModuleShare(*row) for row in sorted(top, key=lambda t: (-t[figure], t[0])))

    return Stats(
        allocations=stats.total_num_allocations,
        bytes=stats.total_memory_allocated,
        by_allocator=tuple(sorted(by_allocator.items(), key=lambda item: (-item[1], item[0]))),
        by_size=_size_bins(sizes),
        top_by_bytes=locations(stats.top_locations_by_size),
        top_by_count=locations(stats.top_locations_by_count),
        # memray before 1.20 does not know modules.
        modules_by_bytes=modules(getattr(stats, "top_modules_by_allocation_size", []), 2),
        modules_by_count=modules(getattr(stats, "top_modules_by_allocation_count", []), 1),
    ), []


def place_of(record: TemporalAllocationRecord) -> Place:
    """What memray tells the record's memory apart by."""
    return Place(
        record.stack_id,
        record.native_stack_id,
        record.native_segment_generation,
        record.tid,
        record.allocator,
    )


def intervals_of(record: TemporalAllocationRecord) -> list[Interval]:
    """When the record's memory was held."""
    return [
        (
            held.allocated_before_snapshot,
            NEVER if (freed := held.deallocated_before_snapshot) is None else freed,
            held.n_bytes,
            held.n_allocations,
        )
        for held in record.intervals
    ]


def _add(rows: Rows, key: tuple[int, ...], size: int, count: int) -> None:
    row = rows.get(key)
    if row is None:
        rows[key] = [size, count]
    else:
        row[0] += size
        row[1] += count


def _never_freed(over_time: list[Told]) -> Rows:
    leaks: Rows = {}
    for place, node, thread, intervals in over_time:
        for _, freed, size, count in intervals:
            if freed == NEVER:
                _add(leaks, (node, thread, place.allocator), size, count)
    return leaks


def _size_bins(count_by_size: dict[int, int]) -> tuple[SizeBin, ...]:
    if not any(count_by_size):
        return ()
    bins = describe_histogram_databins(get_histogram_databins(count_by_size, SIZE_BINS))
    return tuple(SizeBin(b["min_bytes"], b["max_bytes"], b["count"]) for b in bins)


def _snapshots(kept: list[memray.MemorySnapshot], marks: list[int]) -> Snapshots:
    # memray's pass ends with the last allocation: in the windows after it the heap no longer moves.
    still = [s.heap for s in kept[len(marks) - 1 :]] if len(marks) <= len(kept) else []
    return Snapshots(
        time=array("Q", [s.time for s in kept]),
        heap=array("Q", [s.heap for s in kept]),
        rss=array("Q", [s.rss for s in kept]),
        high_water=array("Q", marks + still) if marks else array("Q"),
    )


def _frames(keys: list[RawFrame], native: set[RawFrame], names: FileNames) -> Frames:
    functions: dict[str, int] = {}
    files: dict[SourceFile, int] = {}
    function, file, line = array("I"), array("I"), array("I")
    kinds: list[str] = []
    for key in keys:
        is_native = key in native
        source = names.native(key[1]) if is_native else names.python(key[1])
        function.append(functions.setdefault(key[0], len(functions)))
        file.append(files.setdefault(source, len(files)))
        line.append(max(0, key[2]))
        kinds.append(_kind(key, is_native))
    return Frames(tuple(functions), tuple(files), function, file, line, "".join(kinds))


def _kind(frame: RawFrame, native: bool) -> FrameKind:
    if is_cpython_internal(frame):
        return FrameKind.INTERNAL
    if is_frame_from_import_system(frame):
        return FrameKind.IMPORT
    if not is_frame_interesting(frame):
        return FrameKind.RUNPY
    return FrameKind.NATIVE if native else FrameKind.PYTHON


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
