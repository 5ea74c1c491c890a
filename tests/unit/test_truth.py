"""Every figure equals memray's own, to the byte, on every sample and on captures made here."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import memray
import pytest
from made_captures import SAMPLES, sample
from memray._memray import compute_statistics

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import NEVER, ROOT, Analysis, Intervals, Records, Status

ALL = sorted(SAMPLES.rglob("*.bin"))
FULL = [path for path in ALL if "app.report" not in path.name]
ids: Callable[[Path], str] = lambda path: f"{path.parent.name}/{path.name}"  # noqa: E731 - pytest calls it

opening = ExitStack()
"""Readers are kept open for the whole module: records resolve their stacks through them."""


@cache
def opened(path: Path) -> memray.FileReader:
    reader: memray.FileReader = opening.enter_context(memray.FileReader(path))
    return reader


@pytest.fixture(scope="module", autouse=True)
def close_readers() -> Iterator[None]:
    with opening:
        yield


Stack = tuple[tuple[str, str, int], ...]


@cache
def analysed(path: Path) -> Analysis:
    return read_capture(path, ReadOptions())


def stack_of(analysis: Analysis, node: int) -> Stack:
    """A node's frames, leaf first, as memray gives them."""
    frames, stack = analysis.frames, []
    while node != ROOT:
        frame = analysis.tree.frame[node]
        file = frames.files[frames.file[frame]].path
        stack.append((frames.functions[frames.function[frame]], file, frames.line[frame]))
        node = analysis.tree.parent[node]
    return tuple(stack)


def ours(analysis: Analysis, records: Records) -> Counter[tuple[Any, ...]]:
    """(stack, thread, allocator) -> bytes, and the same with "n" -> allocations."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for node, thread, allocator, size, count in zip(
        records.node, records.thread, records.allocator, records.bytes, records.count, strict=True
    ):
        key = (stack_of(analysis, node), analysis.threads[thread].id, allocator)
        sums[key] += size
        sums[*key, "n"] += count
    return sums


def theirs(records: Iterable[memray.AllocationRecord], native: bool) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for record in records:
        stack = record.hybrid_stack_trace() if native else record.stack_trace()
        key = (tuple((f, file, max(0, line)) for f, file, line in stack), record.tid, record.allocator)
        sums[key] += record.size
        sums[*key, "n"] += record.n_allocations
    return sums


def without_allocator(sums: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """memray's records of peak and leaks add up allocators of one stack and name one; ours keep them apart."""
    merged: Counter[tuple[Any, ...]] = Counter()
    for (stack, thread, _, *figure), value in sums.items():
        merged[stack, thread, *figure] += value
    return merged


@pytest.mark.parametrize("path", ALL, ids=ids)
def test_peak_and_leaks_equal_memrays_stack_by_stack(path: Path) -> None:
    analysis, reader = analysed(path), opened(path)
    native = reader.metadata.has_native_traces
    assert analysis.peak_bytes == reader.metadata.peak_memory
    peak = theirs(reader.get_high_watermark_allocation_records(merge_threads=False), native)
    assert without_allocator(ours(analysis, analysis.peak)) == without_allocator(peak)
    leaks = theirs(reader.get_leaked_allocation_records(merge_threads=False), native)
    assert without_allocator(ours(analysis, analysis.leaks)) == without_allocator(leaks)
    assert analysis.leaked_bytes == sum(size for key, size in leaks.items() if key[-1] != "n")
    if not analysis.facts.aggregated:
        assert analysis.leaked_allocations == sum(count for key, count in leaks.items() if key[-1] == "n")


@pytest.mark.parametrize("path", ALL, ids=ids)
def test_snapshots_and_facts_equal_memrays(path: Path) -> None:
    analysis, reader = analysed(path), opened(path)
    shots = list(reader.get_memory_snapshots())
    assert list(analysis.snapshots.time) == [shot.time for shot in shots]
    assert list(analysis.snapshots.heap) == [shot.heap for shot in shots]
    assert list(analysis.snapshots.rss) == [shot.rss for shot in shots]
    assert analysis.facts.command == reader.metadata.command_line
    assert analysis.facts.pid == reader.metadata.pid
    assert analysis.facts.allocator == reader.metadata.python_allocator
    assert analysis.status is (
        Status.UNFINISHED if "garden" in path.name and "2.4" in str(path) else Status.OK
    )


def rows_of(analysis: Analysis, intervals: Intervals | None) -> Counter[tuple[Any, ...]]:
    assert intervals is not None
    rows: Counter[tuple[Any, ...]] = Counter()
    columns = [getattr(intervals, field) for field in intervals.__struct_fields__]
    for node, thread, allocated, freed, size, count in zip(*columns, strict=True):
        key = (
            stack_of(analysis, node),
            analysis.threads[thread].id,
            allocated,
            None if freed == NEVER else freed,
        )
        rows[key] += size
        rows[*key, "n"] += count
    return rows


