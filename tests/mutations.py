"""Captures of every kind, and what a bad disk, a broken copy or somebody with bad intentions makes of them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import Status

_RECORD_ALL = """
import os, sys
import memray

def work(depth):
    if depth:
        return work(depth - 1)
    return [bytearray(1000 + 7 * i) for i in range(40) if i % 5] + [str(i) * 200 for i in range(40)]

def record(name, compress, after=lambda: None, **options):
    destination = memray.FileDestination(os.path.join(sys.argv[1], name), compress_on_exit=compress)
    with memray.Tracker(destination=destination, **options):
        held = [work(depth) for depth in range(8)]
        held = held[::2]
        after()

aggregated = memray.FileFormat.AGGREGATED_ALLOCATIONS
record("compressed.bin", True)
record("raw.bin", False)
record("pymalloc.bin", False, trace_python_allocators=True)
record("native.bin", False, native_traces=True)
record("aggregated.bin", False, file_format=aggregated)
record("aggregated-compressed.bin", True, file_format=aggregated)
record("killed.bin", False, after=lambda: os._exit(0))
"""

_RECORD_NOTHING = """
import os, sys, time
import memray

def record(name, compress, **options):
    destination = memray.FileDestination(os.path.join(sys.argv[1], name), compress_on_exit=compress)
    with memray.Tracker(destination=destination, file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS, **options):
        time.sleep(0.03)

time.sleep(0)
record("plain.bin", False)
record("native.bin", False, native_traces=True)
record("compressed.bin", True)
"""

Seen = tuple[Status, str, int, int]
"""What a reading gave: status, reason, peak and leaked bytes."""


def record_all(directory: Path) -> dict[str, Path]:
    """A small real capture of each kind, by its name."""
    subprocess.run([sys.executable, "-c", _RECORD_ALL, directory], check=True)
    return {path.stem: path for path in sorted(directory.glob("*.bin"))}


def record_nothing(directory: Path) -> None:
    """Aggregated captures of next to no allocation: plain, native, and compressed."""
    subprocess.run([sys.executable, "-c", _RECORD_NOTHING, directory], check=True)


def look(path: Path) -> Seen:
    """For workers: reads a capture, all passes."""
    analysis = read_capture(path, ReadOptions())
    return analysis.status, analysis.reason, analysis.peak_bytes, analysis.leaked_bytes


def cut(data: bytes, count: int) -> Iterator[bytes]:
    """Cut short, evenly over the file, and byte by byte at its end."""
    end = len(data.rstrip(b"\0"))
    yield from (data[: len(data) * step // count] for step in range(count))
    yield from (data[:length] for length in range(end - 12, min(len(data), end + 3)))


def mangle(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Bits flipped, blocks overwritten, bytes taken out or put in, garbage at the end."""
    dice = random.Random(seed)
    for number in range(count):
        changed = bytearray(data)
        start = dice.randrange(len(data))
        length = dice.choice([1, 4, 64, 600])
        match number % 6:
            case 0 | 1:
                for _ in range(dice.choice([1, 1, 8])):
                    changed[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            case 2:
                changed[start : start + length] = bytes(length)
            case 3:
                changed[start : start + length] = b"\xff" * length
            case 4:
                changed[start : start + length] = b"" if dice.random() < 0.5 else dice.randbytes(2 * length)
            case _:
                changed += dice.randbytes(length)
        yield bytes(changed)
