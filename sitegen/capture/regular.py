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
    return os.fdopen(_checked(path, os.O_RDONLY)[0], "rb")


@contextmanager
def descriptor_of(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """The same as a bare descriptor, which is open inside the `with` statement, and how the file looks: for little
    from many files.
    """
    descriptor, info = _checked(path, os.O_RDONLY)
    try:
        yield descriptor, info
    finally:
        os.close(descriptor)


def append_regular(path: Path, data: bytes) -> None:
    """Append to a regular file, made where there is none, in one call. Raises OSError as `open_regular` does."""
    with os.fdopen(_checked(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)[0], "ab", buffering=0) as file:
        file.write(data)


def _checked(path: str | Path, flags: int) -> tuple[int, os.stat_result]:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return descriptor, info
