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
    files: dict[str, Entry]


class Files(Mapping[str, Entry]):
    """Files by their paths. Their entries are packed: a site has two or three files for every capture."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes | Entry] = {}

    def add(self, path: str, entry: Entry) -> None:
        """One more file; of a path that is there already, what is known now."""
        self._packed[path] = _pack(entry)

    def __getitem__(self, path: str) -> Entry:
        return _unpack(self._packed[path])

    def __contains__(self, path: object) -> bool:
        return path in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Files) and self._packed == other._packed


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

    def vouches_for(self, root: Path, path: str) -> bool:
        """Whether the file that is there now is the one that was written."""
        known = self.files.get(path)
        if known is None or known.sha256 == _UNKNOWN:
            return False
        try:
            found = os.lstat(f"{root}/{path}")
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_size != known.size:
            return False
        # What was written in the same tick of the clock as the manifest may have been changed in it, too.
        return found.st_mtime_ns < self.written or sha256((root / path).read_bytes()) == known.sha256


def load(directory: Path) -> Manifest | None:
    """The manifest of a directory; None where there is none. Raises PublishError where it cannot be used."""
    path = directory / NAME
    try:
        data, written = path.read_bytes(), path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    hint = "Remove the directory, or publish to another one."
    try:
        found = json_text.decode(data, _File)
    except msgspec.MsgspecError:
        raise PublishError(f"{path} is damaged", hint) from None
    if found.version != VERSION:
        raise PublishError(f"{directory} was written by another version of sitegen", hint)
    files = Files()
    while found.files:
        name, entry = found.files.popitem()
        if not is_plain(name):
            raise PublishError(f"{path} names a file outside the site: {name!r}", hint)
        files.add(name, entry)
    return Manifest(files, written)


def save(directory: Path, files: Files, in_doubt: Collection[str] = ()) -> None:
    """Write the manifest of a directory, in one step. It names those in doubt too, and vouches for none of them."""
    encode = msgspec.json.Encoder().encode
    paths = sorted([*files, *(path for path in in_doubt if path not in files)])
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
