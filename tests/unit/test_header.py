"""A capture is told from other files by its first bytes."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import lz4.frame
import memray
import pytest
from made_captures import write_capture

from sitegen.capture.header import MAGIC, has_trailer, is_capture, read_header
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.errors import CaptureError
from sitegen.model import SearchPaths, Status


@pytest.mark.parametrize("switches", [[], ["--no-compress"], ["--aggregate"]])
def test_what_memray_run_writes_is_a_capture(tmp_path: Path, switches: list[str]) -> None:
    script = tmp_path / "script.py"
    script.write_text("x = [bytes(1000 + i) for i in range(1000)]")
    capture = tmp_path / "a.bin"
    command = [sys.executable, "-m", "memray", "run", "-q", *switches, "-o", str(capture), str(script)]
    subprocess.run(command, check=True, capture_output=True)
    assert is_capture(capture)
    header = read_header(capture)
    assert header is not None
    assert header.started == memray.FileReader(capture).metadata.start_time.timestamp() * 1000
    assert header.search_paths is not None


@pytest.mark.parametrize(
    "content", [b"", b"memra", b"hello", lz4.frame.compress(b"hello"), b"\x04\x22\x4d\x18" + b"\xff" * 100]
)
def test_other_files_are_no_captures(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(content)
    assert not is_capture(file)
    assert read_header(file) is None


@pytest.mark.parametrize(
    ("version", "python", "trailer"),
    [(11, b"", b"\x10"), (12, struct.pack("=i", 0x030B07F0), b"\x01")],
)
def test_older_formats_tell_when_they_started_and_that_they_end(
    tmp_path: Path, version: int, python: bytes, trailer: bytes
) -> None:
    # As memray 1.17 and 1.19 write them.
    head = MAGIC + struct.pack("=i", version) + python + struct.pack("=BBQQqq", 1, 0, 9, 4, 1000, 2000)
    file = tmp_path / "a.bin"
    file.write_bytes(head + b"python x.py\0" + struct.pack("=iQQBB", 7, 8, 0, 1, 0) + b"records" + trailer)
    header = read_header(file)
    assert header is not None
    assert (header.version, header.allocations, header.started, header.ended) == (version, 9, 1000, 2000)
    assert (header.native, header.aggregated, header.search_paths) == (True, False, None)
    assert header.python_version == ("3.11" if python else "")
    assert has_trailer(file, header)
    file.write_bytes(file.read_bytes()[:-1])
    assert not has_trailer(file, header)


def test_a_header_longer_than_usual_is_read_whole(tmp_path: Path) -> None:
    head = MAGIC + struct.pack("=iiBBQQqq", 13, 0x030C0000, 0, 0, 9, 4, 1000, 2000) + b"x" * 200_000 + b"\0"
    file = tmp_path / "a.bin"
    file.write_bytes(head + struct.pack("=iQQBBB", 7, 8, 0, 1, 0, 0) + b"/lib\0/site\0\0/here\0\0")
    header = read_header(file)
    assert header is not None
    assert header.started == 1000
    assert header.search_paths == SearchPaths("/lib", ("/site",), ("/here",))


def test_a_capture_of_another_format_says_its_version_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(MAGIC + struct.pack("=i", 99) + b"\xff" * 100)
    header = read_header(file)
    assert header is not None
    assert (header.version, header.started) == (99, None)


def test_a_header_that_was_cut_off_in_an_lz4_frame_is_none_but_the_file_is_a_capture(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(lz4.frame.compress(MAGIC + struct.pack("=i", 13) + bytes(range(256)) * 20)[:60])
    assert is_capture(file)
    assert read_header(file) is None


def test_a_pipe_is_no_capture_and_does_not_block(tmp_path: Path) -> None:
    pipe = tmp_path / "a.bin"
    os.mkfifo(pipe)
    assert not is_capture(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        read_header(pipe)


def test_a_capture_of_a_killed_process_is_not_finished_though_its_header_has_an_end_time(
    tmp_path: Path,
) -> None:
    """memray writes the header, end time included, when tracking begins: later than the tracker was made."""
    capture = tmp_path / "a.bin"
    program = (
        "import memray, os, sys, time\n"
        "tracker = memray.Tracker(sys.argv[1])\n"
        "time.sleep(0.02)\n"
        "tracker.__enter__()\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(capture)], check=True)
    header = read_header(capture)
    assert header is not None
    assert (header.ended or 0) > (header.started or 0)
    assert not header.finished


@pytest.mark.parametrize(
    ("records", "finished"),
    [
        (b"\x01", True),
        (b"\x02\x80\xff\x01\x05\x02\x00\x00\x01" + bytes(4096), True),  # two snapshots, the trailer, padding
        (b"", False),
        (bytes(4096), False),
        (b"\x02\x80\xff\x01\x01" + bytes(4096), False),  # a snapshot after a millisecond
        (b"\x02\x80\x01", False),
        (b"\x02\x05", False),
        (b"\x02\x05\x01\x01\x00\x02", False),  # something behind the trailer
        (b"\x0c" + bytes(8) + b"\x0aname\0\x01", False),  # a thread: more than is looked for
        (b"\x02\x05\x01" * 30_000 + b"\x01", False),
    ],
)
def test_a_raw_capture_of_nothing_is_finished_where_nothing_else_can_be_its_trailer(
    tmp_path: Path, records: bytes, finished: bool
) -> None:
    """No allocations are counted in its header, as in that of a process that was killed."""
    capture = write_capture(tmp_path / "app.bin", [], threads=())
    header = read_header(capture)
    assert header is not None
    assert header.finished
    capture.write_bytes(capture.read_bytes()[: header.size] + records)
    again = read_header(capture)
    assert again is not None
    assert again.finished == finished


def test_a_program_that_allocated_nothing_leaves_a_healthy_capture(tmp_path: Path) -> None:
    """As memray writes it without compression; the same program, killed, leaves an unfinished one."""
    program = (
        "import memray, os, sys, time\n"
        "file = memray.FileDestination(sys.argv[1], compress_on_exit=False)\n"
        "with memray.Tracker(destination=file):\n"
        "    time.sleep(0.05)\n"
        "    'killed' in sys.argv and os._exit(0)"
    )
    for name, status in (("whole", Status.OK), ("killed", Status.UNFINISHED)):
        capture = tmp_path / f"{name}.bin"
        subprocess.run([sys.executable, "-c", program, str(capture), name], check=True)
        assert read_capture(capture, ReadOptions()).status is status


@pytest.mark.parametrize("finished", [True, False])
def test_a_capture_that_is_zeros_for_the_most_part_fails_at_once(tmp_path: Path, finished: bool) -> None:
    """memray takes every zero for a record: of 10 GB nobody would see the end."""
    capture = write_capture(tmp_path / "app.bin", [((("main", "main.py", 1),), 1000)], finished=finished)
    os.truncate(capture, 10 << 30)
    with pytest.raises(CaptureError, match="ends in more zeros than memray leaves there"):
        read_capture(capture, ReadOptions())


def test_zeros_such_as_memray_leaves_change_nothing(tmp_path: Path) -> None:
    """It grows files by a tenth and a page."""
    capture = write_capture(tmp_path / "app.bin", [((("main", "main.py", 1),), 1000)], finished=False)
    os.truncate(capture, 1 << 16)
    analysis = read_capture(capture, ReadOptions())
    assert (analysis.status, analysis.peak_bytes) == (Status.UNFINISHED, 1000)


def test_an_unfinished_capture_that_ends_like_a_finished_one_is_unfinished(tmp_path: Path) -> None:
    """The trailer is one byte, which the last record of a killed process can end with too."""
    capture = write_capture(tmp_path / "a.bin", [([("f", "f.py", 1)], 1000)], finished=False)
    with capture.open("rb+") as file:
        content = file.read().rstrip(b"\0")
        file.seek(len(content))
        file.write(b"\x01")
    header = read_header(capture)
    assert header is not None
    assert has_trailer(capture, header)
    assert read_capture(capture, ReadOptions()).status is Status.UNFINISHED
