"""Analyses many captures and bundles: those that the store knows are not read again."""

from __future__ import annotations

import hashlib
import os
import time
from array import array
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import asdict

import sitegen
from sitegen import summary
from sitegen.analyse import Parts, Settings, analyse_bundle, analyse_capture, analyse_history
from sitegen.capture.days import nearest_day
from sitegen.capture.failures import Failure
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Task, run_isolated
from sitegen.capture.source import Kind, Source
from sitegen.capture.store import Store
from sitegen.packed import Hashes, Made
from sitegen.packed_figures import FiguresColumn
from sitegen.summary import Figures


class Watcher(Protocol):
    """Who is told how far the reading is."""

    def begin(self, files: int, size: int) -> None: ...
    def started(self, file: str) -> None: ...
    def finished(self, file: str, size: int) -> None: ...


class Analysed(msgspec.Struct, frozen=True):
    """A source with its figures. `key` finds its parts in the store; None for a failed one."""

    source: Source
    figures: Figures
    key: str | None
    digest: str  # of all that pages show of it: equal for a capture and the bundle made of it
    known: bool  # whether the store had it


class _Light(msgspec.Struct):
    """What the store gives of every capture at once; the rest stays there until a page is made."""

    figures: Figures
    digest: str


_LIGHT = msgspec.json.Decoder(_Light)


def analyse(
    sources: Sequence[Source],
    settings_of: Callable[[Source], Settings],
    store: Store,
    limits: Limits,
    watcher: Watcher,
) -> Sequence[Analysed]:
    """The figures of every source, in the order given. What cannot be read is a failed one, with its reason.

    They are in columns, and made when they are looked at. Raises StoreError where the store cannot be written.
    """
    results = _Results(sources)
    unknown, size = array("I"), 0
    for at, source in enumerate(sources):
        if source.kind is Kind.BROKEN:
            results.fail(at, source.reason)
            continue
        key = results.key[at] = store.key(source.path, _digest_of(settings_of(source)))
        light = _light(store.get(key, "light"))
        if light is not None:
            results.put(at, light, known=True)
        else:
            unknown.append(at)
            size += source.size
    store.forget_hashes()
    watcher.begin(len(unknown), size)
    processes = 2 if 2 * len(unknown) <= limits.jobs else 1

    def task(number: int) -> Task[tuple[str, bytes]]:
        at = unknown[number]
        source, key = sources[at], results.key[at] or ""
        reader = _reader(source.kind, processes)
        call = partial(_analyse_into, store, key, source.path, _hashed(source), reader, settings_of(source))
        return Task(at, call, size=source.size, alone=source.native)

    tasks = Made(len(unknown), task)
    for done, outcome in run_isolated(tasks, limits, lambda task: watcher.started(sources[task.key].file)):
        watcher.finished(sources[done.key].file, done.size)
        if isinstance(outcome, Failure):
            results.fail(done.key, f"The file {outcome.message}. {outcome.hint}".strip())
        else:
            results.key[done.key], light_part = outcome
            results.put(done.key, _LIGHT.decode(light_part), known=False)
    return results.close()


class _Results:
    """What is known of sources, by their numbers."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.key = Hashes(len(sources))
        self._sources = sources
        self._figures = FiguresColumn(len(sources))
        self._digest = Hashes(len(sources))
        self._known = bytearray(len(sources))

    def put(self, at: int, light: _Light, *, known: bool) -> None:
        """What was read of a source, or was known of it."""
        self._figures[at] = light.figures
        self._digest[at] = light.digest
        self._known[at] = known

    def fail(self, at: int, reason: str) -> None:
        """Why nothing was read of it."""
        self.key[at] = None
        self._figures[at] = summary.failed(reason).figures
        self._digest[at] = ""

    def close(self) -> Sequence[Analysed]:
        """All of them; no more come."""
        self._figures.close()
        return Made(len(self._sources), self._analysed)

    def _analysed(self, at: int) -> Analysed:
        digest, known = self._digest[at] or "", bool(self._known[at])
        return Analysed(self._sources[at], self._figures[at], self.key[at], digest, known)


@cache
def _digest_of(settings: Settings) -> str:
    # Imported late: workers, which come with this module, do without.
    from importlib.metadata import version

    # Another memray can give other figures, and another sitegen keeps other things of them.
    what = msgspec.json.encode(
        (sitegen.__version__, summary.FORMAT, version("memray"), settings), order="deterministic"
    )
    return hashlib.sha256(what).hexdigest()


def _light(data: bytes | None) -> _Light | None:
    try:
        return _LIGHT.decode(data) if data is not None else None
    except msgspec.MsgspecError:
        return None  # an entry that cannot be read is none


_Reader = Callable[[Path, Settings], Parts]


@cache
def _reader(kind: Kind, processes: int) -> _Reader:
    if kind is Kind.BUNDLE:
        return analyse_bundle
    if kind is Kind.HISTORY:
        return analyse_history
    return partial(analyse_capture, processes=processes)


_Looks = tuple[int, int]
"""A file's size, and when it was changed (milliseconds)."""


def _hashed(source: Source) -> _Looks | None:
    """How its file looked before its content was; None where that is not known."""
    return None if source.kind is Kind.HISTORY else (source.size, source.modified)


def _looks(path: str) -> _Looks | None:
    try:
        info = os.stat(path)  # noqa: PTH116  # called for each capture
    except OSError:
        return None
    return info.st_size, nearest_day(info.st_mtime_ns // 1_000_000)


def _analyse_into(
    store: Store, key: str, path: str, hashed: _Looks | None, reader: _Reader, settings: Settings
) -> tuple[str, bytes]:
    """In a worker: everything about a capture into the store; gives the key that finds it, and the light part."""
    made = reader(Path(path), settings)
    if hashed and hashed != _looks(path):
        # What the key was made of may be another content, which may come back: this is for this build alone.
        key = hashlib.sha256(f"{key} {os.getpid()} {time.monotonic_ns()}".encode()).hexdigest()
    parts = asdict(made)
    shown = hashlib.sha256(b"\0".join((made.summary, made.page, made.page_temporal))).hexdigest()
    light = msgspec.json.encode(_Light(parts.pop("figures"), shown))
    store.put(key, {**parts, "light": light})
    return key, light