def rows_of_memray(records: Iterable[Any]) -> Counter[tuple[Any, ...]]:
    rows: Counter[tuple[Any, ...]] = Counter()
    for record in records:
        stack = tuple(record.stack_trace())
        for held in record.intervals:
            key = (stack, record.tid, held.allocated_before_snapshot, held.deallocated_before_snapshot)
            rows[key] += held.n_bytes
            rows[*key, "n"] += held.n_allocations
    return rows


@pytest.mark.parametrize("path", [p for p in FULL if "thumbnails" not in p.name], ids=ids)
def test_intervals_equal_memrays(path: Path) -> None:
    analysis, reader = analysed(path), opened(path)
    records, marks = reader.get_temporal_high_water_mark_allocation_records(merge_threads=False)
    assert rows_of(analysis, analysis.high_water) == rows_of_memray(records)
    high_water = list(analysis.snapshots.high_water)
    assert high_water[: len(marks)] == marks
    assert len(high_water) == len(analysis.snapshots.time) + 1
    # memray's list ends with the last allocation; from there on the heap stays as it is.
    assert set(high_water[len(marks) :]) <= {analysis.snapshots.heap[-1]}
    lifetimes = reader.get_temporal_allocation_records(merge_threads=False)
    assert rows_of(analysis, analysis.lifetimes) == rows_of_memray(lifetimes)


@pytest.mark.parametrize("path", FULL, ids=ids)
def test_statistics_and_temporary_allocations_equal_memrays(path: Path) -> None:
    analysis, reader = analysed(path), opened(path)
    expected = compute_statistics(str(path), num_largest=25)
    stats = analysis.stats
    assert stats is not None
    assert stats.allocations == expected.total_num_allocations
    assert stats.bytes == expected.total_memory_allocated
    assert dict(stats.by_allocator) == expected.allocation_count_by_allocator
    assert sum(size_bin.count for size_bin in stats.by_size) == expected.total_num_allocations
    largest = sorted((function, line, size) for (function, _, line), size in expected.top_locations_by_size)
    assert sorted((place.function, place.line, place.value) for place in stats.top_by_bytes) == largest
    modules = sorted((module.module, module.allocations, module.bytes) for module in stats.modules_by_bytes)
    assert modules == sorted(expected.top_modules_by_allocation_size)
    assert analysis.temporary is not None
    temporary = reader.get_temporary_allocation_records(merge_threads=False, threshold=1)
    assert ours(analysis, analysis.temporary) == theirs(temporary, analysis.facts.native)


@pytest.mark.parametrize("name", ["release-2.3/app.embeddings.bin", "release-2.5/app.web.bin"])
def test_the_tree_equals_memray_flamegraphs_own(name: str, tmp_path: Path) -> None:
    """The widths of all nodes in `memray flamegraph --split-threads`, found again as sums of ours."""
    page = tmp_path / "page.html"
    command = [
        sys.executable,
        "-m",
        "memray",
        "flamegraph",
        "--split-threads",
        "-o",
        str(page),
        str(sample(name)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    text = page.read_text("utf-8")
    start = text.index("const packed_data = ") + len("const packed_data = ")
    data, _ = json.JSONDecoder().raw_decode(text[start:].replace(r"\u003c", "<"))
    nodes, strings = data["nodes"], data["strings"]
    widths: Counter[tuple[Any, ...]] = Counter()
    paths: dict[int, tuple[Any, ...]] = {0: ()}
    for node, children in enumerate(nodes["children"]):
        for child in children:
            frame = (strings[nodes["function"][child]], nodes["lineno"][child])
            paths[child] = (*paths[node], frame)
            widths[paths[child]] += nodes["value"][child]
    assert sum_by_path(analysed(sample(name))) == widths


def sum_by_path(analysis: Analysis) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for node, size in zip(analysis.peak.node, analysis.peak.bytes, strict=True):
        path = tuple((html.escape(f), line) for f, _, line in reversed(stack_of(analysis, node)))
        for depth in range(1, len(path) + 1):
            sums[path[:depth]] += size
    return sums


def test_a_lower_limit_of_snapshots_loses_no_peak() -> None:
    path = sample("release-2.3/app.embeddings.bin")
    whole = analysed(path)
    few = read_capture(path, ReadOptions(max_memory_records=20))
    assert len(few.snapshots.time) <= 20 < len(whole.snapshots.time)
    assert few.peak_bytes == whole.peak_bytes == max(few.snapshots.high_water)
    assert few.peak_rss_bytes == whole.peak_rss_bytes
    assert few.leaked_bytes == whole.leaked_bytes
