"""Opens files of the site, and no others."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sitegen.site.manifest import is_plain

_ABSENT = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK, errno.ENAMETOOLONG, errno.EACCES, errno.ENXIO}
)
_TRIES = 5


class Opened(msgspec.Struct, frozen=True):
    """A regular file: its descriptor, and what is known of it."""

    descriptor: int
    info: os.stat_result

    def read(self) -> bytes:
        """All of it."""
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            return file.read()

    def close(self) -> None:
        os.close(self.descriptor)


@contextmanager
def opened(root: Path, path: str) -> Iterator[Opened | None]:
    """The file at a path (with `/`) below the root, for as long as it is needed; None where there is none."""
    file = open_file(root, path)
    try:
        yield file
    finally:
        if file is not None:
            file.close()


def open_file(root: Path, path: str) -> Opened | None:
    """Open a regular file below the root; None where there is none. The caller closes it.

    Links are not followed, so nothing outside is ever opened. What was opened stays readable when the site
    is replaced by the next one.
    """
    if not is_plain(path):
        return None
    for _ in range(_TRIES):
        before = _identity(root)
        try:
            return _regular(_descend(root, path.split("/")))
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
        except ValueError:  # a character that no path can have
            return None
        # The site may have been replaced, and taken apart, while we were in it.
        if _identity(root) == before:
            break
    return None


def _descend(root: Path, parts: list[str]) -> int:
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            os.close(directory)
            directory = below
        # Not blocking: whoever opens a pipe would wait for its other end.
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    finally:
        os.close(directory)


def _regular(descriptor: int) -> Opened | None:
    info = os.fstat(descriptor)
    if stat.S_ISREG(info.st_mode):
        return Opened(descriptor, info)
    os.close(descriptor)
    return None


def _identity(root: Path) -> tuple[int, int, int] | None:
    # With the time: the next site but one can have the number that this one had.
    try:
        info = root.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino, info.st_ctime_ns
