"""Swaps two directories in one step, where the system can."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux's renameat2
_RENAME_SWAP = 2  # macOS's renamex_np


def exchange(one: Path, other: Path) -> None:
    """Give each of two existing paths what the other one had, at once: nobody sees a moment without either.

    Raises OSError where the system or the file system has no such call (ENOSYS, EINVAL, ENOTSUP), and
    where the paths cannot be renamed (EXDEV, EBUSY, EACCES).
    """
    import ctypes  # takes a while to load, and is not needed where nothing changed

    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(*paths, _RENAME_SWAP)
        else:
            failed = libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE)
    except AttributeError:  # a C library without the call
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))
