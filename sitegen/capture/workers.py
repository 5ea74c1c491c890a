"""The processes in which captures are read, and how the build speaks with them.

Each has a pipe of its own, so that one that dies takes nothing with it but its batch; none is believed to
write sense into it. What happens in them is told in `worker`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Generic, TypeVar

from sitegen.capture import stderr
from sitegen.capture.failures import Failure, ended, too_big, too_slow
from sitegen.capture.interrupts import held_back, unheard_by_children
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Task
from sitegen.capture.watch import Watch
from sitegen.capture.worker import serve
from sitegen.errors import SitegenError, StoreError

T = TypeVar("T")

_PRELOADED = "sitegen.capture.preloaded"
GRACE = 5.0  # seconds after which a worker that slept through its alarm, or its end, is ended from outside
SILENT = 30  # seconds without a byte in the middle of an answer, after which it is none
_MOMENTS = (0.1, 0.5, 2.0)  # seconds in which a process that was killed is gone, on a busy machine too
_SILENCING = threading.Lock()  # of two builds at once, one would restore the other's silence


class Workers(Generic[T]):
    """Processes that do batches of tasks: most stay for the next, some end with their task.

    They are started when they are needed, and gone at the end of the `with` statement. `modules` are those of the
    tasks' functions: workers come with them loaded.
    """

    def __init__(self, limits: Limits, modules: Iterable[str]) -> None:
        self._limits = limits
        self._context = _context(modules)
        with held_back():
            self._scratch = tempfile.TemporaryDirectory(prefix="sitegen-")
        self._all: set[_Worker[T]] = set()
        self._idle: list[_Worker[T]] = []
        self._busy: dict[Connection, _Worker[T]] = {}
        self._watch = Watch(limits.memory_bytes)

    def __enter__(self) -> Workers[T]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.process.kill()
        for worker in self._all:
            worker.end()
        self._watch.stop()
        self._scratch.cleanup()

    @property
    def busy(self) -> int:
        """How many have a batch in hand."""
        return len(self._busy)

    def begin(self, batch: Sequence[Task[T]]) -> None:
        """Hands tasks to one worker, which does them one after the other. Those that run alone come alone.

        Raises SitegenError where no process can be started.
        """
        while self._idle and not batch[0].alone:
            worker = self._idle.pop()
            with suppress(OSError):
                worker.begin(batch, self._limits)
                self._busy[worker.connection] = worker
                return
            self._end(worker)  # it ended while it had nothing to do
        worker = self._started()
        self._busy[worker.connection] = worker
        with suppress(OSError):  # where it has ended already, `wait` finds out why
            worker.begin(batch, self._limits)

    def wait(self) -> tuple[Sequence[Task[T]], list[T | Failure] | None]:
        """The next batch that is done, or will not be, and its results; None where each task should be tried again,
        apart.

        Raises StoreError where none can be kept.
        """
        first = min(self._busy.values(), key=lambda worker: worker.deadline)
        ready = connection.wait(self._busy, max(0.0, first.deadline - time.monotonic()))
        worker = self._busy[ready[0]] if ready else first  # type: ignore[index]  # of these it gives some
        del self._busy[worker.connection]
        batch = worker.batch
        with suppress(EOFError):
            if ready:
                answer = worker.answer()
                self._let_go(worker)
                if isinstance(answer, StoreError):
                    raise answer
                return batch, answer
        exitcode = self._end(worker)
        late = not ready or -exitcode == signal.SIGALRM
        # Only one of them is to blame; or none, but what the same process read before and was damaged by.
        if len(batch) > 1 or not (batch[0].alone or late or -exitcode == signal.SIGKILL):
            return batch, None
        if late:
            return batch, [too_slow(self._limits.seconds(batch[0].size))]
        return batch, [self._epitaph(worker.pid, exitcode)]

    def _let_go(self, worker: _Worker[T]) -> None:
        """It is done with its batch: most wait for the next."""
        if worker.batch[0].alone:
            worker.process.kill()  # to end by itself, it would let go of all its memory piece by piece
            self._end(worker)
        else:
            self._idle.append(worker)

    def _end(self, worker: _Worker[T]) -> int:
        exitcode = worker.end()
        self._all.remove(worker)
        return exitcode

    def _started(self) -> _Worker[T]:
        try:
            for seconds in _MOMENTS:
                with suppress(EOFError, ConnectionError):  # what they are forked from was ended
                    return self._start()
                time.sleep(seconds)
            return self._start()
        except (OSError, EOFError) as error:
            raise SitegenError(
                f"no process to read captures in can be started: {error}",
                "Where a path is too long, set TMPDIR to a directory with a short one; "
                "else allow more open files or processes (`ulimit -n`, `ulimit -u`).",
            ) from None

    def _start(self) -> _Worker[T]:
        with held_back(), _silence(), unheard_by_children():
            forkserver.ensure_running()
        worker: _Worker[T] = _Worker(self._context, self._scratch.name, self._limits.memory_bytes)
        self._all.add(worker)
        return worker

    def _epitaph(self, process: int, exitcode: int) -> Failure:
        """Why a process ended before its task."""
        last_words = ""
        with suppress(OSError):
            last_words = stderr.last_words(f"{self._scratch.name}/{process}")
        ran_out = any(word in last_words for word in ("bad_alloc", "MemoryError", "cannot allocate memory"))
        if ran_out or process in self._watch.ended:
            return too_big(self._limits.memory_bytes)
        return ended(exitcode, last_words)


class _Worker(Generic[T]):
    """A process, the way to it, and what it does now: which batch, until when at the latest."""

    def __init__(self, context: ForkServerContext, scratch: str, memory_bytes: int | None) -> None:
        self.connection, theirs = context.Pipe()
        with theirs:
            _wait_for_the_rest_of_an_answer(self.connection)
            self.process = context.Process(target=serve, args=(theirs, scratch, memory_bytes), daemon=True)
            self.process.start()
        self.pid = self.process.pid or 0
        self.batch: Sequence[Task[T]] = ()
        self.deadline = 0.0

    def begin(self, batch: Sequence[Task[T]], limits: Limits) -> None:
        """Hands it a batch. Raises OSError where it has ended."""
        timed = [(task.call, limits.seconds(task.size)) for task in batch]
        self.batch = batch
        self.deadline = time.monotonic() + sum(seconds for _, seconds in timed) + GRACE
        self.connection.send(timed)

    def answer(self) -> list[T | Failure] | StoreError | None:
        """What it says of its batch. Raises EOFError where that is nothing, or makes no sense."""
        try:
            said = self.connection.recv()
        except Exception as error:  # a reader gone mad writes anything, anywhere
            raise EOFError from error
        if isinstance(said, list) and len(said) != len(self.batch):
            raise EOFError
        if not isinstance(said, list | StoreError | None):
            raise EOFError
        return said

    def end(self) -> int:
        """Sees to it that the process has ended, and gives its exit code, negative for a signal."""
        self.connection.close()
        self.process.join(GRACE if time.monotonic() < self.deadline else 0)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        return self.process.exitcode or 0


def _wait_for_the_rest_of_an_answer(workers: Connection) -> None:
    """For so long, and not for ever: what begins as an answer need be none."""
    with socket.fromfd(workers.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENT, 0))


def _context(modules: Iterable[str]) -> ForkServerContext:
    """Workers are forked from a process that has loaded already what they need, memray above all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED, *sorted({*modules} - {"__main__"})])
    return context


@contextmanager
def _silence() -> Iterator[None]:
    """What is started meanwhile has no terminal: workers orphaned as they start complain at length."""
    with _SILENCING:
        terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            os.close(nowhere)
