"""The directory in which the next site grows, and who may write into the present one. See `publish.py`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sitegen.errors import PublishError
from sitegen.site import manifest
from sitegen.site.manifest import walk


class Staging:
    """The directory in which the next site grows: made when the first file is written, gone at the end."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.beside = _can_change_places(out)
        beside, inside = out.parent / f".{out.name}.sitegen-staging", out / f"{manifest.RESERVED}staging"
        self.path, self._other = (beside, inside) if self.beside else (inside, beside)
        self._rooms: set[str] = set()
        self._lock: int | None = None

    def __enter__(self) -> Staging:
        with told(self.out):
            for left_over in (self.path, self._other):
                _take_apart(left_over, self.out)
        return self

    def __exit__(self, *_: object) -> None:
        with told(self.out):
            _take_apart(self.path, self.out)
        if self._lock is not None:
            os.close(self._lock)

    def write(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Writes a file; gives the SHA-256 and the size of its bytes."""
        digest, size = hashlib.sha256(), 0
        with told(self.out), open(self.room_for(path), "wb") as file:  # noqa: PTH123  # Path costs more than this
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return digest.hexdigest(), size

    def take_back(self, path: str) -> None:
        """Removes a file that was written: there is one like it already."""
        with told(self.out):
            (self.path / path).unlink()

    def room_for(self, path: str) -> str:
        """Where a path of the site is in here; its directories are made."""
        directory = path.rpartition("/")[0]
        if directory not in self._rooms:
            (self.path / directory).mkdir(parents=True, exist_ok=True)
            self._rooms.add(directory)
        return f"{self.path}/{path}"

    def lock(self) -> None:
        """Lock it as `out` is locked: it will be `out` in a moment."""
        self._lock = _lock(self.path)


def _take_apart(tree: Path, out: Path) -> None:
    """Remove a staging directory: of a site that was not finished, or the old site after the change.

    What sitegen did not write is also in `out`, under the same path, or goes there now: somebody may have
    put it in just before the change.
    """
    if not tree.is_dir() or tree.is_symlink():
        return
    written = manifest.load(tree)
    if written is None:
        shutil.rmtree(tree)
        return
    for path, is_directory in walk(tree):
        here = f"{tree}/{path}"
        if is_directory:
            os.rmdir(here)  # noqa: PTH106  # no Path for each of many files
        elif path in written.files or _same(here, f"{out}/{path}"):
            os.unlink(here)  # noqa: PTH108
        elif not path.startswith(manifest.RESERVED):
            there = out / path
            there.parent.mkdir(parents=True, exist_ok=True)
            Path(here).replace(there)
    shutil.rmtree(tree)  # by now the manifest alone is left


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False


def _can_change_places(out: Path) -> bool:
    """Whether another directory can take this one's place without anybody being left in the old one."""
    own, above = out.stat(), out.parent.stat()
    return (
        own.st_dev == above.st_dev
        and own.st_ino != above.st_ino
        and own.st_uid == os.geteuid()
        and os.access(out.parent, os.W_OK | os.X_OK)
        and not _current_directory().is_relative_to(out)
    )


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # it was removed
        return Path("/")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Makes the directory if need be; nobody else publishes into it meanwhile."""
    with told(out):
        while True:
            out.mkdir(parents=True, exist_ok=True)
            lock = _lock(out)
            # Who had it before us may have put another directory in its place.
            if _same_directory(lock, out):
                break
            os.close(lock)
    try:
        yield
    finally:
        os.close(lock)


def _lock(directory: Path) -> int:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _same_directory(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def told(out: Path) -> Iterator[None]:
    """Tells what the system refuses in words about the site."""
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"{error.filename or out} cannot be written: {error.strerror or error}",
            "Check permissions and free space, or publish to another directory.",
        ) from error
