"""memray's tracker, begun and ended. Of the recorder, this and the helper process alone import memray."""

from __future__ import annotations

import threading
from _thread import allocate_lock, start_new_thread
from contextlib import suppress
from pathlib import Path
from typing import Any

import memray

from sitegen.recorder.settings import Settings


class Tracking:
    """One capture being written. memray has one tracker per process: the one before must have ended."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Opens `path`, an empty file. Nothing is tracked yet. Raises OSError where it cannot be written."""
        # Named only when wanted: not every memray that the package runs with knows it.
        extra: dict[str, Any] = {"buffered": True} if settings.buffered else {}
        destination = memray.FileDestination(
            path, overwrite=True, compress_on_exit=settings.compress, **extra
        )
        formats = memray.FileFormat
        self._begun = False
        self._tracker = memray.Tracker(
            destination=destination,
            native_traces=settings.native,
            trace_python_allocators=settings.python_allocators,
            memory_interval_ms=settings.interval_ms,
            file_format=formats.AGGREGATED_ALLOCATIONS if settings.aggregate else formats.ALL_ALLOCATIONS,
        )

    def begin(self, previous: Tracking | None = None) -> None:
        """Track every thread from now on, with its whole stack; where there is a previous capture, end that.

        What other threads allocate in the milliseconds between the two is in neither.

        memray leaves out as many frames of the thread that begins as lie above the beginning, counted once
        for the whole capture. Where the function that began returns, as `start()` does, that would swallow
        frames of the program. So a thread of its own begins: it has one frame, and nothing above it.

        Raises RuntimeError where another tracker is active, or no thread can be started; OSError where
        nothing can be written.
        """
        outcomes: list[BaseException | None] = []
        tried = allocate_lock()

        def only_frame() -> None:
            outcome = None
            try:
                if previous is not None:
                    previous.end()
                self._tracker.__enter__()
                self._begun = True
            except BaseException as error:
                outcome = error
            outcomes.append(outcome)
            tried.release()

        # An interrupt, as by Ctrl-C, has to wait: whoever ends this must know whether it has begun. It can strike
        # when the thread was just started, which the list then tells, or the lock just taken, hence the timeout.
        tried.acquire()
        interrupt: BaseException | None = None
        started: list[int] = []
        try:
            started.extend(map(start_new_thread, [only_frame], [()]))
        except BaseException as error:
            if not started:
                raise
            interrupt = error
        while not outcomes:
            try:
                tried.acquire(timeout=1)
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt
        if outcomes[0] is not None:
            del self._tracker  # it completes its file when it goes: not after the file went
            raise outcomes[0]
        _set_names_of_threads()

    def end(self) -> None:
        """Track no more, and complete the file, if it began. May be called again.

        In a process that this one was forked to, memray let go of the tracker already, and the file is the
        parent's. What is left to undo there are memray's changes to `threading`, without which no other tracker
        could begin.
        """
        if self._begun:
            self._tracker.__exit__(None, None, None)
            self._begun = False


def _set_names_of_threads() -> None:
    """memray hears of a thread's name when it is set: of those from before the capture, now."""
    for thread in threading.enumerate():
        with suppress(Exception):  # a program may have threads of its own kind
            thread.name = thread.name
