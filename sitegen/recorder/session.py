"""This process's recording: at most one at a time, because memray has one tracker per process.

Whatever goes wrong here ends the recording and is logged; the program goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from sitegen.recorder.files import Series, free_bytes
from sitegen.recorder.settings import Settings
from sitegen.recorder.tracking import Tracking
from sitegen.units import format_size

log = logging.getLogger("sitegen.recorder")

lock = threading.RLock()
"""Held while a session changes, and over a fork: a child never finds one half changed."""


class Session:
    """One recording of one name in one process, over all its chunks. Any thread may call the methods."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self._series = Series(settings.directory, name, chunked=settings.chunked)
        self._tracking: Tracking | None = None
        self._chunk: tuple[Path, float] | None = None
        self._ended = False

    @property
    def chunk(self) -> tuple[Path, float] | None:
        """The capture being written, and since when (`time.monotonic`); None while nothing is recorded."""
        return self._chunk

    @property
    def ended(self) -> bool:
        """Whether nothing will be recorded any more."""
        return self._ended

    def open(self) -> None:
        """Begin a capture: the first, or one after a pause. Where that fails, the recording ends."""
        with lock:
            if self._chunk is None and not self._ended:
                self._open_or_end()

    def next_chunk(self, path: Path | None = None) -> None:
        """Complete the capture being written and begin the next; not where it is another than `path`."""
        with lock:
            if self._chunk is not None and path in (None, self._chunk[0]):
                self._open_or_end()

    def pause(self) -> None:
        """Complete the capture being written; `open` begins another."""
        with lock:
            self._close()

    def end(self) -> None:
        """Complete the capture being written, and record no more."""
        with lock:
            self._close()
            self._ended = True

    def abandon(self) -> None:
        """In a process forked from the one that records: let go of the parent's capture."""
        self._close()
        self._ended = True

    def _open_or_end(self) -> None:
        try:
            self._open()
        except Exception as error:
            log.error("recording of %s stopped: %s", self.name, str(error) or type(error).__name__)
            self.end()
        except BaseException:  # the program is interrupted, as by Ctrl-C
            self.end()
            raise

    def _open(self) -> None:
        path = self._series.claim()
        try:
            _check_room(path.parent, self.settings.reserve_bytes)
            tracking = Tracking(path, self.settings)
        except BaseException:
            self._series.give_back(path)
            raise
        previous, self._tracking, self._chunk = self._tracking, tracking, None
        try:
            tracking.begin(previous)
        except BaseException:
            if previous is not None:
                previous.end()
            self._close()
            self._series.give_back(path)
            raise
        self._chunk = path, time.monotonic()
        log.info("recording %s into %s", self.name, path)
        self._series.number_first()
        if self.settings.keep:
            self._series.keep_newest(self.settings.keep)

    def _close(self) -> None:
        if self._tracking is not None:
            self._tracking.end()
        self._tracking = self._chunk = None


def _check_room(directory: Path, reserve: int) -> None:
    free = free_bytes(directory)
    if free is not None and free < reserve:
        raise OSError(f"only {format_size(free)} are free where {directory} is, less than SITEGEN_RESERVE")
