"""The processes in which captures are read.

memray's reader is native code that never lets go of the interpreter and ignores signals that have a
handler. So each worker has a limit of memory and an alarm clock that nothing in the process can hear:
when it rings, the kernel ends the process, even where the build itself is gone. What a worker said last
is read from its stderr, which is a file.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from traceback import extract_tb
from typing import Generic, TypeVar

from sitegen.capture import stderr
from sitegen.capture.interrupts import unheard_by_children
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Failure, Task
from sitegen.capture.watch import Watch
from sitegen.errors import SitegenError, StoreError

T = TypeVar("T")

_PRELOADED = "sitegen.capture.preloaded"
GRACE = 5.0  # seconds after which a worker that slept through its alarm, or its end, is ended from outside
_MOMENT = 0.2  # seconds in which a process that was killed is gone
_CRASHES = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV}
SILENT = 30  # seconds without a byte in the middle of an answer, after which it is none
_LOOK_FOR_GARBAGE = 100_000  # objects made and kept before it is looked for
_REPORT = "This is a defect of sitegen: please report it, if you can with the file."


class Workers(Generic[T]):
    """Processes that do batches of tasks: most stay for the next, some end with their task.

    Each has a pipe of its own, so that one that dies takes nothing with it but its batch. They are started when
    they are needed, and gone at the end of the `with` statement. `modules` are those of the tasks' functions:
    workers come with them loaded.
    """

    def __init__(self, limits: Limits, modules: Iterable[str]) -> None:
        self._limits = limits
        self._context = _context(modules)
        self._scratch = tempfile.TemporaryDirectory(prefix="sitegen-")
        self._idle: list[_Worker[T]] = []
        self._busy: dict[Connection, _Worker[T]] = {}
        self._leaving: list[_Worker[T]] = []
        self._watch = Watch(limits.memory_bytes)

    def __enter__(self) -> Workers[T]:
        return self

    def __exit__(self, *_: object) -> None:
        everyone = [*self._idle, *self._busy.values(), *self._leaving]
        for worker in everyone:
            worker.process.kill()
        for worker in everyone:
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
        self._leaving = [worker for worker in self._leaving if worker.process.exitcode is None]
        while self._idle and not batch[0].alone:
            worker = self._idle.pop()
            try:
                worker.begin(batch, self._limits)
            except OSError:  # it ended while it had nothing to do
                worker.end()
                continue
            self._busy[worker.connection] = worker
            return
        worker = self._started()
        self._busy[worker.connection] = worker
        with suppress(OSError):  # where it has ended already, `wait` finds out why
            worker.begin(batch, self._limits)

    def wait(self) -> tuple[Sequence[Task[T]], list[T | Failure] | None]:
        """The next batch that is done, or will not be, and its results; None where each task should be tried again,
        apart.

        Raises StoreError where none can be kept.
        """
        latest = min(worker.deadline for worker in self._busy.values())
        ready = connection.wait(self._busy, max(0.0, latest - time.monotonic()))
        late = [worker for worker in self._busy.values() if worker.deadline <= latest]
        worker = self._busy[ready[0]] if ready else late[0]  # type: ignore[index]  # of these it gives some
        del self._busy[worker.connection]
        batch = worker.batch
        if ready:
            with suppress(EOFError):
                answer = worker.answer()
                self._let_go(worker)
                if isinstance(answer, StoreError):
                    raise answer
                return batch, answer
        exitcode = worker.end()
        late_itself = not ready or -exitcode == signal.SIGALRM
        # Only one of them is to blame; or none, but what the same process read before and was damaged by.
        if len(batch) > 1 or not (batch[0].alone or late_itself or -exitcode == signal.SIGKILL):
            return batch, None
        if late_itself:
            return batch, [_too_slow(self._limits.seconds(batch[0].size))]
        return batch, [self._epitaph(worker.pid, exitcode)]

    def _let_go(self, worker: _Worker[T]) -> None:
        """It is done with its batch: most wait for the next."""
        if worker.batch[0].alone:
            worker.connection.close()  # at which it ends
            self._leaving.append(worker)
        else:
            self._idle.append(worker)

    def _started(self) -> _Worker[T]:
        try:
            try:
                return self._start()
            except (EOFError, ConnectionError):  # what they are forked from was ended
                time.sleep(_MOMENT)
                return self._start()
        except (OSError, EOFError) as error:
            raise SitegenError(
                f"no process to read captures in can be started: {error}",
                "Where a path is too long, set TMPDIR to a directory with a short one; "
                "else allow more open files or processes (`ulimit -n`, `ulimit -u`).",
            ) from None

    def _start(self) -> _Worker[T]:
        with _silence(), unheard_by_children():
            forkserver.ensure_running()
        return _Worker(self._context, self._scratch.name, self._limits.memory_bytes)

    def _epitaph(self, process: int, exitcode: int) -> Failure:
        """Why a process ended before its task."""
        last_words = ""
        with suppress(OSError):
            last_words = (Path(self._scratch.name) / str(process)).read_text(errors="replace")
        ran_out = any(word in last_words for word in ("bad_alloc", "MemoryError", "cannot allocate memory"))
        if ran_out or process in self._watch.ended:
            return _too_big(self._limits.memory_bytes)
        if -exitcode == signal.SIGKILL:
            return Failure(
                "could not be read: the system killed the process that read it, most likely for its memory",
                "Build with fewer --jobs, or on a machine with more memory.",
            )
        if exitcode >= 0:
            said = last_words.strip().rpartition("\n")[2] or f"exit code {exitcode}"
            return Failure(f"could not be analysed: its worker process ended ({said})", _REPORT)
        if -exitcode in _CRASHES:
            return Failure(
                f"crashed memray's reader ({signal.Signals(-exitcode).name})",
                "The file is damaged; copy it again or record it again.",
            )
        return Failure(
            f"could not be read: the process that read it was ended ({signal.strsignal(-exitcode) or -exitcode})",
            "Build again; it may be a limit of this machine (`ulimit -a`).",
        )


class _Worker(Generic[T]):
    """A process, the way to it, and what it does now: which batch, until when at the latest."""

    def __init__(self, context: ForkServerContext, scratch: str, memory_bytes: int | None) -> None:
        self.connection, theirs = context.Pipe()
        with theirs:
            _wait_for_the_rest_of_an_answer(self.connection)
            self.process = context.Process(target=_serve, args=(theirs, scratch, memory_bytes), daemon=True)
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


def _serve(tasks: Connection, scratch: str, memory_bytes: int | None) -> None:
    """What a worker does: one batch after the other, until nobody wants more of it."""
    with suppress(EOFError, OSError):
        try:
            _begin(scratch, memory_bytes)
        except OSError as error:
            hint = "Make room there, or set TMPDIR to another directory."
            tasks.send(StoreError(f"{scratch} cannot be used: {error.strerror or error}", hint))
            return
        while True:
            tasks.send_bytes(_answer(tasks.recv(), memory_bytes))


def _answer(timed: Sequence[tuple[Callable[[], T], float]], memory_bytes: int | None) -> bytes:
    """The pickled results of a batch; None where one of several does not pickle, the error where none can be kept."""
    try:
        answer = [_do(call, seconds, memory_bytes) for call, seconds in timed]
    except StoreError as error:
        return pickle.dumps(error)
    try:
        return pickle.dumps(answer)
    except Exception as error:  # what is to be pickled raises what it likes
        return pickle.dumps([_defect(error)] if len(timed) == 1 else None)


def _begin(scratch: str, memory_bytes: int | None) -> None:
    """Make a new process a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stderr.redirect(f"{scratch}/{os.getpid()}")
    os.dup2(2, 1)  # the terminal belongs to the command line
    # A call tree is very many small objects that all live on: to look for garbage among them again and again
    # takes a quarter of the time, and there is next to none.
    gc.freeze()
    gc.set_threshold(_LOOK_FOR_GARBAGE)
    gc.enable()
    if memory_bytes is not None and sys.platform == "linux":
        # Not the address space: files that are mapped to be read, as debug symbols are, cost nothing.
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        least = min(memory_bytes, sys.maxsize if most == resource.RLIM_INFINITY else most)
        resource.setrlimit(resource.RLIMIT_DATA, (least, least))


