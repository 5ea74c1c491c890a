"""The process that builds: told of configurations, tells what became of them. Ends when the server does.

It is a process of its own so that pages are served while it works, and so that it can be stopped in the
middle of that: an interrupt unwinds the build, which ends its own workers.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from queue import SimpleQueue

from sitegen.build import Built, build
from sitegen.capture.interrupts import ENDING, interrupt
from sitegen.capture.source import Source
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.preview.outcome import Failed, Growing, Outcome, Succeeded
from sitegen.site import urls
from sitegen.site.sections import explain


class Relay:
    """A build's watcher in the other process: (method, arguments) go through the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, files: int, size: int) -> None:
        self._connection.send(("begin", (files, size)))

    def started(self, file: str) -> None:
        self._connection.send(("started", (file,)))

    def finished(self, file: str, size: int) -> None:
        self._connection.send(("finished", (file, size)))


def work(connection: Connection) -> None:
    """Builds the site of every configuration that comes, until None comes or nobody is left to send one."""
    configurations: SimpleQueue[Config] = SimpleQueue()
    try:
        for number in ENDING:
            signal.signal(number, interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        threading.Thread(target=_receive, args=(connection, configurations), daemon=True).start()
        while True:
            connection.send(build_one(configurations.get(), Relay(connection)))
    except (KeyboardInterrupt, BrokenPipeError):
        pass


def build_one(config: Config, relay: Relay) -> Outcome:
    """Builds, and tells what came of it. Whatever goes wrong is told: the server outlives it."""
    began = time.monotonic()
    try:
        built = build(config, relay)
    except SitegenError as error:
        return Failed(error.message, error.hint, time.monotonic() - began)
    except OSError as error:  # a file of the theme or a note that was there a moment ago
        what = f"{error.filename}: " if error.filename else ""
        return Failed(f"{what}{error.strerror or error}", "", time.monotonic() - began)
    except Exception as error:
        return Failed(
            f"The site could not be built: {explain(error)}",
            "Unless the theme is your own, this is a defect of sitegen: please report what `sitegen build` says.",
            time.monotonic() - began,
        )
    return _succeeded(built, time.monotonic() - began)


def _succeeded(built: Built, seconds: float) -> Succeeded:
    read = built.read
    paths = dict(_real_paths(read.paths))
    broken = [f"{c.figures.status}: {c.source.file}: {c.figures.reason}" for c in read.broken]
    return Succeeded(
        captures=len(read.paths),
        runs=read.runs,
        pages=built.pages,
        written=built.published.written,
        removed=built.published.removed,
        seconds=seconds,
        warnings=(*read.warnings, *broken),
        sources=frozenset(paths.values()),
        growing=tuple(_growing(source, paths[source.path]) for source in read.unfinished),
    )


def _growing(source: Source, path: str) -> Growing:
    return Growing(path, urls.capture(source.id), source.size, source.modified)


def _real_paths(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Each path, and the same as a change of it would be told: absolute, in directories without links."""
    directories: dict[str, str] = {}
    for path in paths:
        directory, name = os.path.split(path)
        if directory not in directories:
            directories[directory] = os.path.realpath(directory)
        yield path, f"{directories[directory]}/{name}"


def _receive(connection: Connection, configurations: SimpleQueue[Config]) -> None:
    while True:
        try:
            configuration = connection.recv()
        except (EOFError, OSError):  # the server is gone
            configuration = None
        if configuration is None:
            os.kill(os.getpid(), signal.SIGINT)
            return
        configurations.put(configuration)
