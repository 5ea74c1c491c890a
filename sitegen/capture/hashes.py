"""The SHA-256 of files, remembered for as long as the files look the same."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sitegen.capture.regular import append_regular, open_regular

_SETTLED = 60 * 10**9
"""Nanoseconds that a file must have been left alone before it was read, for its times to be believed.

Two changes within one tick of a clock have one time; and what a process writes to a file that it has
mapped, as memray does, shows in the file's times half a minute late.
"""

_AT_ONCE = 64
"""So many lines are written together, as each by itself costs more than to read a small file."""

_LARGE = 1 << 20
"""A file of so many bytes is not to be read again because the build was interrupted: its line is written at once."""

_MOST_BYTES = 8 << 20  # of the file, some 50,000 lines
_BLOCK = 1 << 16

_LINE = re.compile(rb"^[0-9a-f]{32}( \d+){4} [0-9a-f]{64}$", re.MULTILINE)


class Hashes:
    """A text file of lines "NAME SIZE TIME INODE DEVICE SHA256", of which the last of a name counts.

    NAME is a hash of the file's path. Builds that run at the same time append to it; a line that makes no
    sense is none. The worst that can be lost is the time to read a file again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # NAME -> the rest of its line, as text: there may be any number of them.
        self._known: dict[str, str] | None = None
        self._new: list[str] = []

    def of(self, path: str | Path) -> str:
        """The SHA-256 of a file's content, in hexadecimal. Raises OSError where it cannot be read."""
        if self._known is None:
            self._known = self._load()
        name = hashlib.blake2b(os.fsencode(os.path.abspath(path)), digest_size=16).hexdigest()  # noqa: PTH100  # for each capture
        look, _, digest = self._known.get(name, "").rpartition(" ")
        if look and look == _look(os.stat(path)):  # noqa: PTH116  # called for each capture
            return digest
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

    def _read(self, path: str | Path, name: str, known: dict[str, str]) -> str:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # no Path for each of many files
            before = os.fstat(file.fileno())
            now = time.time_ns()
            digest = _sha256(file)
            after = os.fstat(file.fileno())
        if _look(before) == _look(after) and before.st_mtime_ns + _SETTLED < now:
            known[name] = f"{_look(before)} {digest}"
            self._new.append(f"{name} {known[name]}\n")
            if len(self._new) >= _AT_ONCE or after.st_size >= _LARGE:
                self.keep()
        return digest

    def keep(self) -> None:
        """Write down what was read and is not yet written."""
        new, self._new = self._new, []
        if not new:
            return
        with suppress(OSError):  # in one call: lines of two builds do not mix
            append_regular(self._path, "".join(new).encode())

    def _load(self) -> dict[str, str]:
        known = {}
        with suppress(OSError), open_regular(self._path) as file:
            for line in file:
                if _LINE.match(line):
                    name, _, rest = line.decode().rstrip("\n").partition(" ")
                    known[name] = rest
        return known


def is_hashes(path: Path) -> bool:
    """Whether a file is such a list, or empty; not one that happens to have its name."""
    try:
        with open_regular(path) as file:
            content = file.read(2 * _MOST_BYTES)
    except OSError:
        return False
    return not content or _LINE.search(content) is not None


def _sha256(file: BinaryIO) -> str:
    """What `hashlib.file_digest` gives, which clears 256 kB before it reads a file of six."""
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _look(found: os.stat_result) -> str:
    """How a file looks, as lines have it: its size, the time it was changed (ns), its inode, its device."""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino} {found.st_dev}"
