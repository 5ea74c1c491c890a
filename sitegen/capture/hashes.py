"""The SHA-256 of files, remembered for as long as the files look the same."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from sitegen.capture.regular import append_regular, open_regular

_SETTLED = 60 * 10**9
"""Nanoseconds that a file must have been left alone before it was read, for its times to be believed.

Two changes within one tick of a clock have one time; and what a process writes to a file that it has
mapped, as memray does, shows in the file's times half a minute late.
"""

_MOST_BYTES = 8 << 20  # of the file, some 50,000 lines

_LINE = re.compile(rb"^[0-9a-f]{32}( \d+){4} [0-9a-f]{64}$", re.MULTILINE)

_Look = tuple[int, int, int, int]
"""How a file looks: its size, the time it was changed (ns), its inode, its device."""


class Hashes:
    """A text file of lines "NAME SIZE TIME INODE DEVICE SHA256", of which the last of a name counts.

    NAME is a hash of the file's path. Builds that run at the same time append to it; a line that makes no
    sense is none. The worst that can be lost is the time to read a file again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[_Look, str]] | None = None

    def of(self, path: str | Path) -> str:
        """The SHA-256 of a file's content, in hexadecimal. Raises OSError where it cannot be read."""
        if self._known is None:
            self._known = self._load()
        name = hashlib.blake2b(os.fsencode(os.path.abspath(path)), digest_size=16).hexdigest()  # noqa: PTH100
        known = self._known.get(name)
        if known is not None and known[0] == _look(os.stat(path)):  # noqa: PTH116  # called for each capture
            return known[1]
        return self._read(path, name, self._known)

    def trim(self) -> None:
        """Forget the older half of what is remembered, where that is too much."""
        with suppress(OSError):
            if self._path.stat().st_size <= _MOST_BYTES:
                return
            lines = self._path.read_bytes().splitlines(keepends=True)
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.write_bytes(b"".join(lines[len(lines) // 2 :]))
            new.replace(self._path)

    def _read(self, path: str | Path, name: str, known: dict[str, tuple[_Look, str]]) -> str:
        with open(path, "rb") as file:  # noqa: PTH123  # no Path for each of many files
            before = _look(os.fstat(file.fileno()))
            now = time.time_ns()
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = _look(os.fstat(file.fileno()))
        if before == after and before[1] + _SETTLED < now:
            known[name] = (before, digest)
            line = " ".join((name, *map(str, before), digest))
            with suppress(OSError):
                append_regular(
                    self._path, f"{line}\n".encode()
                )  # in one call: lines of two builds do not mix
        return digest

    def _load(self) -> dict[str, tuple[_Look, str]]:
        try:
            with open_regular(self._path) as file:
                lines = file.read().decode("ascii", "replace").splitlines()
        except OSError:
            return {}
        known = {}
        for line in lines:
            with suppress(ValueError):
                name, size, changed, inode, device, digest = line.split()
                if len(digest) == 64:
                    known[name] = ((int(size), int(changed), int(inode), int(device)), digest)
        return known


def is_hashes(path: Path) -> bool:
    """Whether a file is such a list, or empty; not one that happens to have its name."""
    try:
        with open_regular(path) as file:
            content = file.read(2 * _MOST_BYTES)
    except OSError:
        return False
    return not content or _LINE.search(content) is not None


def _look(found: os.stat_result) -> _Look:
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev
