"""A capture or bundle that was found, and how a bundle says whose it is.

This is the one place that knows the layout of a bundle's first container:

    {"started": milliseconds since the epoch,
     "source": {"file", "run", "module", "instance", "chunk", "id", "process", "fork"},
     "run": {"id", "started", "label", "commit", "branch", "url", "notes"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict

from sitegen.capture import columns
from sitegen.capture.runs import FoundRun, Run
from sitegen.model import Name
from sitegen.packed import Few, Made, Numbers, Paths


class Kind(StrEnum):
    """What a source is."""

    CAPTURE = "capture"
    BUNDLE = "bundle"
    HISTORY = "history"  # a capture's data file in a site that was built before
    BROKEN = "broken"  # expected to be a capture or a bundle; cannot be read


class Source(msgspec.Struct, frozen=True):
    """A named capture or bundle.

    `file` is its path (with `/`) below the CAPTURES argument under which it was found, its name where the
    argument is the file itself; of a bundle, its capture's. `id` is made of two slugs, `run/file`, and stays
    the same as long as the path does. Times are milliseconds since the epoch.
    """

    path: str  # as text: a Path takes several times the memory
    file: str
    kind: Kind
    name: Name
    id: str
    started: int | None  # None where the file does not say
    size: int
    modified: int
    process: str | None = None  # the recorder's PID or PID-N: whose chunks belong together
    fork: int | None = None  # process id of a followed fork that the convention named
    native: bool = False  # a capture with native traces, whose symbols stay in the reader's process
    reason: str = ""  # of a broken one: why, and what to do


class Discovery(msgspec.Struct, frozen=True):
    """What was found: sources ordered by id, their runs, and what a person should know of the search."""

    sources: Sequence[Source]
    runs: tuple[FoundRun, ...]
    warnings: tuple[str, ...]


def packed(sources: Iterable[Source], length: int) -> Sequence[Source]:
    """The same sources, so many, in columns; each is made when it is looked at."""
    paths, files, ids, runs = Paths(length), Paths(length), Paths(length), Few[str](length)
    processes = Few[tuple[str, str | None, int | None, str | None]](length)
    kinds = Few[tuple[Kind, bool, str]](length)
    numbers = Numbers(length, 4)
    for row, source in enumerate(sources):
        name = source.name
        paths[row] = source.path
        files[row] = source.file
        ids[row] = source.id
        runs[row] = name.run
        processes[row] = name.module, name.instance, name.chunk, source.process
        kinds[row] = source.kind, source.native, source.reason
        numbers[row] = source.started, source.size, source.modified, source.fork
    for column in (paths, files, ids, runs, processes, kinds):
        column.close()

    def source_of(row: int) -> Source:
        module, instance, chunk, process = processes[row]
        kind, native, reason = kinds[row]
        started, size, modified, fork = numbers[row]
        return Source(
            paths[row],
            files[row],
            kind,
            Name(runs[row], module, instance, chunk),
            ids[row],
            started,
            size or 0,
            modified or 0,
            process,
            fork,
            native,
            reason,
        )

    return Made(length, source_of)


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Whose capture a bundle was made of, in its own words."""

    file: str
    run: str
    module: str
    instance: str | None
    chunk: int | None
    id: str
    process: str | None = None
    fork: int | None = None


class BundleHeader(msgspec.Struct):
    """What a bundle's first container says: when its capture started, and whose it is."""

    started: int
    source: Identity | None = None
    run: Run | None = None


def bundle_identity(source: Source, run: Run) -> dict[str, Any]:
    """What the first container of the source's bundle says (plain data)."""
    identity = Identity(
        file=source.file,
        run=source.name.run,
        module=source.name.module,
        instance=source.name.instance,
        chunk=source.name.chunk,
        id=source.id,
        process=source.process,
        fork=source.fork,
    )
    return {"started": source.started or run.started, "source": asdict(identity), "run": asdict(run)}


def read_bundle_header(path: Path) -> BundleHeader:
    """What a bundle says of itself. Raises BundleError where it is none, OSError where it does not open."""
    return columns.read_header(path, BundleHeader)
