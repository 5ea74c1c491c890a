"""Analyses many captures and bundles: those that the store knows are not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from msgspec.structs import asdict, replace

import sitegen
from sitegen import summary
from sitegen.analyse import Parts, Settings, analyse_bundle, analyse_capture, analyse_history
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Failure, Task, run_isolated
from sitegen.capture.source import Kind, Source
from sitegen.capture.store import Store
from sitegen.summary import Figures

T = TypeVar("T")


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


class _Shared:
    """Keeps equal parts of many figures once: processes of one module have most of them in common."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}

    def figures(self, figures: Figures) -> Figures:
        """The same figures, of parts that others have too."""
        one, facts = self._one, figures.facts
        return replace(
            figures,
            reason=one(figures.reason),
            facts=facts
            and replace(
                facts,
                command=one(facts.command),
                allocator=one(facts.allocator),
                python_version=one(facts.python_version),
            ),
            threads=one(figures.threads),
            reports=one(figures.reports),
            functions=one(tuple(map(one, figures.functions))),
            thread_starts=one(figures.thread_starts),
            steady=one(figures.steady),
        )

    def _one(self, part: T) -> T:
        return self._known.setdefault(part, part)  # type: ignore[return-value]  # an equal one of its type


def analyse(
    sources: Sequence[Source],
    settings_of: Callable[[Source], Settings],
    store: Store,
    limits: Limits,
    watcher: Watcher,
) -> tuple[Analysed, ...]:
    """The figures of every source, in the order given. What cannot be read is a failed one, with its reason.

    Raises StoreError where the store cannot be written.
    """
    keys = {
        source.id: store.key(source.path, _digest_of(settings_of(source)))
        for source in sources
        if source.kind is not Kind.BROKEN
    }
    store.forget_hashes()
    shared = _Shared()
    done = {
        source.id: Analysed(source, shared.figures(light.figures), keys[source.id], light.digest, known=True)
        for source in sources
        if source.id in keys and (light := _light(store.get(keys[source.id], "light"))) is not None
    }
    unknown = [source for source in sources if source.id in keys and source.id not in done]
    watcher.begin(len(unknown), sum(source.size for source in unknown))
    spare = 2 * len(unknown) <= limits.jobs
    tasks = (
        _task(source, settings_of(source), store, keys[source.id], 2 if spare else 1) for source in unknown
    )
    by_id = {source.id: source for source in unknown}
    for task, outcome in run_isolated(tasks, limits, lambda task: watcher.started(by_id[task.key].file)):
        source = by_id[task.key]
        watcher.finished(source.file, source.size)
        done[source.id] = _outcome(source, outcome, keys[source.id], shared)
    return tuple(done.get(source.id) or _failed(source, source.reason) for source in sources)


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


def _task(source: Source, settings: Settings, store: Store, key: str, processes: int) -> Task[bytes]:
    call = partial(_analyse_into, store, key, source.path, _reader(source.kind, processes), settings)
    return Task(source.id, call, size=source.size, alone=source.native)


_Reader = Callable[[Path, Settings], Parts]


@cache
def _reader(kind: Kind, processes: int) -> _Reader:
    if kind is Kind.BUNDLE:
        return analyse_bundle
    if kind is Kind.HISTORY:
        return analyse_history
    return partial(analyse_capture, processes=processes)


def _analyse_into(store: Store, key: str, path: str, reader: _Reader, settings: Settings) -> bytes:
    """In a worker: everything about a capture into the store; gives the light part of it."""
    made = reader(Path(path), settings)
    parts = asdict(made)
    shown = hashlib.sha256(b"\0".join((made.summary, made.page, made.page_temporal))).hexdigest()
    light = msgspec.json.encode(_Light(parts.pop("figures"), shown))
    store.put(key, {**parts, "light": light})
    return light


def _outcome(source: Source, outcome: bytes | Failure, key: str, shared: _Shared) -> Analysed:
    if isinstance(outcome, Failure):
        return _failed(source, f"The file {outcome.message}. {outcome.hint}".strip())
    light = _LIGHT.decode(outcome)
    return Analysed(source, shared.figures(light.figures), key, light.digest, known=False)


def _failed(source: Source, reason: str) -> Analysed:
    return Analysed(source, summary.failed(reason).figures, None, "", False)
