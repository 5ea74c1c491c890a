"""`sitegen serve` as people run it: a command in a directory, with what it says, and its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from command import plain_environment

PATIENCE = 60
"""Seconds after which something that should have been said is taken for never said."""


class Running:
    """A running command. `out` and `err` are the lines it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._said = threading.Condition()
        assert process.stdout is not None
        assert process.stderr is not None
        pairs = ((process.stdout, self.out), (process.stderr, self.err))
        self._listeners = [threading.Thread(target=self._listen, args=pair) for pair in pairs]
        for listener in self._listeners:
            listener.start()

    @property
    def url(self) -> str:
        """Where it serves."""
        line = self.until(r"^Serving (\S+)")
        found = re.search(r"http\S+", line)
        assert found is not None
        return found[0]

    def until(self, pattern: str, times: int = 1) -> str:
        """Waits until lines that match have come so often; gives the last of them."""

        def matching() -> list[str]:
            return [line for line in (*self.out, *self.err) if re.search(pattern, line)]

        with self._said:
            came = self._said.wait_for(lambda: len(matching()) >= times, PATIENCE)
        assert came, f"no {pattern!r} for the {times}. time in:\n" + "\n".join([*self.out, *self.err])
        return matching()[times - 1]

    def builds(self) -> list[str]:
        """What was said of each build that succeeded."""
        return [line for line in self.out if line.startswith("Built")]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Sends a signal to the command alone; gives its exit code."""
        self.process.send_signal(number)
        return self.ended()

    def end_as_terminal(self) -> int:
        """Sends what Ctrl-C sends: SIGINT, to the command and all its children; gives its exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        for listener in self._listeners:
            listener.join(PATIENCE)
        return code

    def _listen(self, stream: IO[str], lines: list[str]) -> None:
        with stream:
            for line in stream:
                with self._said:
                    lines.append(line.rstrip("\n"))
                    self._said.notify_all()


@contextmanager
def running(*arguments: str | Path, cwd: Path, **environment: str) -> Iterator[Running]:
    """`sitegen` with these arguments, in a process group of its own, for as long as it is needed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sitegen", *map(str, arguments)],
        cwd=cwd,
        env=plain_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    command = Running(process)
    try:
        yield command
    finally:
        if process.poll() is None:
            command.end()
