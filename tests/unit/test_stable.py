"""Captures that change, or whose names memray cannot take, are read through a stand-in."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from made_captures import sample, write_capture

from sitegen.capture import stable
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.capture.stable import stable_copy
from sitegen.errors import CaptureError
from sitegen.model import Status

STACKS = [([("f", "a.py", 1)], 1000 + i) for i in range(200)]
NOT_UTF8 = "caf\udce9.bin"


def test_a_finished_capture_is_read_where_it_is() -> None:
    """Nothing is copied of most captures."""
    path = sample("release-2.1/app.web.bin")
    with stable_copy(path) as (readable, _):
        assert readable == path


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_what_is_no_capture_is_passed_on(tmp_path: Path, content: bytes | None) -> None:
    """Also what is not there: it is the reader's to say what is wrong with it."""
    path = tmp_path / "a.bin"
    if content is not None:
        path.write_bytes(content)
    with stable_copy(path) as (readable, _):
        assert readable == path


@pytest.mark.parametrize("by", ["sharing", "reading"])
def test_an_unfinished_capture_is_copied_and_the_copy_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """What is written to the capture meanwhile does not show in the copy."""
    if by == "reading":
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    path = write_capture(tmp_path / "a.bin", STACKS, finished=False)
    before = path.read_bytes()
    with stable_copy(path) as (readable, _):
        with path.open("ab") as file:
            file.write(b"more")
        assert readable != path
        assert readable.read_bytes() == before
    assert not readable.exists()


def test_no_room_for_a_copy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the way out, and leaves nothing behind."""
    path = write_capture(tmp_path / "a.bin", STACKS, finished=False)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stable, "_copy_bytes", full)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    with pytest.raises(CaptureError, match="No space left") as caught, stable_copy(path):
        pass
    assert "TMPDIR" in caught.value.hint
    assert not any((tmp_path / "temporary").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="macOS refuses such names")
@pytest.mark.parametrize("finished", [False, True])
def test_a_name_that_is_no_utf_8_hinders_nothing(tmp_path: Path, finished: bool) -> None:
    """The same figures as under any other name, statistics included."""
    plain = write_capture(tmp_path / "a.bin", STACKS, finished=finished)
    strange = tmp_path / NOT_UTF8
    strange.write_bytes(plain.read_bytes())
    analysis = read_capture(strange, ReadOptions())
    assert analysis == read_capture(plain, ReadOptions())
    assert analysis.stats is not None
    assert analysis.status is (Status.OK if finished else Status.UNFINISHED)


def test_a_growing_capture_gives_figures_that_agree(tmp_path: Path) -> None:
    """While a process writes and writes, each reading is consistent in itself: the calls saw one file."""
    path = tmp_path / "a.bin"
    program = textwrap.dedent(f"""
        import memray, time
        held = []
        with memray.Tracker({str(path)!r}):
            print("ready", flush=True)
            while True:
                held.append(bytearray(2000))
                time.sleep(0.001)
        """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            peaks = []
            for _ in range(5):
                analysis = read_capture(path, ReadOptions())
                assert analysis.status is Status.UNFINISHED
                assert sum(analysis.peak.bytes) == analysis.peak_bytes
                assert analysis.high_water is not None
                assert analysis.leaked_bytes == sum(analysis.leaks.bytes)
                peaks.append(analysis.peak_bytes)
            assert peaks == sorted(peaks)
            assert peaks[0] < peaks[-1]
        finally:
            process.kill()
