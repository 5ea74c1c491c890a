"""Captures made for the tests: real ones by memray's Tracker in another process, and made-up ones."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memray import FileFormat
from memray._memray import RecordWriterTestHarness

SAMPLES = Path(__file__).resolve().parent.parent / "sample_captures"
MALLOC, FREE = 6, 5

PROGRAM = """
kept = []

def build_index(rows):
    return [bytearray(1000) for _ in range(rows)]

def remember(rows):
    kept.extend(bytearray(2000) for _ in range(rows))

def main():
    remember(300)
    index = build_index(1000)
    index.append(None)

main()
"""
"""A program with a peak, in one function, and a leak, in another, that tests vary."""


def sample(name: str) -> Path:
    """A sample capture, by run and file name: `release-2.1/app.web.bin`."""
    return SAMPLES / "runs" / name


def record(path: Path, program: str, **options: Any) -> Path:
    """Runs a program's text under a Tracker with these options in a process of its own; gives the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_name(f"{path.name}.py")
    source.write_text(
        "import memray\n"
        f"with memray.Tracker({str(path)!r}, **{options!r}):\n"
        + textwrap.indent(textwrap.dedent(program), "    ")
    )
    done = subprocess.run([sys.executable, source], capture_output=True, text=True)
    source.unlink()
    if done.returncode > 0:
        raise AssertionError(done.stderr)
    return path


def write_capture(
    path: Path,
    stacks: Sequence[tuple[Sequence[tuple[str, str, int]], int]],
    command_line: str = "program",
    threads: Sequence[str] = ("main",),
    finished: bool = True,
    file_format: FileFormat = FileFormat.ALL_ALLOCATIONS,
) -> Path:
    """A capture with one allocation for each (frames from the root, bytes), given to the threads in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    harness = RecordWriterTestHarness(str(path), command_line=command_line, file_format=file_format)
    codes: dict[tuple[str, str, int], int] = {}
    for tid, name in enumerate(threads, 1):
        harness.write_thread_record(tid, name)
    for number, (frames, size) in enumerate(stacks):
        tid = 1 + number % len(threads)
        for frame in frames:
            if frame not in codes:
                codes[frame] = len(codes) + 1
                function, file, line = frame
                harness.write_code_object(codes[frame], function, file, b"", line)
            harness.write_frame_push(tid, codes[frame], 0, True)
        harness.write_allocation_record(tid, 0x1000 + 4096 * number, size, MALLOC)
        if number % 3 == 0:
            harness.write_memory_record(1_700_000_000_000 + 10 * number, 1_000_000 + size)
        if frames:
            harness.write_frame_pop(tid, len(frames))
    if finished:
        harness.write_trailer()
        harness.write_header(True)
    return path
