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
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from struct import Struct

import msgspec

from sitegen.capture import columns
from sitegen.capture.hashes import Hashes
from sitegen.errors import SitegenError

_MAGIC = b"sitegen-store\n"
_LENGTH = Struct("<I")
_TABLE = msgspec.json.Decoder(dict[str, tuple[int, int, int]])  # part -> offset, size, CRC-32
_HEAD_BYTES = 1024  # holds the table of an entry with some ten parts

_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# What sitegen read; made again when it is missing.\n"
_OURS = {"CACHEDIR.TAG": _TAG, ".gitignore": b"*\n"}

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

    def __reduce__(self) -> tuple[type[Store], tuple[Path, int]]:
        return Store, (self.directory, self.max_bytes)

    def key(self, path: Path, options: str) -> str:
        """What an analysis of the file's content with these options is kept under.

        The content is read only where the file is not the one it was last time. A file that cannot be read
        has a key that nothing is kept under. Raises SitegenError where the store cannot be written.
        """
        if self._hashes is None:
            self._prepare()
            self._hashes = Hashes(self.directory / "hashes")
        try:
            content = self._hashes.of(path)
        except OSError:
            content = f"unreadable {os.getpid()} {time.monotonic_ns()}"
        return sha256(f"{columns.VERSION} {content} {options}".encode()).hexdigest()

    def get(self, key: str, part: str) -> bytes | None:
        """A part of an analysis; None where it is not there, or not whole."""
        path = self._entries / key
        try:
            with path.open("rb", buffering=0) as file:
                if time.time() - os.fstat(file.fileno()).st_mtime > _SOON:
                    os.utime(path)  # when it was last of use
                return _unpack(file.fileno(), part)
        except (OSError, ValueError, KeyError, msgspec.MsgspecError):
            return None

    def put(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keeps an analysis. Raises SitegenError where there is no room for it."""
        new = self._entries / f"{key}.{os.getpid()}"
        try:
            self._entries.mkdir(parents=True, exist_ok=True)
            new.write_bytes(_pack(parts))
            new.replace(self._entries / key)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise _cannot_write(self.directory, error) from None

    def trim(self) -> None:
        """Make the store no larger than `max_bytes`: what was not used for longest goes first.

        What this build used stays, and what another one may be using; so do all, if they are not too large.
        """
        Hashes(self.directory / "hashes").trim()
        try:
            with os.scandir(self._entries) as entries:
                found = [(entry.stat(), entry.path) for entry in entries]
        except OSError:
            return
        total = sum(stat.st_size for stat, _ in found)
        needed = min(self._opened, time.time() - _IN_USE)
        for stat, path in sorted(found, key=lambda entry: entry[0].st_mtime):
            unfinished = "." in path.rpartition("/")[2]
            if stat.st_mtime >= needed or (total <= self.max_bytes and not unfinished):
                continue
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108  # no Path for each of many files
                total -= stat.st_size

    def clean(self) -> int:
        """Remove everything that is kept, and the directory if nothing else is in it. Gives the bytes freed.

        Raises SitegenError where something cannot be removed.
        """
        freed = 0
        self._hashes = None
        try:
            for path in [*self._entries.glob("*"), *self.directory.glob("hashes*")]:
                freed += path.stat().st_size
                path.unlink()
            if self._entries.is_dir():
                self._entries.rmdir()
            for name in _OURS:
                (self.directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise SitegenError(f"{error.filename} cannot be removed: {error.strerror or error}") from None
        with suppress(OSError):
            self.directory.rmdir()
        return freed

    def _prepare(self) -> None:
        try:
            self._entries.mkdir(parents=True, exist_ok=True)
            for name, content in _OURS.items():
                path = self.directory / name
                if not path.exists():
                    path.write_bytes(content)
        except OSError as error:
            raise _cannot_write(self.directory, error) from None


def can_keep(directory: Path) -> bool:
    """Whether a store can be written there. Makes and writes nothing."""
    place = directory / "entries"
    while not place.exists():
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _cannot_write(directory: Path, error: OSError) -> SitegenError:
    return SitegenError(
        f"what was read cannot be kept in {directory}: {error.strerror or error}",
        "Make room there, or set `store` to another directory.",
    )


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


def _unpack(file: int, part: str) -> bytes:
    """One part. Raises ValueError, KeyError or MsgspecError where it is not there or not whole."""
    head = os.pread(file, _HEAD_BYTES, 0)
    start = len(_MAGIC) + _LENGTH.size
    if len(head) < start or not head.startswith(_MAGIC):
        raise ValueError("no entry")
    (length,) = _LENGTH.unpack_from(head, len(_MAGIC))
    if start + length > len(head):
        head = os.pread(file, start + length, 0)
    offset, size, checksum = _TABLE.decode(head[start : start + length])[part]
    data = os.pread(file, size, start + length + offset)
    if len(data) != size or zlib.crc32(data) != checksum:
        raise ValueError("not whole")
    return data
