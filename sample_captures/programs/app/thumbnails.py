"""app.thumbnails: small versions of the originals. New in release 5.

Profiled with `--native`, for most of its memory is allocated inside zlib.
"""

from __future__ import annotations

import sys
import time
import zlib
from pathlib import Path

WIDTH, HEIGHT = 640, 480


def unpack(packed: bytes) -> bytes:
    decoder = zlib.decompressobj()
    return decoder.decompress(packed) + decoder.flush()


def shrink(pixels: bytes, factor: int) -> bytes:
    rows = (pixels[start : start + WIDTH : factor] for start in range(0, WIDTH * HEIGHT, WIDTH * factor))
    return b"".join(rows)


def pack(pixels: bytes) -> bytes:
    encoder = zlib.compressobj(level=9)
    return encoder.compress(pixels) + encoder.flush()


def make_thumbnails(folder: Path) -> dict[tuple[str, int], bytes]:
    made: dict[tuple[str, int], bytes] = {}
    for path in sorted((folder / "originals").glob("*.z")):
        pixels = unpack(path.read_bytes())
        for factor in (2, 4, 8):
            made[path.name, factor] = pack(shrink(pixels, factor))
            time.sleep(0.02)
    return made


if __name__ == "__main__":
    print(len(make_thumbnails(Path(sys.argv[1]))), "thumbnails")