def _do(call: Callable[[], T], seconds: float, memory_bytes: int | None) -> T | Failure:
    """Do a task, in a worker. Ends the process when time is up."""
    stderr.forget()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return call()
    except StoreError:
        raise  # the next capture would fare no better, and none of them is to blame
    except SitegenError as error:
        return Failure(error.message, error.hint)
    except MemoryError:
        return _too_big(memory_bytes)
    except OSError as error:
        return Failure(
            f"cannot be read: {error.strerror or error}", "Check that it is there, and its permissions."
        )
    except Exception as error:
        return _defect(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _context(modules: Iterable[str]) -> ForkServerContext:
    """Workers are forked from a process that has loaded already what they need, memray above all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED, *sorted({*modules} - {"__main__"})])
    return context


@contextmanager
def _silence() -> Iterator[None]:
    """What is started meanwhile has no terminal: workers orphaned as they start complain at length."""
    terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)


def _too_slow(seconds: float) -> Failure:
    return Failure(
        f"took longer than {seconds:.3g} s to read",
        "The file is damaged, or the machine is slow: a higher --timeout gives it more time.",
    )


def _too_big(memory_bytes: int | None) -> Failure:
    limit = f"{memory_bytes / 1e6:,.0f} MB" if memory_bytes is not None else "there is"
    return Failure(
        f"needs more memory than {limit} to read",
        "The file is damaged, or very large: a higher --memory, or fewer --jobs, give it more.",
    )


def _defect(error: Exception) -> Failure:
    frames = extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return Failure(f"could not be analysed: {type(error).__name__}: {error}{place}", _REPORT)
