"""app.thumbnails: contact sheets of all originals, in six sizes at once. New in release 5.

Profiled with `--native`: zlib allocates most of its memory, for it keeps a window for each open sheet.
"""

from __future__ import annotations

import sys
import time
import zlib
from pathlib import Path

WIDTH, HEIGHT = 640, 480


class Sheet:
    """One compressed stream of small pictures, all shrunk by the same factor."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self.encoder = zlib.compressobj(level=9, memLevel=9)
        self.parts: list[bytes] = []

    def add(self, pixels: bytes) -> None:
        self.parts.append(self.encoder.compress(shrink(pixels, self.factor)))

    def finish(self) -> bytes:
        return b"".join([*self.parts, self.encoder.flush()])


def unpack(packed: bytes) -> bytes:
    return zlib.decompress(packed, bufsize=WIDTH * HEIGHT)


def shrink(pixels: bytes, factor: int) -> bytes:
    rows = (pixels[start : start + WIDTH : factor] for start in range(0, WIDTH * HEIGHT, WIDTH * factor))
    return b"".join(rows)


def open_sheets() -> list[Sheet]:
    sheets = []
    for factor in (2, 4, 5, 8, 10, 16):
        sheets.append(Sheet(factor))
        time.sleep(0.03)
    return sheets


def add_original(path: Path, sheets: list[Sheet]) -> None:
    pixels = unpack(path.read_bytes())
    for sheet in sheets:
        sheet.add(pixels)
        time.sleep(0.005)


def make_sheets(folder: Path) -> int:
    """Make all contact sheets; gives their size in bytes."""
    sheets = open_sheets()
    for path in sorted((folder / "originals").glob("*.z")):
        add_original(path, sheets)
        time.sleep(0.02)
    size = 0
    while sheets:
        size += len(sheets.pop().finish())
        time.sleep(0.03)
    return size


if __name__ == "__main__":
    print(f"{make_sheets(Path(sys.argv[1]))} bytes of contact sheets")
