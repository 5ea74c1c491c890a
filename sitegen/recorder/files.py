"""The files of one recording. Stdlib only.

Names are `capture.naming`'s: `MODULE@INSTANCE~PID.bin`, with `.001`, `.002` before `.bin` where the
recording is cut into chunks. A process id comes back sooner or later, in containers at every start: then
`~PID-2` says that this is another recording. No file is ever written over.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from sitegen.capture.naming import file_name, is_named_like_capture, read_file_name
from sitegen.recorder.choose import split_name


class Series:
    """The files that one recording writes, one after the other. Only these are ever renamed or deleted."""

    def __init__(self, directory: Path, name: str, *, chunked: bool) -> None:
        self._directory = directory
        self._module, self._instance = split_name(name)
        self._numbered = chunked
        self._again = 1
        self._chunk = 0
        self._written: list[Path] = []

    def claim(self) -> Path:
        """The path of the next capture: a new, empty file. Makes the directory where it is not.

        Raises OSError where that cannot be.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        if not self._chunk:
            self._again = self._first_free()
        while True:
            path = self._path(self._chunk + 1 if self._numbered or self._chunk else None)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            except FileExistsError:  # another process of this id, in another container, was faster
                self._again = self._first_free()
                continue
            self._chunk += 1
            self._written.append(path)
            return path

    def give_back(self, path: Path) -> None:
        """Remove the capture that was claimed last, because nothing came of it."""
        self._written.remove(path)
        self._chunk -= 1
        path.unlink(missing_ok=True)

    def number_first(self) -> None:
        """Number the first capture, now that it is finished and another follows, where none was expected."""
        if not self._numbered and len(self._written) > 1:
            self._numbered = True
            with suppress(FileNotFoundError):  # whoever took it away by now has it under its first name
                self._written[0] = self._written[0].rename(self._path(1))

    def keep_newest(self, number: int) -> None:
        """Delete all but the newest captures of this recording."""
        old, self._written = self._written[:-number], self._written[-number:]
        for path in old:
            path.unlink(missing_ok=True)

    def _path(self, chunk: int | None) -> Path:
        return self._directory / file_name(self._module, self._instance, os.getpid(), chunk, self._again)

    def _first_free(self) -> int:
        # Whatever an earlier process of this id left bars its number: its chunk 7 and our chunk 1 would be
        # taken for one recording.
        taken = [path.name for path in self._directory.iterdir()]
        for again in count(1):
            name = file_name(self._module, self._instance, os.getpid(), None, again)
            stem = name.removesuffix("bin")
            if not any(other.startswith(stem) for other in taken):
                return again
        raise AssertionError  # `count` has no end


def free_bytes(directory: Path) -> int | None:
    """What is free for programs on the directory's disk; None where the file system does not say."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize if disk.f_blocks else None


def recorded_names(directory: Path) -> tuple[str, ...]:
    """The names, `module:instance`, under which the captures of a run's directory were recorded."""
    try:
        files = sorted(path.name for path in directory.iterdir())
    except OSError:
        return ()
    read = [read_file_name(file) for file in files if is_named_like_capture(file)]
    return tuple(f"{name.module}:{name.instance}" if name.instance else name.module for name in read)
