"""Ends workers that take too much memory, on systems that do not limit it themselves (macOS)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

_SECONDS = 0.5


class Watch:
    """Looks at this process's worker processes twice a second.

    `ended` are those that were killed. Does nothing without a limit, and on Linux.
    """

    def __init__(self, limit: int | None) -> None:
        self.ended: set[int] = set()
        self._limit = limit
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        if limit is not None and sys.platform != "linux":
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def look(self) -> None:
        """Look once."""
        workers = [child.pid for child in multiprocessing.active_children() if child.pid is not None]
        for process, memory in resident(workers).items():
            if self._limit is not None and memory > self._limit:
                self.ended.add(process)
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _run(self) -> None:
        while not self._stop.wait(_SECONDS):
            with suppress(OSError):
                self.look()


def resident(processes: list[int]) -> dict[int, int]:
    """Bytes of memory that each of the processes holds; those that ended are left out."""
    if not processes:
        return {}
    command = ["ps", "-o", "pid=,rss=", "-p", ",".join(map(str, processes))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = (line.split() for line in answer.splitlines())
    return {int(process): int(kilobytes) * 1024 for process, kilobytes in rows}
