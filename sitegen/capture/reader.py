"""One capture -> one `Analysis`.

Here, in the rooms that this one joins (`opening`, `passes`, `counting`, `tables`), and in the recorder, memray is
imported; nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import memray

from sitegen.capture.beside import Beside, Later
from sitegen.capture.counting import statistics_of
from sitegen.capture.days import nearest_day
from sitegen.capture.figures import are_possible
from sitegen.capture.header import Header
from sitegen.capture.opening import RECORD_AGAIN, header_of, opened, status_of
from sitegen.capture.options import ReadOptions
from sitegen.capture.passes import Passes, Rows, never_freed
from sitegen.capture.secrets import masked
from sitegen.capture.stable import stable_copy
from sitegen.capture.stderr import captured_stderr
from sitegen.capture.tables import Tables, snapshots_of
from sitegen.errors import CaptureError
from sitegen.insight.identity import file_names
from sitegen.model import Analysis, Facts


def read_capture(path: Path, options: ReadOptions, processes: int = 1) -> Analysis:
    """Everything that can be known of the capture. With two `processes` half of the passes are made in others.

    Raises CaptureError where nothing can be known. Failures of the process (a crash of the reader, a hang,
    too little memory) are not caught here: see `pool`.
    """
    with stable_copy(path) as (readable, header), captured_stderr() as said:
        try:
            way = Beside if processes > 1 else Later
            analysis = _read(readable, header or header_of(readable), options, way, said)
            possible = are_possible(analysis)
        except OverflowError:  # of a column, made for what a machine can have
            possible = False
        if not possible:
            raise CaptureError("holds figures that no process can have", RECORD_AGAIN)
        return analysis


def _read(
    path: Path, header: Header, options: ReadOptions, way: type[Later[Any]], said: Callable[[], str]
) -> Analysis:
    # Statistics need no reader, so that they can begin before there is one.
    with (
        way(partial(statistics_of, path, header, options)) as statistics,
        opened(path, header, options.max_memory_records) as (reader, metadata, snapshots),
    ):
        temporal = options.temporal and not header.aggregated
        passes = Passes(reader, metadata)
        # To name native frames costs more than any pass, and each process would do it for itself.
        apart = way if temporal and not passes.native else Later
        with apart(passes.found_lifetimes, after=statistics) as found_lifetimes:
            high_water = passes.high_water() if temporal else None
            temporary = _temporary(passes, header, options)
            lifetimes = passes.taken_over(found_lifetimes.result()) if temporal else None
        peak = passes.peak_over_time(high_water or [], lifetimes) if lifetimes is not None else None
        if peak is None:
            peak = passes.peak()
        if peak is None:
            raise CaptureError(f"cannot be read: {passes.damage[0]}", RECORD_AGAIN)
        leaks = never_freed(high_water) if high_water is not None else passes.leaks() or {}
        stats, damage = statistics.result()
        kept = list(reader.get_memory_snapshots())
        status, reason = status_of(path, header, metadata, kept, [*passes.damage, *damage], said)
    tables = Tables(passes.trie, passes.threads, metadata.main_thread_id)
    return Analysis(
        status=status,
        reason=reason,
        facts=_facts(header, metadata, snapshots),
        peak_bytes=metadata.peak_memory,
        peak_rss_bytes=max((s.rss for s in snapshots), default=None),
        leaked_bytes=sum(size for size, _ in leaks.values()),
        leaked_allocations=None if header.aggregated else sum(count for _, count in leaks.values()),
        threads=tables.threads,
        frames=tables.frames(passes.native_frames, file_names(header.search_paths)),
        tree=tables.tree,
        peak=tables.records(peak),
        leaks=tables.records(leaks),
        temporary=tables.records(temporary) if temporary is not None else None,
        temporary_threshold=options.temporary_threshold if temporary is not None else None,
        snapshots=snapshots_of(kept, passes.marks),
        high_water=tables.intervals(high_water) if high_water is not None else None,
        lifetimes=tables.intervals(lifetimes) if lifetimes is not None else None,
        stats=stats,
    )


def _temporary(passes: Passes, header: Header, options: ReadOptions) -> Rows | None:
    if options.temporary_threshold is None or header.aggregated:
        return None
    return passes.temporary(options.temporary_threshold)


def _facts(header: Header, metadata: memray.Metadata, snapshots: list[memray.MemorySnapshot]) -> Facts:
    started, ended = _milliseconds(metadata.start_time), _milliseconds(metadata.end_time)
    if not header.finished and snapshots:
        ended = max(ended, nearest_day(snapshots[-1].time))
    return Facts(
        started=started,
        ended=max(started, ended),
        command=masked(metadata.command_line),
        pid=metadata.pid,
        main_thread=metadata.main_thread_id,
        allocator=metadata.python_allocator,
        native=metadata.has_native_traces,
        aggregated=header.aggregated,
        python_allocators_traced=metadata.trace_python_allocators,
        format_version=header.version,
        python_version=header.python_version,
    )


def _milliseconds(moment: datetime) -> int:
    return nearest_day(round(moment.timestamp() * 1000))
