"""Is this file a capture, a bundle, something broken, or none of our business? Reads its beginning only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from sitegen.capture.bundle import SUFFIX
from sitegen.capture.days import known_day
from sitegen.capture.header import read_beginning
from sitegen.capture.leads_to import is_link
from sitegen.capture.naming import is_named_like_capture
from sitegen.capture.runs import Run
from sitegen.capture.source import Identity, Kind, read_bundle_header
from sitegen.capture.walk import FoundFile
from sitegen.errors import BundleError

_ODD_FILES = {
    stat.S_IFIFO: "is a named pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}
_EMPTY = (
    "is empty. Either it has only just been opened, or its process was killed while it recorded with "
    "--aggregate, which writes at the end: record it without."
)
_CUT_SHORT = (
    "is cut short or damaged: not even its header is whole. Copy it again from where it was recorded."
)
_FOREIGN = "is no memray capture. If it should not be here, add it to `exclude` in the configuration."


class Content(msgspec.Struct, frozen=True, gc=False):
    """What a file is. `started` where it says so, `reason` (sentences) where it is broken, the rest of a bundle."""

    kind: Kind
    looks: Looks
    started: int | None = None
    native: bool = False
    reason: str = ""
    identity: Identity | None = None
    run: Run | None = None


class Looks(msgspec.Struct, frozen=True, gc=False):
    """What the system says of a file: its size, when it was changed (milliseconds), its device and inode.

    What it says in full takes half a kilobyte, of each of thousands of files.
    """

    size: int
    modified: int
    device: int
    inode: int

    @classmethod
    def of(cls, info: os.stat_result) -> Looks:
        return cls(info.st_size, info.st_mtime_ns // 1_000_000, info.st_dev, info.st_ino)


def examine(found: FoundFile) -> Content | None:
    """What the file is; None where it is neither expected to be a capture or bundle, nor is one."""
    path, name = found.path, found.name
    expected = found.given or is_named_like_capture(name) or name.endswith(SUFFIX)
    if not found.regular:
        return _broken(Path(path), _why_irregular(Path(path))) if expected else None
    try:
        if name.endswith(SUFFIX):
            return _bundle(Path(path))
        begins = read_beginning(path)
        if begins.header is not None:
            started, native = known_day(begins.header.started), begins.header.native
            return Content(Kind.CAPTURE, Looks.of(begins.info), started, native)
        if begins.is_capture:
            return _broken(Path(path), _CUT_SHORT)
        if not expected:
            return None
        return _broken(Path(path), _FOREIGN if begins.info.st_size else _EMPTY)
    except FileNotFoundError:  # gone since it was listed
        return None
    except OSError as error:
        reason = f"cannot be opened: {error.strerror or error}. Check its permissions."
        return _broken(Path(path), reason) if expected else None


def _bundle(path: Path) -> Content | None:
    try:
        header = read_bundle_header(path)
    except BundleError as error:
        return _broken(path, f"{error.message}. {error.hint}".rstrip())
    looks = Looks.of(path.stat())
    return Content(Kind.BUNDLE, looks, known_day(header.started), identity=header.source, run=header.run)


def _broken(path: Path, reason: str) -> Content | None:
    """A file that holds nothing to read; `reason` goes on where "The file" begins."""
    try:
        return Content(Kind.BROKEN, Looks.of(path.lstat()), reason=f"The file {reason}")
    except OSError:
        return None


def _why_irregular(path: Path) -> str:
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        if is_link(path):
            return f"is a link to {path.readlink()}, which cannot be reached: {error.strerror}."
        return f"cannot be opened: {error.strerror}."
    return f"{_ODD_FILES.get(kind, 'is no regular file')}, which holds no capture that can be read again."
