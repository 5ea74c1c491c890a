"""What a worker process does: one batch of tasks after the other.

memray's reader is native code that never lets go of the interpreter and ignores signals that have a
handler. So a worker has a limit of memory and an alarm clock that nothing in the process can hear: when it
rings, the kernel ends the process, even where the build itself is gone. What a worker said last is read
from its stderr, which is a file.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from sitegen.capture import stderr
from sitegen.capture.failures import Failure, defect, too_big
from sitegen.errors import SitegenError, StoreError

T = TypeVar("T")

_LOOK_FOR_GARBAGE = 100_000  # objects made and kept before it is looked for


def serve(tasks: Connection, scratch: str, memory_bytes: int | None) -> None:
    """Does batches as they come, until nobody wants more. `scratch` is where its stderr goes."""
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
        return pickle.dumps([defect(error)] if len(timed) == 1 else None)


def _begin(scratch: str, memory_bytes: int | None) -> None:
    """Make a new process a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # who started the build may have ignored it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stderr.redirect(f"{scratch}/{os.getpid()}")
    tempfile.tempdir = scratch  # what a process that is killed leaves behind goes with it
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
        return too_big(memory_bytes)
    except OSError as error:
        return Failure(
            f"cannot be read: {error.strerror or error}", "Check that it is there, and its permissions."
        )
    except Exception as error:
        return defect(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
