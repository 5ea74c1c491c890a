"""Reads the header of a memray file without memray.

memray's reader tells neither the file's format version (when it cannot read it), nor the number of
allocations that the writer counted, nor the profiled process's module search paths. All three stand in
the header; its layout is memray's `HeaderRecord` (src/memray/_memray/records.h), written field by
field in the machine's byte order. Files that `memray run` finished are LZ4 frames around the same bytes.
"""

from __future__ import annotations

import errno
import os
import re
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import lz4.frame
import msgspec
from msgspec.structs import replace

from sitegen.capture.regular import descriptor_of, open_regular
from sitegen.model import SearchPaths

MAGIC = b"memray\0"
LZ4_MAGIC = b"\x04\x22\x4d\x18"

_LAID_OUT = (11, 12, 13)  # the formats whose headers `_parse` knows
_WITH_PYTHON_VERSION = 12
_WITH_SEARCH_PATHS = 13

READABLE_BY = {
    6: "1.0",
    7: "1.1",
    8: "1.2 to 1.3",
    9: "1.4 to 1.6",
    10: "1.7 to 1.10",
    11: "1.11 to 1.18",
    12: "1.19",
    13: "1.20",
}
"""File format version -> the memray releases that read it."""

_UNCOMPRESSED = 1 << 31  # in the size of an LZ4 block: it is stored as it is
_MAGIC_WITHIN = 64  # bytes; LZ4 stores what it sees for the first time as it is
_USUAL_HEAD = 80 << 10  # a header is some kilobytes; memray's LZ4 blocks hold 64 kB
_LONGEST_HEAD = 1 << 20  # hostile ones may hold a long command line
_BLOCK = 1 << 20
_OF_NOTHING = re.compile(rb"(?:\x02(?:[\x80-\xff]*[\x00-\x7f]){2})*\x01\0*")
"""Behind the header: how much memory was in use (type, resident memory, time), if need be often; trailer; padding."""
_SNAPSHOT = 25  # bytes of a snapshot in an aggregated file: its type, the time, resident and heap memory


class Header(msgspec.Struct, frozen=True):
    """What the header of a memray file says.

    All after `compressed` is None or empty where the version is not one that this module can lay out.
    Format 11 does not tell the Python version, 11 and 12 not the search paths.
    `allocations` counts allocations and frees. The writer comes back at the end to fill in `allocations`
    and `ended`: before that they are 0 and the time at which tracking began, some milliseconds after
    `started`. Aggregated captures are written at the end, with `allocations` 0. `size` is the header's own, in
    bytes, as in a file that is not compressed.
    """

    version: int
    compressed: bool
    allocations: int | None = None
    started: int | None = None
    ended: int | None = None
    native: bool = False
    aggregated: bool = False
    python_version: str = ""
    search_paths: SearchPaths | None = None
    size: int = 0
    of_nothing: bool = False  # short, and without an allocation, but with a trailer

    @property
    def trailer(self) -> int:
        """The last byte of a finished file that is not compressed: the type of its last record."""
        if self.aggregated:
            return 15
        return 16 if self.version == 11 else 1

    @property
    def finished(self) -> bool:
        """Whether the writer came back at the end to complete the header, or wrote all of the file then."""
        return self.compressed or self.aggregated or bool(self.allocations) or self.of_nothing


def is_capture(path: Path) -> bool:
    """Whether a regular file carries memray's magic. Never blocks; unreadable files are not captures."""
    try:
        with open_regular(path) as file:
            return _has_magic(file.read(_MAGIC_WITHIN))
    except OSError:
        return False


class Beginning(msgspec.Struct, frozen=True):
    """How a regular file begins: whether as a capture, with which header where that is whole; and its looks."""

    is_capture: bool
    header: Header | None
    info: os.stat_result


def read_beginning(path: str | Path) -> Beginning:
    """How a file begins. Of one that is no capture, only some bytes are read.

    Raises OSError when the file cannot be opened or is not a regular file.
    """
    with descriptor_of(str(path)) as (file, info):
        magic = _has_magic(os.pread(file, _MAGIC_WITHIN, 0))
        return Beginning(magic, _header_in(file) if magic else None, info)


def read_header(path: Path) -> Header | None:
    """The header of a capture; None when the file does not carry memray's magic, or is cut short in it.

    Raises OSError as `read_beginning` does.
    """
    return read_beginning(path).header


def _header_in(file: int) -> Header | None:
    """The header in a file, given by its descriptor."""
    version = None
    for size in (_USUAL_HEAD, _LONGEST_HEAD):
        raw = os.pread(file, size, 0)
        head, compressed = _unpacked(raw)
        if len(head) < len(MAGIC) + 4 or not head.startswith(MAGIC):
            continue
        (version,) = struct.unpack_from("=i", head, len(MAGIC))
        if version not in _LAID_OUT:
            break
        with suppress(struct.error, ValueError):  # the header may go on behind what was read
            header = _parse(head, version, compressed)
            if header.finished or version != _WITH_SEARCH_PATHS or len(raw) == size:
                return header
            return replace(header, of_nothing=bool(_OF_NOTHING.fullmatch(raw, header.size)))
    return None if version is None else Header(version, compressed)


