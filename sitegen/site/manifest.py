"""What sitegen wrote into a directory: the file that says so, and whether it still holds.

The manifest is the same for the same site: it holds no times. That a file was not touched since is told
by its being older than the manifest, which is always written last.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import merge
from pathlib import Path
from struct import Struct

import msgspec

from sitegen import json_text
from sitegen.errors import PublishError
from sitegen.json_pieces import object_of

RESERVED = ".sitegen-"
"""How names begin that no file of a site can have."""

NAME = f"{RESERVED}manifest.json"
VERSION = 1

_UNKNOWN = ""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as it was written: the SHA-256 and size of its bytes, and the fingerprint of what they came of.

    A fingerprint equal to the hash is left out.
    """

    sha256: str
    size: int
    made_of: str = ""

    @property
    def fingerprint(self) -> str:
        return self.made_of or self.sha256


_SIZE = Struct("<Q")
_MOST = 2**64 - 1
_HASH = re.compile("[0-9a-f]{64}")

DOUBTFUL = Entry(_UNKNOWN, -1)
"""A file of ours that nothing is known of."""


def entry(sha256: str, size: int, fingerprint: str) -> Entry:
    return Entry(sha256, size, "" if fingerprint == sha256 else fingerprint)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _File(msgspec.Struct):
    version: int
    files: dict[str, msgspec.Raw]  # entries: one at a time, as all would take ten times what is kept of them


_ENTRY = msgspec.json.Decoder(Entry)


class Files(Mapping[str, Entry]):
    """Files by their paths. A site has two or three for every capture: what many have in common is kept once."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, bytes | Entry]] = {}  # directory -> name -> what is known
        self._names: dict[str, str] = {}

    def add(self, path: str, entry: Entry) -> None:
        """One more file; of a path that is there already, what is known now."""
        room, _, name = path.rpartition("/")
        self._rooms.setdefault(room, {})[self._names.setdefault(name, name)] = _pack(entry)

    def __getitem__(self, path: str) -> Entry:
        room, _, name = path.rpartition("/")
        try:
            return _unpack(self._rooms[room][name])
        except KeyError:
            raise KeyError(path) from None

    def size(self, path: str) -> int:
        """The bytes of a file."""
        room, _, name = path.rpartition("/")
        packed = self._rooms[room][name]
        return packed.size if isinstance(packed, Entry) else int(_SIZE.unpack_from(packed)[0])

    def __contains__(self, path: object) -> bool:
        room, _, name = str(path).rpartition("/")
        return name in self._rooms.get(room, ())

    def __iter__(self) -> Iterator[str]:
        for room, names in self._rooms.items():
            yield from _below(room, names)

    def in_order(self) -> Iterator[str]:
        """The paths, sorted, without having all of them in memory."""
        return merge(*(_below(room, sorted(names)) for room, names in self._rooms.items()))

    def __len__(self) -> int:
        return sum(map(len, self._rooms.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Files) and self._rooms == other._rooms

    def __or__(self, other: Files) -> Files:
        """Those of both."""
        both = Files()
        both._rooms = {room: names | other._rooms.get(room, {}) for room, names in self._rooms.items()}
        both._rooms |= {room: names for room, names in other._rooms.items() if room not in self._rooms}
        return both


def _below(room: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{room}/{name}" for name in names) if room else iter(names)


class Sizes(Mapping[str, int]):
    """The bytes of files by their paths."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def __getitem__(self, path: str) -> int:
        return self._files.size(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _pack(entry: Entry) -> bytes | Entry:
    """The size and both hashes in a third of the memory; what anybody wrote in their place stays as it is."""
    hashes = (entry.sha256, entry.made_of) if entry.made_of else (entry.sha256,)
    if not all(map(_HASH.fullmatch, hashes)) or not 0 <= entry.size <= _MOST:
        return entry
    return _SIZE.pack(entry.size) + bytes.fromhex("".join(hashes))


def _unpack(packed: bytes | Entry) -> Entry:
    if isinstance(packed, Entry):
        return packed
    hashes = packed[_SIZE.size :].hex()
    (size,) = _SIZE.unpack_from(packed)
    return Entry(hashes[:64], size, hashes[64:])


class Manifest(msgspec.Struct, frozen=True):
    """The files of the site in a directory; `written` is when, in nanoseconds of the file system's clock."""

    files: Files = msgspec.field(default_factory=Files)
    written: int = 0

    def vouched(self, root: Path, path: str) -> Entry | None:
        """What is known of the file that is there now; None where it is not the one that was written."""
        known = self.files.get(path)
        if known is None or known.sha256 == _UNKNOWN:
            return None
        try:
            found = os.lstat(f"{root}/{path}")
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode) or found.st_size != known.size:
            return None
        # What was written in the same tick of the clock as the manifest may have been changed in it, too.
        whole = found.st_mtime_ns < self.written or sha256((root / path).read_bytes()) == known.sha256
        return known if whole else None


def load(directory: Path) -> Manifest | None:
    """The manifest of a directory; None where there is none. Raises PublishError where it cannot be used."""
    path = directory / NAME
    try:
        data, written = path.read_bytes(), path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    hint = "Remove the directory, or publish to another one."
    files = Files()
    try:
        found = json_text.decode(data, _File)
        if found.version != VERSION:
            raise PublishError(f"{directory} was written by another version of sitegen", hint)
        while found.files:
            name, packed = found.files.popitem()
            if not is_plain(name):
                raise PublishError(f"{path} names a file outside the site: {name!r}", hint)
            files.add(name, _ENTRY.decode(packed))
    except msgspec.MsgspecError:
        raise PublishError(f"{path} is damaged", hint) from None
    return Manifest(files, written)


def save(directory: Path, files: Files, in_doubt: Collection[str] = ()) -> None:
    """Write the manifest of a directory, in one step. It names those in doubt too, and vouches for none of them."""
    encode = msgspec.json.Encoder().encode
    paths = merge(files.in_order(), sorted(path for path in in_doubt if path not in files))
    entries = object_of((path, (encode(DOUBTFUL if path in in_doubt else files[path]),)) for path in paths)
    new = directory / f"{NAME}.new"
    with new.open("wb") as file:
        file.writelines(object_of((("version", (encode(VERSION),)), ("files", entries))))
    new.replace(directory / NAME)


def is_plain(path: str) -> bool:
    """Whether a path is one that a file of a site can have: below it, written with `/`, not reserved."""
    parts = path.split("/")
    return not ({"", ".", ".."}.intersection(parts) or "\0" in path or path.startswith(RESERVED))


def directories(paths: Iterable[str]) -> set[str]:
    """All directories above these paths, the site's own left out."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def walk(root: Path, below: str = "") -> Iterator[tuple[str, bool]]:
    """(path, is a directory) of everything in a directory, what is inside before the directory itself.

    Paths are relative, written with `/`. Links are not followed.
    """
    with os.scandir(f"{root}/{below}" if below else root) as entries:
        found = list(entries)
    for item in found:
        path = f"{below}/{item.name}" if below else item.name
        is_directory = item.is_dir(follow_symlinks=False)
        if is_directory:
            yield from walk(root, path)
        yield path, is_directory
