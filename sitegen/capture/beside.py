"""Part of a task in a second process, while the first goes on with the rest.

memray's reader never lets go of the interpreter, so that threads are of no use. The second process is a copy of
the first, open files included. Whatever happens to it, the first does its part then, as if there had been none.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1


class Later(Generic[T]):
    """Work that is done here, when its result is asked for."""

    def __init__(
        self,
        work: Callable[[], T],
        after: Later[Any] | None = None,  # noqa: ARG002  # here one follows the other anyway
    ) -> None:
        self._work = work

    def result(self) -> T:
        """The result; waits for it. To be asked for once."""
        return self._work()

    def __enter__(self) -> Later[T]:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends what goes on, where nobody has asked for its result."""


class Beside(Later[T]):
    """Work that a second process does, whose result must pickle.

    Begun at once, or when the process of `after` is at its end, so that no two of them are busy at a time. It
    ends with the first, and when its time is up. Where the system cannot promise that (anywhere but on Linux),
    the work is done as `Later` does it.
    """

    def __init__(self, work: Callable[[], T], after: Later[Any] | None = None) -> None:
        super().__init__(work)
        self._process: int | None = None
        if sys.platform != "linux":
            return
        self._answer, writing = os.pipe()
        seconds, first = signal.getitimer(signal.ITIMER_REAL)[0], os.getpid()
        earlier = _end_of(after._process) if isinstance(after, Beside) else None
        second = os.fork()
        if not second:
            os.close(self._answer)
            _work_and_end(work, writing, seconds, first, earlier)
        self._process = second
        os.close(writing)
        if earlier is not None:
            os.close(earlier)

    def result(self) -> T:
        if self._process is None:
            return self._work()
        with os.fdopen(self._answer, "rb") as told:
            answer = told.read()
        _, status = os.waitpid(self._process, 0)
        self._process = None
        if status:
            return self._work()
        made: T = pickle.loads(answer)  # what this very program has written
        return made

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            os.close(self._answer)
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = None


def _end_of(process: int | None) -> int | None:
    """A file that can be read when the process is at its end; None where there is no such thing."""
    if process is None:
        return None
    with suppress(OSError):
        return os.pidfd_open(process)
    return None


def _work_and_end(
    work: Callable[[], object], writing: int, seconds: float, first: int, earlier: int | None
) -> None:
    status = 1
    with suppress(BaseException):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        if os.getppid() == first:  # it may have ended already
            if earlier is not None:
                select.select([earlier], [], [])
            with os.fdopen(writing, "wb") as telling:
                pickle.dump(work(), telling, pickle.HIGHEST_PROTOCOL)
            status = 0
    os._exit(status)