def has_trailer(path: Path, header: Header) -> bool:
    """Whether the file ends as a finished one does: with the trailer record, or LZ4's end mark."""
    with descriptor_of(str(path)) as (file, info):
        size = info.st_size
        if header.compressed:
            return _frame_end(file, size) == size
        # The writer grows raw files in steps: what follows the trailer is zeros.
        while size > 0:
            start = max(0, size - (1 << 16))
            block = os.pread(file, size - start, start).rstrip(b"\0")
            if block:
                return block[-1] == header.trailer
            size = start
    return False


def is_of_nothing(path: Path, header: Header, snapshots: int) -> bool:
    """Whether a raw aggregated file says nothing but how much memory was in use: with so many snapshots, it ends."""
    with open_regular(path) as file:
        file.seek(header.size + _SNAPSHOT * snapshots)
        return file.read(1) == bytes([header.trailer])


def is_mostly_padding(path: Path) -> bool:
    """Whether a raw file ends in more zeros than its writer can have left, who grows it by a tenth at a time.

    memray takes each of them for a record.
    """
    with open_regular(path) as file:
        size = file.seek(0, os.SEEK_END)
        most = size // 3 + 4 * _BLOCK
        if size > most and _is_hole(file, size - most):
            return True
        zeros = bytes(_BLOCK)
        for start in range(size - _BLOCK, size - most - _BLOCK, -_BLOCK):
            if start < 0:
                return False
            file.seek(start)
            if file.read(_BLOCK) != zeros:
                return False
    return True


def _is_hole(file: BinaryIO, start: int) -> bool:
    """Whether the file system has nothing of a file from there on: such zeros need not be read."""
    try:
        os.lseek(file.fileno(), start, os.SEEK_DATA)
    except OSError as error:
        return error.errno == errno.ENXIO
    except AttributeError:  # not on this system
        pass
    return False


def _frame_end(file: int, size: int) -> int | None:
    """Where the LZ4 frame in a file (a descriptor) ends, told by the sizes of its blocks; None where it is cut short.

    The last bytes alone do not tell: compressed zeros end in zeros, as the frame does.
    """
    flags = int.from_bytes(os.pread(file, 1, len(LZ4_MAGIC)), "little")
    block_checksum, content_size, content_checksum, dictionary = (flags & bit for bit in (16, 8, 4, 1))
    offset = len(LZ4_MAGIC) + 3 + (8 if content_size else 0) + (4 if dictionary else 0)
    while offset + 4 <= size:
        block = int.from_bytes(os.pread(file, 4, offset), "little")
        offset += 4
        if block == 0:  # the end mark
            return offset + (4 if content_checksum else 0)
        offset += (block & ~_UNCOMPRESSED) + (4 if block_checksum else 0)
    return None


def _has_magic(start: bytes) -> bool:
    return start.startswith(MAGIC) or (start.startswith(LZ4_MAGIC) and MAGIC in start)


def _unpacked(raw: bytes) -> tuple[bytes, bool]:
    """The first bytes of the capture, of the first bytes of its file, and whether these were compressed."""
    if not raw.startswith(LZ4_MAGIC):
        return raw, False
    try:
        return lz4.frame.LZ4FrameDecompressor().decompress(raw, max_length=_LONGEST_HEAD), True
    except RuntimeError:
        return b"", True


_packed = cache(struct.Struct)


def _parse(head: bytes, version: int, compressed: bool) -> Header:
    first = _packed("=iiBBQQqq" if version >= _WITH_PYTHON_VERSION else "=iBBQQqq")
    _, *python, native, file_format, allocations, _, started, ended = first.unpack_from(head, len(MAGIC))
    offset = head.index(b"\0", len(MAGIC) + first.size) + 1  # behind the command line
    second = _packed("=iQQBB")  # pid, main thread, skipped frames, allocator, whether Python's are traced
    second.unpack_from(head, offset)
    offset += second.size

    def texts() -> tuple[str, ...]:
        """Texts up to an empty one. What stands before the first of them ends in a zero, as each of them does."""
        nonlocal offset
        start, end = offset, head.index(b"\0\0", offset - 1)
        offset = end + 2
        return tuple(head[start:end].decode("utf-8", "replace").split("\0")) if end > start else ()

    search_paths = None
    if version >= _WITH_SEARCH_PATHS:
        start = offset + 1  # behind whether lifetimes of objects are tracked
        end = head.index(b"\0", start)
        offset = end + 1
        search_paths = SearchPaths(head[start:end].decode("utf-8", "replace"), texts(), texts())
    return Header(
        version=version,
        compressed=compressed,
        allocations=allocations,
        started=started,
        ended=ended,
        native=bool(native),
        aggregated=bool(file_format),
        # The rest of the number is of the Python that memray was built with.
        python_version=f"{python[0] >> 24 & 255}.{python[0] >> 16 & 255}" if python else "",
        search_paths=search_paths,
        size=offset,
    )
