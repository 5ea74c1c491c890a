"""Functions for workers that do what a broken reader does."""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from sitegen.capture.opening import READER_ERRORS
from sitegen.capture.stable import stable_copy
from sitegen.errors import CaptureError, StoreError

_damaged: list[bool] = []


def answer(value: int) -> int:
    return value


def process() -> int:
    return os.getpid()


def parent() -> int:
    return os.getppid()


def find_no_room() -> None:
    raise StoreError("what was read cannot be kept", "Make room there.")


def loop() -> None:
    """As native code does: no handler of Python's ever runs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def read_for_ever(path: Path, settings: object, processes: int) -> None:  # noqa: ARG001 - what readers are given
    """A capture without an end, of which a copy is taken first."""
    with stable_copy(path):
        loop()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def damage() -> None:
    """As a reader does that writes where it should not, and lives on."""
    _damaged.append(True)


def stumble_if_damaged() -> int:
    """Whoever comes after `damage` in the same process dies."""
    if _damaged:
        os.abort()
    return 1


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def be_ended() -> None:
    """By a signal that is no crash, and has no name where there are such."""
    os.kill(os.getpid(), getattr(signal, "SIGRTMIN", signal.SIGUSR1) + 1)


def leave() -> None:
    os._exit(7)


def write_rubbish(rubbish: bytes) -> None:
    """As a reader does that writes where it should not: to the build, which waits for an answer."""
    for descriptor in range(3, 100):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, rubbish)


def close_all() -> None:
    """Then nobody hears of this process any more."""
    os.closerange(3, 100)
    time.sleep(60)


def eat() -> None:
    """As Python code does: MemoryError."""
    held = []
    while True:
        held.append(b"\1" * (32 << 20))


def eat_natively() -> None:
    """As C++ code does that nobody catches: the words of its runtime, then abort()."""
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    while malloc(ctypes.c_size_t(32 << 20)):
        pass
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def complain() -> None:
    raise CaptureError("is not a memray capture", "Remove it.")


def stumble() -> None:
    raise READER_ERRORS[-1]("of ours")


def open_missing() -> None:
    Path("/nowhere/at/all").read_bytes()


def return_what_does_not_pickle() -> object:
    return lambda: None


def chatter() -> int:
    """Writes to both streams, past Python."""
    os.write(1, b"to stdout\n")
    os.write(2, b"to stderr\n")
    print("and", file=sys.stderr)
    return 1
