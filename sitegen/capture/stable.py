"""A capture under a name, and with a content, that memray can read several times over."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sitegen.capture.header import Header, is_mostly_padding, read_header
from sitegen.errors import CaptureError


@contextmanager
def stable_copy(path: Path) -> Iterator[tuple[Path, Header | None]]:
    """The capture itself where it is finished and has a plain name; else a temporary stand-in.

    A capture that is still being written gives every reading something else: of one without an end a copy
    is taken. A name that is no UTF-8 cannot be given to all of memray's functions: such a file gets a
    link with another name. What is no capture, or cannot be read, is passed on as it is.

    Gives with it the header that it was judged by, where that is the stand-in's too.

    Raises CaptureError where there is no room for a copy.
    """
    try:
        header = read_header(path)
    except OSError:
        header = None
    readable = header is not None and (header.compressed or not is_mostly_padding(path))
    if header is None or not readable or (header.finished and _is_utf8(path)):
        yield path, header if readable else None
        return
    directory = Path(tempfile.mkdtemp(prefix="sitegen-"))
    try:
        stand_in = directory / "capture.bin"
        if header.finished:
            stand_in.symlink_to(path.absolute())
            yield stand_in, header
        else:
            _copy(path, stand_in)
            yield stand_in, None
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _copy(path: Path, to: Path) -> None:
    try:
        with path.open("rb") as source, to.open("wb") as target:
            _copy_bytes(source, target, os.fstat(source.fileno()).st_size)
    except OSError as error:
        raise CaptureError(
            f"has no end, and could not be copied to be read: {error.strerror or error}",
            "Make room in the directory for temporary files, or set TMPDIR to one with room.",
        ) from None


def _copy_bytes(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy the first `size` bytes; within one file system that can share blocks, without copying them."""
    left = size
    try:
        while left and (copied := os.copy_file_range(source.fileno(), target.fileno(), left)):
            left -= copied
    except (AttributeError, OSError):  # not on this system, or not between these two file systems
        source.seek(size - left)
        target.seek(size - left)
    while left and (block := source.read(min(left, 1 << 20))):
        target.write(block)
        left -= len(block)
