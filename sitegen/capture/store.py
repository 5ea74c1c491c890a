"""Analyses that were made before, so that no capture is read twice.

A directory, with one file for each analysis, named by what it was made of: the capture's bytes, the
options, the version of the encoding. Any number of builds may use it at once: entries appear whole or not
at all, and what cannot be read was never there. All of it can be deleted at any time.

    CACHEDIR.TAG, .gitignore    keep backups and git away
    entries/KEY                 "sitegen-store" newline, u32 length, table, parts; see `_pack`
    hashes                      which file had which SHA-256 when it was last looked at; see `_Hashes`
"""

from __future__ import annotations

import os
import re
import stat
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from struct import Struct

import msgspec

from sitegen.capture import columns
from sitegen.capture.hashes import Hashes, is_hashes
from sitegen.capture.regular import descriptor_of, open_regular
from sitegen.errors import SitegenError, StoreError

_MAGIC = b"sitegen-store\n"
_LENGTH = Struct("<I")
_TABLE = msgspec.json.Decoder(dict[str, tuple[int, int, int]])  # part -> offset, size, CRC-32
_HEAD_BYTES = 8192  # holds the table of an entry with some ten parts, and most of these where they are small

_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# What sitegen read; made again when it is missing.\n"
_OURS = {".gitignore": b"*\n", "CACHEDIR.TAG": _TAG}  # the tag goes last, so that cleaning can be repeated
_ENTRY = re.compile(r"[0-9a-f]{64}(?P<unfinished>\.\d+)?")
_HASHES = re.compile(r"hashes(\.\d+)?")

_AT_HAND = 1024
"""So many small entries are not opened again: pages of several kinds show most captures."""

_SOON = 600  # seconds within which a use is not worth writing down again
_IN_USE = 3600  # seconds for which another build may count on what it found


