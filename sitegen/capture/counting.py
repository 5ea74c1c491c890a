"""The statistics of all allocations, as `memray stats` has them. They need no reader, and no other pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from memray._memray import compute_statistics
from memray.reporters.stats import describe_histogram_databins, get_histogram_databins

from sitegen.capture.header import Header
from sitegen.capture.opening import READER_ERRORS
from sitegen.capture.options import ReadOptions
from sitegen.capture.trie import RawFrame
from sitegen.insight.identity import file_names
from sitegen.model import Location, ModuleShare, SizeBin, Stats

NUM_LARGEST = 25
"""How many places and modules the statistics name."""

SIZE_BINS = 10
"""Bars of the size histogram, as `memray stats` draws it."""

Counted = tuple[Stats | None, list[str]]
"""The statistics, and damage."""


def statistics_of(path: Path, header: Header, options: ReadOptions) -> Counted:
    """Statistics and damage; None where they are not wanted, or memray gave up, or the capture has none."""
    if header.aggregated or not options.stats:
        return None, []
    try:
        stats = compute_statistics(str(path), num_largest=NUM_LARGEST)
    except READER_ERRORS as error:
        return None, [str(error) or type(error).__name__]
    names = file_names(header.search_paths)
    sizes, by_allocator = stats.allocation_count_by_size, stats.allocation_count_by_allocator

    def locations(top: list[tuple[RawFrame, int]]) -> tuple[Location, ...]:
        # Equal figures come in no stable order from memray's hash tables.
        return tuple(
            Location(function, names.python(file).name, max(0, line), value)
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


def _size_bins(count_by_size: dict[int, int]) -> tuple[SizeBin, ...]:
    if not any(count_by_size):
        return ()
    bins = describe_histogram_databins(get_histogram_databins(count_by_size, SIZE_BINS))
    return tuple(SizeBin(b["min_bytes"], b["max_bytes"], b["count"]) for b in bins)
