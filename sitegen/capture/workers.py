"""The processes in which captures are read.

memray's reader is native code that never lets go of the interpreter and ignores signals that have a
handler. So each worker has a limit of memory and an alarm clock that nothing in the process can hear:
when it rings, the kernel ends the process, even where the build itself is gone. What a worker said last
is read from its stderr, which is a file.

The processes are pebble's: its pools survive a dying worker and say which task it had.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

import pebble

from sitegen.capture import stderr
from sitegen.capture.interrupts import unheard_by_children
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Failure, Task
from sitegen.capture.watch import Watch
from sitegen.errors import SitegenError, StoreError

T = TypeVar("T")

_PRELOADED = "sitegen.capture.preloaded"
_GRACE = 5.0  # seconds after which a worker that slept through its alarm is ended from outside
_TRIES = 3
_CRASHES = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV}
_LOOK_FOR_GARBAGE = 100_000  # objects made and kept before it is looked for
_REPORT = "This is a defect of sitegen: please report it, if you can with the file."

# What workers do not hear, as nothing in them handles it, they will not hear later either.
pebble.CONSTS.term_timeout = 0.2


class Workers:
    """The pools, of workers that stay and of workers that end with their task; started when first needed.

    `modules` are those of the tasks' functions: workers come with them loaded.
    """

    def __init__(self, limits: Limits, modules: Iterable[str]) -> None:
        self._limits = limits
        self._modules = modules
        self._scratch = tempfile.TemporaryDirectory(prefix="sitegen-")
        self._pools: dict[bool, pebble.ProcessPool] = {}
        self._lost: Counter[Hashable] = Counter()
        self._watch = Watch(limits.memory_bytes)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types its functions in part
        for pool in self._pools.values():
            pool.join()
        self._watch.stop()
        self._scratch.cleanup()

    def schedule(self, batch: Sequence[Task[T]]) -> Future[list[T | Failure]]:
        """Hands tasks to one worker, which does them one after the other. Those that run alone come alone."""
        timed = [(task.call, self._limits.seconds(task.size)) for task in batch]
        arguments = (timed, self._limits.memory_bytes)
        patience = sum(seconds for _, seconds in timed) + _GRACE
        try:
            return self._pool(alone=batch[0].alone).schedule(_do_all, arguments, timeout=patience)
        except (OSError, BrokenExecutor) as error:
            reason = error.__cause__ or error
            raise SitegenError(
                f"no process to read captures in can be started: {reason}",
                "Where a path is too long, set TMPDIR to a directory with a short one; "
                "else allow more open files or processes (`ulimit -n`, `ulimit -u`).",
            ) from None

    def outcomes(self, future: Future[list[T | Failure]], batch: Sequence[Task[T]]) -> list[T | Failure]:
        """The results of tasks, or why there are none.

        Raises LostError where each should be tried again, apart, and StoreError where none can be kept.
        """
        try:
            return future.result()
        except BrokenExecutor:
            # The pool gave up on all its tasks, without telling whose fault it was.
            self._lost.update(task.key for task in batch)
            if any(self._lost[task.key] < _TRIES for task in batch):
                raise LostError from None
            return [Failure("could not be read: its worker process was lost", "Build again.")] * len(batch)
        except StoreError:
            raise
        except Exception as error:
            # Only one of them is to blame; or none, but what the same process read before and was damaged by.
            if len(batch) > 1 or (_is_crash(error) and not batch[0].alone):
                raise LostError from None
            return [self._blame(error, self._limits.seconds(batch[0].size))]

    def _blame(self, error: Exception, seconds: float) -> Failure:
        """Why a task has no result."""
        if isinstance(error, pebble.ProcessExpired):
            return self._epitaph(error, seconds)
        return _too_slow(seconds) if isinstance(error, TimeoutError) else _defect(error)

    def _pool(self, *, alone: bool) -> pebble.ProcessPool:
        pool = self._pools.get(alone)
        if pool is None or not pool.active:
            pool = self._pools[alone] = pebble.ProcessPool(
                max_workers=self._limits.jobs,
                max_tasks=int(alone),
                initializer=_begin,
                initargs=(self._scratch.name, self._limits.memory_bytes),
                context=_context(self._modules),
            )
        return pool

    def _epitaph(self, death: pebble.ProcessExpired, seconds: float) -> Failure:
        if -death.exitcode == signal.SIGALRM:
            return _too_slow(seconds)
        last_words = ""
        with suppress(OSError):
            last_words = (Path(self._scratch.name) / str(death.pid)).read_text(errors="replace")
        ran_out = any(word in last_words for word in ("bad_alloc", "MemoryError", "cannot allocate memory"))
        if ran_out or death.pid in self._watch.ended:
            return _too_big(self._limits.memory_bytes)
        if -death.exitcode == signal.SIGKILL:
            return Failure(
                "could not be read: the system killed the process that read it, most likely for its memory",
                "Build with fewer --jobs, or on a machine with more memory.",
            )
        if death.exitcode > 0:
            said = last_words.strip().rpartition("\n")[2] or f"exit code {death.exitcode}"
            return Failure(f"could not be analysed: its worker process ended ({said})", _REPORT)
        return Failure(
            f"crashed memray's reader ({signal.Signals(-death.exitcode).name})",
            "The file is damaged; copy it again or record it again.",
        )


class LostError(Exception):
    """Tasks have no result, for a reason that is not their own or that of one of them."""


def _is_crash(error: Exception) -> bool:
    """Whether a worker's own doing ended it, neither its alarm clock nor somebody else."""
    return isinstance(error, pebble.ProcessExpired) and -error.exitcode in _CRASHES


def _begin(scratch: str, memory_bytes: int | None) -> None:
    """Make a new process a worker."""
    # pebble's handler cannot run while native code does; the default one ends the process at once.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
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
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _do_all(tasks: Sequence[tuple[Callable[[], T], float]], memory_bytes: int | None) -> list[T | Failure]:
    """Do tasks, each in its time, in a worker."""
    return [_do(call, seconds, memory_bytes) for call, seconds in tasks]


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


def _context(modules: Iterable[str]) -> BaseContext:
    """Workers are forked from a process that has loaded already what they need, memray above all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED, *sorted({*modules} - {"__main__"})])
    with _silence(), unheard_by_children():
        forkserver.ensure_running()
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
        f"took longer than {seconds:.0f} s to read",
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
