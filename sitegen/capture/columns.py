"""The encoding of columns that bundles, the store and page data share.

A container is a header of JSON and a run of columns of unsigned integers:

    b"sitegen\\0"  u32 version  u32 length of the header  header  columns

all little-endian, then compressed as one gzip member; containers can follow one another in a file. The
header is an object with "columns", a list of [name, rows, planes, delta], and whatever its writer puts
beside it. A column is stored as its byte planes: the lowest byte of every row, then the second byte of
every row, and so on, as many planes as the largest value needs (0 to 8). With delta 1, rows hold the
zigzag-encoded difference to the row before. Planes compress better than whole integers and are read and
written at the speed of slices.
"""

from __future__ import annotations

import gzip
import struct
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import sub
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from sitegen import json_text
from sitegen.errors import BundleError

MAGIC = b"sitegen\0"
VERSION = 1
MAX_BYTES = 4 << 30
"""A container that unpacks to more than this is refused."""

MAX_HEADER = 256 << 20
"""A container whose header is longer than this is refused where only the header is read."""

REMAKE = "Make it again with `sitegen analyze`."

_PREFIX = struct.Struct("<8sII")
_WIDEST = 8
_BLOCK = 64 << 10
_ROWS_PER_BYTE = 8  # at most: of a table's six columns, one at least is not all zeros
T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="deterministic")


def encode(header: Mapping[str, Any], columns: Mapping[str, Sequence[int]], delta: frozenset[str]) -> bytes:
    """A container of the header and the columns; those named in `delta` are stored as differences."""
    table: list[tuple[str, int, int, int]] = []
    blocks: list[bytes] = []
    for name, column in columns.items():
        as_delta = int(name in delta)
        block, planes = _planes(_zigzag(column) if as_delta else column)
        table.append((name, len(column), planes, as_delta))
        blocks.append(block)
    text = _encoder.encode({**header, "columns": table})
    raw = b"".join([_PREFIX.pack(MAGIC, VERSION, len(text)), text, *blocks])
    # No time and no name in the gzip header: equal content gives equal bytes.
    return gzip.compress(raw, compresslevel=6, mtime=0)


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, array[int]], bytes]:
    """The header, the columns (type code Q), and the bytes that follow the container.

    Raises BundleError where the data does not begin with a sound container.
    """
    raw, rest = _unzip(data)
    try:
        offset = _PREFIX.size + _header_length(raw)
        header = json_text.decode(raw[_PREFIX.size : offset], dict[str, Any])
        table = msgspec.convert(header.pop("columns"), list[tuple[str, int, int, int]])
        columns: dict[str, array[int]] = {}
        room = _ROWS_PER_BYTE * len(raw)
        for name, rows, planes, as_delta in table:
            room -= rows  # of what takes no bytes, nothing else would limit the number
            if not (0 <= planes <= _WIDEST and rows >= 0 and room >= 0):
                raise BundleError(f"is a damaged bundle: its column {name} cannot be", REMAKE)
            if offset + rows * planes > len(raw):
                raise BundleError("is cut short", REMAKE)
            column = _integers(raw[offset : offset + rows * planes], rows, planes)
            columns[name] = _unzigzag(column) if as_delta else column
            offset += rows * planes
    except (struct.error, KeyError, OverflowError, msgspec.MsgspecError) as error:
        raise BundleError(f"is a damaged bundle: {error}", REMAKE) from None
    return header, columns, rest


def read_header(path: Path, shape: type[T]) -> T:
    """The header of the container in a file, as far as `shape` (a msgspec Struct) asks for it.

    Only the file's beginning is read and unpacked. Raises BundleError where the file is no container or its
    header has another shape, OSError where it cannot be opened.
    """
    with path.open("rb") as file:
        length = _header_length(_unzip_beginning(file, _PREFIX.size))
        if length > MAX_HEADER:
            raise BundleError("is a damaged bundle: its header is too long", REMAKE)
        file.seek(0)
        text = _unzip_beginning(file, _PREFIX.size + length)[_PREFIX.size :]
    try:
        return json_text.decode(text, shape)
    except msgspec.MsgspecError as error:
        raise BundleError(f"is a damaged bundle: {error}", REMAKE) from None


def _header_length(raw: bytes) -> int:
    magic, version, length = _PREFIX.unpack_from(raw)
    if magic != MAGIC:
        raise BundleError("is not a sitegen bundle")
    if version != VERSION:
        raise BundleError(
            f"has bundle version {version}; this sitegen reads version {VERSION}",
            "Make the bundle again with this sitegen, or install the sitegen that wrote it.",
        )
    return int(length)


def _unzip_beginning(file: BinaryIO, size: int) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    raw = bytearray()
    try:
        while len(raw) < size:
            block = unzip.unconsumed_tail or file.read(_BLOCK)
            if not block:
                raise BundleError("is cut short", REMAKE)
            raw += unzip.decompress(block, size - len(raw))
    except zlib.error as error:
        raise BundleError(f"is a damaged bundle: {error}", REMAKE) from None
    return bytes(raw)


def _unzip(data: bytes) -> tuple[bytes, bytes]:
    unzip = zlib.decompressobj(wbits=31)
    try:
        raw = unzip.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise BundleError(f"is a damaged bundle: {error}", REMAKE) from None
    if not unzip.eof:
        raise BundleError("is cut short, or unpacks to more than 4 GB", REMAKE)
    return raw, unzip.unused_data


def _planes(column: Sequence[int]) -> tuple[bytes, int]:
    if not column:  # as most of a small capture are
        return b"", 0
    planes = (max(column).bit_length() + 7) // 8
    if planes < 2:  # as most of the others are
        return array("B", column).tobytes() if planes else b"", planes
    words = array("Q", column)
    if sys.byteorder == "big":
        words.byteswap()
    raw = words.tobytes()
    return b"".join(raw[plane::_WIDEST] for plane in range(planes)), planes


def _integers(block: bytes, rows: int, planes: int) -> array[int]:
    raw = bytearray(rows * _WIDEST)
    for plane in range(planes):
        raw[plane::_WIDEST] = block[plane * rows : (plane + 1) * rows]
    words = array("Q", bytes(raw))
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _zigzag(column: Sequence[int]) -> list[int]:
    return [step << 1 if step >= 0 else (-step << 1) - 1 for step in map(sub, column, (0, *column[:-1]))]


def _unzigzag(column: array[int]) -> array[int]:
    return array("Q", accumulate((step >> 1) ^ -(step & 1) for step in column))
