"""An analysis as bytes, and back. The layout of a container is `columns.py`'s.

An analysis is two containers: the main one with everything but the intervals, and the temporal one with
the intervals, where there are any. Page data is the same two, folded, as two scripts. A bundle
(`sitegen analyze`) is one file: a container that says what the capture is called, then these two.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from sitegen.capture import columns
from sitegen.capture.figures import are_possible
from sitegen.errors import BundleError
from sitegen.model import (
    NEVER,
    ROOT,
    Analysis,
    Facts,
    Folded,
    Frames,
    Intervals,
    Records,
    Snapshots,
    SourceFile,
    Stats,
    Status,
    Thread,
    Tree,
)

SUFFIX = ".sitegen"

# Columns whose rows are near their neighbours.
_DELTA_FIELDS = {"parent", "node", "time", "heap", "rss", "high_water"}
_TABLES: dict[str, type[msgspec.Struct]] = {
    "tree": Tree,
    "peak": Records,
    "leaks": Records,
    "temporary": Records,
    "snapshots": Snapshots,
    "high_water": Intervals,
    "lifetimes": Intervals,
}
_DELTA = frozenset(
    f"{table}.{field}"
    for table, kind in _TABLES.items()
    for field in _DELTA_FIELDS.intersection(kind.__struct_fields__)
)
_CODES = {
    "parent": "I", "frame": "I", "node": "I", "thread": "H", "allocator": "B", "bytes": "Q", "count": "Q",
    "allocated": "I", "freed": "I", "time": "Q", "heap": "Q", "rss": "Q", "high_water": "Q",
    "function": "I", "file": "I", "line": "I",
}  # fmt: skip
_FRAME_COLUMNS = ("function", "file", "line")
_OF_FRAMES = ("functions", "files", "kind")

T = TypeVar("T", bound=msgspec.Struct)


class _Plain(msgspec.Struct, forbid_unknown_fields=True):
    """The header of an analysis: everything that is no column."""

    status: Status
    reason: str
    facts: Facts
    peak_bytes: int
    peak_rss_bytes: int | None
    leaked_bytes: int
    leaked_allocations: int | None
    threads: tuple[Thread, ...]
    functions: tuple[str, ...]
    files: tuple[SourceFile, ...]
    kind: str
    temporary_threshold: int | None
    stats: Stats | None
    folded: Folded | None


class Encoded(msgspec.Struct, frozen=True):
    """An analysis as two containers; `temporal` is empty where the capture has no intervals."""

    main: bytes
    temporal: bytes


def encode(analysis: Analysis, beside: Mapping[str, Any]) -> Encoded:
    """The analysis as containers; `beside` (plain data) is kept in the header of the main one."""
    main: dict[str, array[int]] = {f"frames.{c}": getattr(analysis.frames, c) for c in _FRAME_COLUMNS}
    temporal: dict[str, array[int]] = {}
    for name, kind in _TABLES.items():
        part = getattr(analysis, name)
        if part is not None:
            table = temporal if kind is Intervals else main
            table.update({f"{name}.{field}": getattr(part, field) for field in kind.__struct_fields__})
    plain = {
        name: getattr(analysis.frames if name in _OF_FRAMES else analysis, name)
        for name in _Plain.__struct_fields__
    }
    header = {"analysis": msgspec.to_builtins(plain), "beside": beside}
    return Encoded(
        columns.encode(header, main, _DELTA),
        columns.encode({}, temporal, _DELTA) if temporal else b"",
    )


def decode(data: bytes) -> tuple[Analysis, dict[str, Any]]:
    """The analysis of a main container, followed or not by its temporal one, and what was kept beside it.

    Raises BundleError where the data is not that, or where its parts do not fit together.
    """
    header, table, rest = columns.decode(data)
    if rest:
        table |= columns.decode(rest)[1]
    try:
        plain = msgspec.convert(header["analysis"], _Plain)
        frames = Frames(
            functions=plain.functions,
            files=plain.files,
            kind=plain.kind,
            **{name: _narrow(table, f"frames.{name}") for name in _FRAME_COLUMNS},
        )
        parts: dict[str, Any] = {name: _table(kind, name, table) for name, kind in _TABLES.items()}
        scalars: dict[str, Any] = {
            name: getattr(plain, name) for name in _Plain.__struct_fields__ if name not in _OF_FRAMES
        }
        analysis = Analysis(frames=frames, **scalars, **parts)
        _check(analysis)
        return analysis, header["beside"]
    except (KeyError, OverflowError, TypeError, msgspec.MsgspecError) as error:
        raise BundleError(f"is a damaged bundle: {error}", columns.REMAKE) from None


def encode_file(identity: Mapping[str, Any], encoded: Encoded) -> bytes:
    """A bundle: what the capture is called (plain data), then its analysis."""
    return columns.encode(identity, {}, frozenset()) + encoded.main + encoded.temporal


def decode_file(data: bytes) -> tuple[Analysis, dict[str, Any]]:
    """The analysis in a bundle, and what the capture is called. Raises BundleError."""
    identity, _, rest = columns.decode(data)
    return decode(rest)[0], identity


def _narrow(table: dict[str, array[int]], name: str) -> array[int]:
    return array(_CODES[name.rpartition(".")[2]], table[name])


def _table(kind: type[T], name: str, table: dict[str, array[int]]) -> T | None:
    names = kind.__struct_fields__
    if f"{name}.{names[0]}" not in table:
        return None
    return kind(**{field: _narrow(table, f"{name}.{field}") for field in names})


def _check(analysis: Analysis) -> None:
    """That every index points somewhere and every tree hangs together: bundles come from strangers."""
    frames, tree = analysis.frames, analysis.tree
    nodes, threads = len(tree.parent), len(analysis.threads)
    sound = [
        nodes > 0 and len(tree.frame) == nodes,
        tree.parent[ROOT] == ROOT and all(above < node for node, above in enumerate(tree.parent) if node),
        _below(tree.frame, len(frames.line)),
        len(frames.function) == len(frames.file) == len(frames.line) == len(frames.kind) > 0,
        _below(frames.function, len(frames.functions)),
        _below(frames.file, len(frames.files)),
        analysis.peak is not None and analysis.leaks is not None and analysis.snapshots is not None,
    ]
    for part in (analysis.peak, analysis.leaks, analysis.temporary, analysis.high_water, analysis.lifetimes):
        if part is not None:
            sound += [
                len({len(getattr(part, field)) for field in part.__struct_fields__}) == 1,
                _below(part.node, nodes),
                _below(part.thread, threads),
            ]
    shots = analysis.snapshots
    sound.append(len(shots.time) == len(shots.heap) == len(shots.rss))
    sound.append(len(shots.high_water) in (0, len(shots.time) + 1))
    for held in (analysis.high_water, analysis.lifetimes):
        if held is not None:
            windows = len(shots.time) + 2  # memray ends what counts at the last one's highest point after it
            sound += [
                _below(held.allocated, windows),
                all(freed < windows or freed == NEVER for freed in held.freed),
            ]
    if not all(sound):
        raise BundleError("is a damaged bundle: its parts do not fit", columns.REMAKE)
    if analysis.status is Status.FAILED or not are_possible(analysis):
        raise BundleError("holds figures that no process can have", columns.REMAKE)


def _below(column: array[int], limit: int) -> bool:
    return max(column, default=-1) < limit
