"""Builds the site, and again whenever something that it is made of changes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace
from watchfiles import Change

from sitegen.analysing import Watcher
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.gathering import store_of
from sitegen.preview.builder import Builder
from sitegen.preview.inputs import Inputs, Weight, inputs_of
from sitegen.preview.outcome import Failed, Growing, Outcome, Succeeded
from sitegen.preview.pace import QUIET, Pace
from sitegen.preview.state import State, prefix_of
from sitegen.preview.telling import Telling
from sitegen.preview.watch import Watch
from sitegen.site import manifest
from sitegen.units import counted

QUIET_WHEN_POLLING = 1.2
"""Polling compares times in whole seconds: a build must begin in a later second than the change it is for."""

_LOOK_EVERY = 1.5  # seconds between two looks at captures that may be growing
_RUNNING = 30.0  # seconds for which a capture that grew is taken for one of a process that still runs


class Order(msgspec.Struct, frozen=True):
    """What is to be built: a function that gives the configuration as it is now, and where that stands.

    `output` takes the place of the configuration's own.
    """

    configure: Callable[[], Config]
    config_files: tuple[Path, ...]
    output: Path


class Rebuilding:
    """Keeps the state's site up to date with its inputs."""

    def __init__(self, order: Order, state: State, builder: Builder, telling: Telling, polls: bool) -> None:
        self._order, self._state, self._builder, self._telling = order, state, builder, telling
        self._pace = Pace(QUIET_WHEN_POLLING if polls else QUIET)
        self._watch = Watch(self._on_change, self._on_polling, telling.warn, polls)
        self._inputs: Inputs | None = None
        self._sources: frozenset[str] = frozenset()
        self._growing: tuple[Growing, ...] = ()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Builds at once, and then after every change, until it is cancelled or the builder is stopped."""
        looking = asyncio.create_task(self._look_at_growing())
        try:
            while True:
                reasons = self._pace.begin()
                self._telling.changed(reasons)
                outcome = await self._build()
                if outcome is None:
                    return
                if isinstance(outcome, Failed):
                    self._state.bad(outcome)
                    self._telling.failed(outcome)
                self._pace.end(time.monotonic(), outcome.seconds, (each.path for each in self._growing))
                await self._wait()
        finally:
            looking.cancel()
            await self._watch.stop()

    async def _build(self) -> Outcome | None:
        try:
            config = self._order.configure()
        except SitegenError as error:
            outcome: Outcome | None = Failed(error.message, error.hint)
        else:
            await self._follow(config)
            outcome = await build_once(config, self._order.output, self._state, self._builder, self._telling)
        if isinstance(outcome, Succeeded):
            self._sources, self._growing = outcome.sources, outcome.growing
        return outcome

    async def _follow(self, config: Config) -> None:
        """Before a build: what changes during it is seen then."""
        apart = (config.output, store_of(config).directory, self._order.output)
        try:
            self._inputs = await asyncio.to_thread(inputs_of, config, self._order.config_files, apart)
            await self._watch.follow(self._inputs.directories)
        except SitegenError as error:
            self._telling.warn(str(error).replace("\n", " "))
        except OSError as error:  # the working directory is gone
            self._telling.warn(f"Changes cannot be watched: {error.strerror or error}")

    async def _wait(self) -> None:
        """Until the next build is due."""
        while (due := self._pace.due()) is None or due > time.monotonic():
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else due - time.monotonic()):
                    await self._news.wait()

    def _on_change(self, change: Change, path: Path) -> None:
        weight = self._inputs.weigh(change, path, self._sources) if self._inputs else Weight.NOTHING
        if weight is Weight.NOTHING:
            return
        note = self._pace.changed if weight is Weight.CHANGE else self._pace.grew
        note(str(path), time.monotonic())
        self._news.set()

    def _on_polling(self, reason: str) -> None:
        self._pace.quiet = QUIET_WHEN_POLLING
        self._telling.warn(f"The system cannot tell of changes ({reason}): they are looked for instead.")

    async def _look_at_growing(self) -> None:
        # memray writes through mapped memory, of which file systems tell nobody.
        grew_at: dict[str, float] = {}
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            now = time.monotonic()
            for capture in await asyncio.to_thread(_grown, self._growing):
                self._pace.grew(capture.path, now)
                grew_at[capture.page] = now
                self._news.set()
            self._state.run(frozenset(page for page, at in grew_at.items() if now - at < _RUNNING))


async def build_once(
    config: Config, output: Path, state: State, builder: Builder, telling: Telling
) -> Outcome | None:
    """Builds the site into `output`, and shows it if that went well. None when it was stopped."""
    with telling.reading() as reading:
        progress = _Progress(reading, state, asyncio.get_running_loop())
        outcome = await builder.build(replace(config, output=output), progress)
    if isinstance(outcome, Succeeded):
        state.prefix = prefix_of(config)
        state.good(await asyncio.to_thread(_digests, output))
        telling.built(outcome)
    return outcome


class _Progress:
    """Tells the terminal and the waiting page how far the reading is. Called from another thread."""

    def __init__(self, terminal: Watcher, state: State, loop: asyncio.AbstractEventLoop) -> None:
        self._terminal, self._state, self._loop = terminal, state, loop
        self._done = self._all = 0

    def begin(self, files: int, size: int) -> None:
        self._terminal.begin(files, size)
        self._all = files
        self._tell()

    def started(self, file: str) -> None:
        self._terminal.started(file)

    def finished(self, file: str, size: int) -> None:
        self._terminal.finished(file, size)
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        text = f"Read {self._done:,} of {counted(self._all, 'capture')}."
        self._loop.call_soon_threadsafe(self._state.working, text)


def _digests(site: Path) -> dict[str, str]:
    found = manifest.load(site)
    return {path: entry.sha256 for path, entry in found.files.items()} if found else {}


def _grown(captures: Sequence[Growing]) -> list[Growing]:
    """The captures that are not as they were when they were read."""
    return [each for each in captures if _now(each) != each]


def _now(capture: Growing) -> Growing | None:
    try:
        info = os.stat(capture.path)  # noqa: PTH116  # thousands of them, again and again
    except OSError:
        return None
    return replace(capture, size=info.st_size, modified=info.st_mtime_ns // 1_000_000)
