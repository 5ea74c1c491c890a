"""Measures commands: CPU seconds, wall seconds and peak memory, with those of all their children."""

from __future__ import annotations

import ctypes
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took. `memory` is the peak of its largest process, in bytes."""

    cpu: float
    wall: float
    memory: int

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))

    def times(self, factor: float) -> Cost:
        """The same command again and again."""
        return Cost(self.cpu * factor, self.wall * factor, self.memory)


def cost_of(command: Sequence[str | Path], cwd: Path) -> Cost:
    """Runs a command with its output in `cwd`/log. Raises RuntimeError where it fails.

    A process of its own waits for it: only so are the children's children counted apart from earlier ones.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _measure([str(part) for part in command], cwd, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        words = told.read().split()
    os.waitpid(pid, 0)
    if not words or int(words[0]):
        raise RuntimeError(f"{command} failed; see {cwd / 'log'}")
    return Cost(cpu=float(words[2]), wall=float(words[1]), memory=int(words[3]))


def _measure(command: list[str], cwd: Path, told: int) -> None:
    status = 1
    if sys.platform == "linux":
        # Workers whose parent has ended come to this process, or nobody would count them.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        started = time.perf_counter()
        with (cwd / "log").open("ab") as log:
            os.chdir(cwd)
            null = os.open(os.devnull, os.O_RDONLY)
            redirected = [
                (os.POSIX_SPAWN_DUP2, fd, to) for fd, to in ((null, 0), (log.fileno(), 1), (log.fileno(), 2))
            ]
            # An installed package has its bytecode; so shall the one in this checkout.
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
            child = os.posix_spawnp(command[0], command, environment, file_actions=redirected)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            ended = time.perf_counter()
            with suppress(ChildProcessError):
                while True:
                    os.wait()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        unit = 1 if sys.platform == "darwin" else 1024
        os.write(
            told,
            f"{status} {ended - started} {used.ru_utime + used.ru_stime} {used.ru_maxrss * unit}".encode(),
        )
    finally:
        os._exit(0)


def median(of: Iterable[Cost]) -> Cost:
    """The median of each figure."""
    costs = list(of)
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
        round(statistics.median(cost.memory for cost in costs)),
    )


def size_of(directory: Path) -> int:
    """The bytes of all files below a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