class Store:
    """A directory of analyses, each of several parts. Pickles, to be used by workers."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self._opened = time.time()
        self._entries = directory / "entries"
        self._hashes: Hashes | None = None
        self._small: dict[str, _Head] = {}

    def __reduce__(self) -> tuple[type[Store], tuple[Path, int]]:
        return Store, (self.directory, self.max_bytes)

    def key(self, path: str | Path, options: str) -> str:
        """What an analysis of the file's content with these options is kept under.

        The content is read only where the file is not the one it was last time. A file that cannot be read
        has a key that nothing is kept under. Raises StoreError where the store cannot be written.
        """
        if self._hashes is None:
            self._prepare()
            self._hashes = Hashes(self.directory / "hashes")
        try:
            content = self._hashes.of(path)
        except OSError:
            content = f"unreadable {os.getpid()} {time.monotonic_ns()}"
        return sha256(f"{columns.VERSION} {content} {options}".encode()).hexdigest()

    def forget_hashes(self) -> None:
        """Write it down, and let go of what only `key` needs: some hundred bytes for every file ever looked at."""
        if self._hashes is not None:
            self._hashes.keep()
        self._hashes = None

    def get(self, key: str, part: str) -> bytes | None:
        """A part of an analysis; None where it is not there, or not whole."""
        path = f"{self._entries}/{key}"
        try:
            if small := self._small.get(key):
                return _unpack(small, None, part)
            with descriptor_of(path) as (file, info):
                if time.time() - info.st_mtime > _SOON:
                    os.utime(path)  # when it was last of use
                head = _head_of(file)
                if info.st_size <= _HEAD_BYTES:
                    self._keep(key, head)
                return _unpack(head, file, part)
        except (OSError, ValueError, KeyError, msgspec.MsgspecError):
            return None

    def _keep(self, key: str, whole: _Head) -> None:
        if len(self._small) >= _AT_HAND:
            self._small.pop(next(iter(self._small)))
        self._small[key] = whole

    def put(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keeps an analysis. Raises StoreError where there is no room for it."""
        self._small.pop(key, None)
        content = _pack(parts)
        try:
            try:
                _write_whole(f"{self._entries}/{key}", content)
            except FileNotFoundError:  # somebody removed the directory meanwhile
                self._entries.mkdir(parents=True, exist_ok=True)
                _write_whole(f"{self._entries}/{key}", content)
        except OSError as error:
            raise _cannot_write(self.directory, error) from None

    def part(self, key: str, part: str) -> bytes:
        """A part of an analysis that was there a moment ago.

        Raises StoreError where it is gone, or bad. All that are bad are forgotten then: the next build makes
        them again.
        """
        data = self.get(key, part)
        if data is None:
            self._forget(key)
            for entry in _files(self._entries, _ENTRY):
                if "." not in entry.name and _is_bad(entry.path):
                    self._forget(entry.name)
            raise StoreError("The store lost an analysis meanwhile.", "Do it again.")
        return data

    def _forget(self, key: str) -> None:
        self._small.pop(key, None)
        with suppress(OSError):
            (self._entries / key).unlink()

    def trim(self) -> None:
        """Make the store no larger than `max_bytes`: what was not used for longest goes first.

        What this build used stays, and what another one may be using; so do all, if they are not too large.
        """
        self.forget_hashes()
        self._small.clear()
        Hashes(self.directory / "hashes").trim()
        needed = min(self._opened, time.time() - _IN_USE)
        total, idle = 0, []
        try:
            for entry in _files(self._entries, _ENTRY):
                look = entry.stat()
                total += look.st_size
                if look.st_mtime < needed:
                    idle.append((look.st_mtime, look.st_size, entry.name))
        except OSError:
            return
        for _, size, name in sorted(idle):
            if total <= self.max_bytes and "." not in name:
                continue
            with suppress(OSError):
                (self._entries / name).unlink()
                total -= size

    def clean(self) -> int:
        """Remove everything that is kept, and the directories if nothing else is in them. Gives the bytes freed.

        What is not the store's stays. Raises SitegenError where the directory is no store, or something cannot
        be removed.
        """
        if not os.path.lexists(self.directory):
            return 0
        if not _is(self.directory / "CACHEDIR.TAG", _TAG):
            raise SitegenError(
                f"{self.directory} is no store of sitegen's", "Name the one that was given to `build`."
            )
        freed = 0
        self._hashes = None
        try:
            lists = [one for one in _files(self.directory, _HASHES) if is_hashes(Path(one.path))]
            for entry in [*_files(self._entries, _ENTRY), *lists]:
                freed += entry.stat().st_size
                os.unlink(entry.path)  # noqa: PTH108  # no Path for each of many files
            with suppress(OSError):
                self._entries.rmdir()
            for name, content in _OURS.items():
                if _is(self.directory / name, content):
                    (self.directory / name).unlink()
        except OSError as error:
            raise SitegenError(f"{error.filename} cannot be removed: {error.strerror or error}") from None
        with suppress(OSError):
            self.directory.rmdir()
        return freed

    def _prepare(self) -> None:
        """Begin a store where there is none. Not among what others keep: there it could not tell its own."""
        tag = self.directory / "CACHEDIR.TAG"
        foreign = next((name for name in (*_OURS, "hashes") if _is_foreign(self.directory / name)), None)
        # Looked at last, as it is written first: another build may be beginning the store just now.
        if foreign is not None and not _is(tag, _TAG):
            raise StoreError(
                f"what was read cannot be kept in {self.directory}: {foreign} there is not sitegen's",
                "Set `store` to a new directory.",
            )
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            for name in reversed(_OURS):
                path = self.directory / name
                if not os.path.lexists(path):
                    _write_whole(str(path), _OURS[name])
            self._entries.mkdir(exist_ok=True)
        except OSError as error:
            raise _cannot_write(self.directory, error) from None


