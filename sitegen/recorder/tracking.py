"""memray's tracker, begun and ended. Here, and in `capture.reader`, memray is imported."""

from __future__ import annotations

import threading
from _thread import allocate_lock, start_new_thread
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
        ended = allocate_lock()
        failures: list[BaseException] = []

        def only_frame() -> None:
            try:
                if previous is not None:
                    previous.end()
                self._tracker.__enter__()
            except BaseException as error:
                failures.append(error)
            finally:
                ended.release()

        ended.acquire()
        start_new_thread(only_frame, ())
        try:
            ended.acquire()
        except BaseException:  # interrupted, as by Ctrl-C, while it waited: leave nothing half begun
            ended.acquire()
            if not failures:
                self.end()
            raise
        if failures:
            del self._tracker  # it completes its file when it goes: not after the file went
            raise failures[0]
        # memray hears of a thread's name when it is set: of those before the capture began, now.
        for thread in threading.enumerate():
            thread.name = thread.name

    def end(self) -> None:
        """Track no more, and complete the file: in a process that this one was forked to, only the former.

        There memray let go of the tracker already. What is left to undo are its changes to `threading`,
        without which no other tracker could begin.
        """
        self._tracker.__exit__(None, None, None)
