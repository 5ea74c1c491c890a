"""Work in a second process has its result, whatever happens to that process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from made_captures import sample
from memray._memray import RecordWriterTestHarness

from sitegen.analyse import worth_processes
from sitegen.capture.beside import Beside
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture


def test_the_result_comes_from_another_process() -> None:
    assert Beside(os.getpid).result() != os.getpid()


def test_work_whose_process_dies_is_done_in_this_one() -> None:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    assert Beside(work).result() == here


def test_what_work_raises_it_raises_here() -> None:
    def work() -> None:
        raise ValueError("not this")

    with pytest.raises(ValueError, match="not this"):
        Beside(work).result()


def test_work_after_other_work_begins_when_that_is_done(tmp_path: Path) -> None:
    def first() -> None:
        time.sleep(0.3)
        (tmp_path / "done").touch()

    with Beside(first) as earlier, Beside((tmp_path / "done").exists, after=earlier) as later:
        assert later.result()
        earlier.result()


def test_work_that_nobody_asks_for_ends_with_the_block(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    def work() -> None:
        told.write_text(str(os.getpid()))
        time.sleep(60)

    with Beside(work):
        while not told.exists() or not told.read_text():
            time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_the_second_process_ends_with_the_first(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    def work() -> None:
        told.write_text(str(os.getpid()))
        time.sleep(60)

    first = os.fork()
    if not first:
        Beside(work)
        while not told.exists() or not told.read_text():
            time.sleep(0.01)
        os._exit(0)
    os.waitpid(first, 0)
    second = int(told.read_text())
    for _ in range(500):
        try:
            os.kill(second, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{second}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)
    pytest.fail("the second process lives on")


@pytest.mark.parametrize(
    "name",
    [
        "release-2.3/app.embeddings.bin",
        "release-2.5/app.web.bin",
        "release-2.1/app.report.bin",
        "release-2.5/app.thumbnails.bin",
    ],
)
def test_two_processes_read_the_same_as_one(name: str) -> None:
    assert read_capture(sample(name), ReadOptions(), 2) == read_capture(sample(name), ReadOptions())


def test_two_processes_are_for_captures_of_many_records(tmp_path: Path) -> None:
    """Whatever the size of the file: that of a killed process is not compressed, and counts nothing."""
    few, many = tmp_path / "few.bin", tmp_path / "many.bin"
    for path, records in ((few, 10), (many, 200_000)):
        harness = RecordWriterTestHarness(str(path), command_line="records")
        harness.write_thread_record(1, "main")
        for number in range(records):
            harness.write_allocation_record(1, 16 * number, 8, 6)
        harness.write_trailer()
        harness.write_header(True)
    assert [worth_processes(few), worth_processes(many)] == [1, 2]
    assert worth_processes(tmp_path / "missing.bin") == 1
    assert worth_processes(Path(__file__)) == 1
