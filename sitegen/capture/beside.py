"""Part of a task in a second process, while the first goes on with the rest.

memray's reader never lets go of the interpreter, so that threads are of no use. The second process is a copy of
the first, open files included. Whatever happens to it, the first does its part then, as if there had been none.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Begins the work in a second process; gives a function that waits for its result, which must pickle.

    The second process ends with the first, and when its time is up. Where the system cannot promise that
    (anywhere but on Linux), the work is done when the result is asked for.
    """
    if sys.platform != "linux":
        return work
    reading, writing = os.pipe()
    seconds, first = signal.getitimer(signal.ITIMER_REAL)[0], os.getpid()
    second = os.fork()
    if not second:
        os.close(reading)
        _work_and_end(work, writing, seconds, first)
    os.close(writing)

    def result() -> T:
        with os.fdopen(reading, "rb") as told:
            answer = told.read()
        _, status = os.waitpid(second, 0)
        if status:
            return work()
        made: T = pickle.loads(answer)  # what this very program has written
        return made

    return result


def _work_and_end(work: Callable[[], object], writing: int, seconds: float, first: int) -> None:
    status = 1
    with suppress(BaseException):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        if os.getppid() == first:  # it may have ended already
            with os.fdopen(writing, "wb") as telling:
                pickle.dump(work(), telling, pickle.HIGHEST_PROTOCOL)
            status = 0
    os._exit(status)
