"""The passes over a capture: memray reads the whole file again for everything it is asked.

* `FileReader()` (see `opening`): the peak's bytes, the snapshots
* temporal high-water records: intervals at each window's highest point; those never freed are the leaks
* temporal records: true lifetimes; the two together are the peak view, see `peak`
* high-water records: the peak view where that cannot be told for certain, or nothing over time is wanted
* temporary records: the temporary view
* `compute_statistics` (see `counting`): totals, histograms

Aggregated captures know the peak and the leaks only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import memray
from memray._memray import TemporalAllocationRecord

from sitegen.capture.opening import READER_ERRORS
from sitegen.capture.peak import Interval, PeakWindow, Place
from sitegen.capture.trie import RawFrame, StackTrie
from sitegen.model import NEVER

T = TypeVar("T")

Rows = dict[tuple[int, ...], list[int]]
"""Key (node, thread, ...) -> [bytes, count]."""

_Record = memray.AllocationRecord | TemporalAllocationRecord

Found = tuple[StackTrie, dict[int, tuple[int, str]], set[RawFrame], list[str]]
"""What a process has found beside its rows: the stacks, the threads, native frames, damage."""


class Told(NamedTuple):
    """What memray tells over time of one place."""

    place: Place
    node: int
    thread: int
    intervals: list[Interval]


class Passes:
    """The passes over one capture, and what they share: the growing tree, the threads, what went wrong.

    Whatever gives None could not be read, or is nothing that such a capture knows.
    """

    def __init__(self, reader: memray.FileReader, metadata: memray.Metadata) -> None:
        self.reader = reader
        self.metadata = metadata
        self.native = self.metadata.has_native_traces
        self.trie = StackTrie()
        self.native_frames: set[RawFrame] = set()
        self.threads: dict[int, tuple[int, str]] = {}
        self.damage: list[str] = []
        self.marks: list[int] = []  # the highest point of each window
        self._node_of_stack: dict[tuple[int, ...], int] = {}

    def high_water(self) -> list[Told] | None:
        """What counts at the highest point of each window."""
        return self._over_time(self._high_water)

    def peak(self) -> Rows | None:
        """What memray says was held at the peak."""
        return self._records(lambda: self.reader.get_high_watermark_allocation_records(merge_threads=False))

    def leaks(self) -> Rows | None:
        """What memray says was never freed."""
        return self._records(lambda: self.reader.get_leaked_allocation_records(merge_threads=False))

    def temporary(self, threshold: int) -> Rows | None:
        """What was freed again before so many other allocations of its thread."""
        return self._records(
            lambda: self.reader.get_temporary_allocation_records(merge_threads=False, threshold=threshold)
        )

    def found_lifetimes(self) -> tuple[list[Told] | None, Found]:
        """True lifetimes. May be asked in a second process: `taken_over` makes them this one's."""
        lifetimes = self._over_time(lambda: self.reader.get_temporal_allocation_records(merge_threads=False))
        return lifetimes, (self.trie, self.threads, self.native_frames, self.damage)

    def taken_over(self, told_and_found: tuple[list[Told] | None, Found]) -> list[Told] | None:
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
        # memray counted them when it opened the file. Half of a test suite's captures hold none.
        if not self.metadata.total_allocations:
            return rows

        def read() -> Rows:
            for record in ask():
                key = (self._node(record), self._thread(record), record.allocator)
                add(rows, key, record.size, record.n_allocations)
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

    def peak_over_time(self, high_water: list[Told], lifetimes: list[Told]) -> Rows | None:
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
            add(rows, (*key_of[place], place.allocator), size, count)
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


def never_freed(over_time: list[Told]) -> Rows:
    """(node, thread, allocator) -> [bytes, count] of what was held to the end."""
    leaks: Rows = {}
    for place, node, thread, intervals in over_time:
        for _, freed, size, count in intervals:
            if freed == NEVER:
                add(leaks, (node, thread, place.allocator), size, count)
    return leaks


def add(rows: Rows, key: tuple[int, ...], size: int, count: int) -> None:
    """Adds up what belongs to one key."""
    row = rows.get(key)
    if row is None:
        rows[key] = [size, count]
    else:
        row[0] += size
        row[1] += count
