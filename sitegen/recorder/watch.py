"""The recorder's own thread: cuts chunks, hears signals, leaves room on the disk, has memory counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue

from sitegen.recorder.accounting import Account, Accounting
from sitegen.recorder.files import free_bytes
from sitegen.recorder.session import Session, log
from sitegen.recorder.settings import Settings
from sitegen.units import format_size

OnGrowth = Callable[[Account], object]
"""Called from the recorder's thread when live memory grew past the threshold."""

TICK_SECONDS = 1.0
"""How often it looks at the file and the disk, unless shorter intervals are set."""

SHORTEST_TICK_SECONDS = 0.05

GROWTH_OF_FILES = 10
"""memray makes a file longer by a tenth of what it has."""


class Step(StrEnum):
    """What a look at the capture can lead to."""

    NOTHING = "nothing"
    NEXT_CHUNK = "next chunk"
    STOP = "stop"


class Message(StrEnum):
    """What the thread can be told."""

    SIGNAL = "signal"
    END = "end"


def next_step(settings: Settings, seconds: float, size: int, free: int | None) -> Step:
    """What to do with a capture of this age and size, with so many bytes free on its disk (None: unknown)."""
    if free is not None and free < settings.reserve_bytes + size // GROWTH_OF_FILES:
        return Step.STOP
    if settings.chunk_seconds is not None and seconds >= settings.chunk_seconds:
        return Step.NEXT_CHUNK
    if settings.chunk_bytes is not None and size >= settings.chunk_bytes:
        return Step.NEXT_CHUNK
    return Step.NOTHING


class Watch:
    """The thread that looks after one session. It never touches the program's data."""

    def __init__(self, session: Session, on_growth: OnGrowth | None) -> None:
        self._session = session
        self.on_growth = on_growth
        self._accounting = Accounting.of(session.name, session.settings)
        # Its `put` may be called from a signal handler, whatever was interrupted.
        self._messages: SimpleQueue[Message] = SimpleQueue()

    def start(self) -> None:
        """Start the thread. Raises RuntimeError where no thread can be started."""
        threading.Thread(target=self._run, name="sitegen-recorder", daemon=True).start()

    def tell(self, message: Message) -> None:
        """Have the thread do something soon."""
        self._messages.put(message)

    def abandon(self) -> None:
        """In a process forked from the one that records, where the thread is not: let go of what was its."""
        if self._accounting:
            self._accounting.abandon()

    def _run(self) -> None:
        try:
            while self._wait() and not self._session.ended:
                self._look()
        except Exception:
            log.exception("recording of %s goes on unwatched", self._session.name)
        finally:
            if self._accounting:
                self._accounting.close()

    def _wait(self) -> bool:
        """Wait for the next look; obey what comes in between. False: no look any more."""
        try:
            message = self._messages.get(timeout=self._seconds_to_look())
        except Empty:
            return True
        if message is Message.SIGNAL:
            self._on_signal()
        return message is not Message.END

    def _seconds_to_look(self) -> float:
        now, chunk, seconds = time.monotonic(), self._session.chunk, self._session.settings.chunk_seconds
        looks = [now + TICK_SECONDS]
        if chunk is not None and seconds is not None:
            looks.append(chunk[1] + seconds)
        if chunk is not None and self._accounting is not None:
            looks.append(self._accounting.due)
        return max(min(looks) - now, SHORTEST_TICK_SECONDS)

    def _on_signal(self) -> None:
        if self._session.chunk is None:
            self._session.open()
        elif self._session.settings.on_signal == "rotate":
            self._session.next_chunk()
        else:
            self._session.pause()
            log.info("recording of %s paused; the same signal resumes it", self._session.name)

    def _look(self) -> None:
        chunk = self._session.chunk
        if chunk is None:
            return
        path, opened = chunk
        try:
            size = path.stat().st_size
        except OSError:  # removed under our hands: memray writes on into nothing
            size = 0
        free = free_bytes(path.parent)
        step = next_step(self._session.settings, time.monotonic() - opened, size, free)
        if step is Step.STOP:
            log.error(
                "recording of %s stopped: only %s are free on its disk, and SITEGEN_RESERVE is to stay free",
                self._session.name,
                format_size(free or 0),
            )
            self._session.end()
        elif step is Step.NEXT_CHUNK:
            self._session.next_chunk(path)
        elif self._accounting:
            self._count(self._accounting, path)

    def _count(self, accounting: Accounting, path: Path) -> None:
        try:
            account = accounting.look(path)
        except Exception as error:  # garbled answers can raise anything; chunks are to be cut all the same
            log.warning("memory of %s is counted no more: %r", self._session.name, error)
            self._accounting = None
            accounting.close()
            return
        threshold = self._session.settings.growth_bytes
        if account is not None and threshold is not None and account.growth_bytes >= threshold:
            accounting.alarmed(account)
            self._grown(account)

    def _grown(self, account: Account) -> None:
        log.warning("%s grew by %s: %s", account.name, format_size(account.growth_bytes), account.file)
        if self.on_growth is None:
            self._session.next_chunk(account.file)
            return
        try:
            self.on_growth(account)
        except Exception:
            log.exception("the callback for the growth of %s failed", account.name)
