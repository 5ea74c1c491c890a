"""The process that builds, as seen by the server."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from sitegen.analysing import Watcher
from sitegen.capture.interrupts import unheard_by_children
from sitegen.config import Config
from sitegen.preview.build_process import work
from sitegen.preview.outcome import Failed, Outcome

_SECONDS_TO_END = 10.0


class Builder:
    """Builds sites, one after the other, in a process that is started when it is first needed."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._stopping = False
        self._changing = threading.Lock()  # held while the process is started: it cannot be ended then

    async def build(self, config: Config, watcher: Watcher) -> Outcome | None:
        """Builds a site; None when it was stopped. `watcher` is told from another thread."""
        return await asyncio.to_thread(self._build, config, watcher)

    async def stop(self) -> None:
        """Ends the process, in the middle of a build if need be. Nothing is left of it then."""
        self._stopping = True
        await asyncio.to_thread(self._end)

    def _build(self, config: Config, watcher: Watcher) -> Outcome | None:
        connection = self._connected()
        if connection is None:
            return None
        try:
            connection.send(config)
            while True:
                match connection.recv():
                    case (str() as method, tuple() as arguments):
                        getattr(watcher, method)(*arguments)
                    case outcome:
                        result: Outcome = outcome
                        return result
        except (EOFError, OSError):
            return None if self._stopping else self._epitaph()

    def _connected(self) -> Connection | None:
        """To the process, started where there is none; None once it is to end."""
        with self._changing:
            if self._connection is None and not self._stopping:
                # Not forked: the server has threads. Not a daemon: those may have no workers.
                context = multiprocessing.get_context("spawn")
                connection, other = context.Pipe()
                process = context.Process(target=work, args=(other,), name="sitegen-builder")
                with unheard_by_children():  # until it can handle it
                    process.start()
                other.close()
                self._process, self._connection = process, connection
            return self._connection

    def _epitaph(self) -> Failed:
        process = self._process
        self._end()
        code = process.exitcode if process is not None else None
        how = f" by {signal.Signals(-code).name}" if code is not None and code < 0 else ""
        return Failed(
            f"The process that builds the site was ended{how}.",
            "Most likely the machine ran out of memory: try fewer --jobs. The next change builds again.",
        )

    def _end(self) -> None:
        with self._changing:
            process, connection = self._process, self._connection
            self._process = self._connection = None
        if process is None or connection is None:
            return
        with suppress(OSError):
            connection.send(None)
        process.join(_SECONDS_TO_END)
        if process.is_alive():
            process.kill()
            process.join()
        connection.close()
