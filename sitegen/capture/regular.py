"""Opens files that may be anything: a FIFO or a device that somebody put there stops no build."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file for reading; a FIFO or device raises OSError instead of blocking."""
    return os.fdopen(_checked(path, os.O_RDONLY), "rb")


@contextmanager
def descriptor_of(path: str) -> Iterator[int]:
    """The same as a bare descriptor, which is open inside the `with` statement: for little from many files."""
    descriptor = _checked(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def append_regular(path: Path, data: bytes) -> None:
    """Append to a regular file, made where there is none, in one call. Raises OSError as `open_regular` does."""
    with os.fdopen(_checked(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab", buffering=0) as file:
        file.write(data)


def _checked(path: str | Path, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return descriptor