def _files(directory: Path, names: re.Pattern[str]) -> Iterator[os.DirEntry[str]]:
    """The regular files with such names; none where there is no such directory."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if names.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry
    except (FileNotFoundError, NotADirectoryError):
        return


def _is_bad(path: str) -> bool:
    """Whether an entry that can be read has a part that is not whole."""
    try:
        with descriptor_of(path) as (file, _):
            head = _head_of(file)
            for part in head.table:
                _unpack(head, file, part)
    except (ValueError, msgspec.MsgspecError):
        return True
    except OSError:
        return False
    return False


def _is(path: Path, content: bytes) -> bool:
    """Whether a file has just this content."""
    try:
        with open_regular(path) as file:
            return file.read(len(content) + 1) == content
    except OSError:
        return False


def _is_foreign(path: Path) -> bool:
    """Whether somebody else's file has a name that the store would use."""
    if not os.path.lexists(path):
        return False
    return not (_is(path, _OURS[path.name]) if path.name in _OURS else is_hashes(path))


def _write_whole(path: str, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    new = f"{path}.{os.getpid()}"
    try:
        with open(new, "wb") as file:  # noqa: PTH123  # no Path for each of many files
            file.write(content)
        os.replace(new, path)  # noqa: PTH105  # as above
    except OSError:
        with suppress(OSError):
            os.unlink(new)  # noqa: PTH108  # as above
        raise


def can_keep(directory: Path) -> bool:
    """Whether a store can be written there. Makes and writes nothing."""
    entries = directory / "entries"
    for place in (entries, *entries.parents):
        try:
            info = place.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # where one may not look; a name that is too long
            return False
        return stat.S_ISDIR(info.st_mode) and os.access(place, os.W_OK | os.X_OK)
    return False


def _cannot_write(directory: Path, error: OSError) -> StoreError:
    message = f"what was read cannot be kept in {directory}: {error.strerror or error}"
    if isinstance(error, IsADirectoryError):  # in place of a file of ours
        return StoreError(
            message, f"Remove {error.filename2 or error.filename}, or set `store` to another one."
        )
    return StoreError(message, "Make room there, or set `store` to another directory.")


def _pack(parts: Mapping[str, bytes]) -> bytes:
    """All parts as one file; equal parts are in it once. A file for each would cost more than what is in it."""
    offset_of: dict[bytes, int] = {}
    offset = 0
    for data in parts.values():
        if data not in offset_of:
            offset_of[data] = offset
            offset += len(data)
    table = {name: (offset_of[data], len(data), zlib.crc32(data)) for name, data in parts.items()}
    head = msgspec.json.encode(table)
    return b"".join((_MAGIC, _LENGTH.pack(len(head)), head, *offset_of))


class _Head(msgspec.Struct, frozen=True):
    """How an entry begins, which is all there is of a small one. `start` is where its parts do."""

    content: bytes
    table: dict[str, tuple[int, int, int]]
    start: int


def _head_of(file: int) -> _Head:
    """The head of an entry. Raises ValueError or MsgspecError where it is none."""
    head = os.pread(file, _HEAD_BYTES, 0)
    begin = len(_MAGIC) + _LENGTH.size
    if len(head) < begin or not head.startswith(_MAGIC):
        raise ValueError("no entry")
    (length,) = _LENGTH.unpack_from(head, len(_MAGIC))
    start = begin + length
    if start > len(head):
        head = os.pread(file, start, 0)
    return _Head(head, _TABLE.decode(head[begin:start]), start)


def _unpack(head: _Head, file: int | None, part: str) -> bytes:
    """One part of an entry, of whose file more is read where the head does not have it.

    Raises ValueError or KeyError where it is not there or not whole.
    """
    offset, size, checksum = head.table[part]
    begin = head.start + offset
    data = head.content[begin : begin + size]
    if len(data) != size and file is not None:
        data = os.pread(file, size, begin)
    if len(data) != size or zlib.crc32(data) != checksum:
        raise ValueError("not whole")
    return data
