"""Recordings that are cut into chunks: by time, by size, by signal, by growth of memory."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from recorded import Outcome, held, run_program

from sitegen.capture.naming import read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import Analysis, Status


def chunks(outcome: Outcome) -> dict[int, Analysis]:
    """The chunks of the one recording by their numbers, all of them complete."""
    assert outcome.code == 0, outcome.log
    assert len({name.process for name in outcome.names()}) == 1
    read = {
        read_file_name(path.name).chunk or 0: read_capture(path, ReadOptions()) for path in outcome.files()
    }
    assert {analysis.status for analysis in read.values()} == {Status.OK}
    return read


def test_chunks_by_time_follow_each_other(tmp_path: Path) -> None:
    """What was allocated is in one of the chunks, but for the milliseconds between two of them."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        kept = []
        def two_more_chunks():
            return len(captures()) >= 3
        while not two_more_chunks():
            kept.append(hold(10_000))
            time.sleep(0.002)
        print(len(kept))
        """,
        SITEGEN_CHUNK_MINUTES="0.005",
    )
    read = chunks(outcome)
    assert set(read) == {1, 2, 3}
    allocated = int(outcome.printed) * 10_001
    assert 0.9 * allocated < sum(held(analysis, "hold") for analysis in read.values()) <= allocated
    times = [(analysis.facts.started, analysis.facts.ended) for _, analysis in sorted(read.items())]
    for (begun, ended), (started, closed) in pairwise(times):
        assert begun < started <= ended < closed  # the next is opened before the one before is closed
    assert {"MainThread", "sitegen-recorder"} <= {thread.name for thread in read[2].threads}


def test_stacks_are_whole_in_every_chunk(tmp_path: Path) -> None:
    """A function that ran before the chunk began is in it, with the lines that it reached since."""
    outcome = run_program(
        tmp_path,
        """
        kept = []
        def serve():
            recorder.start("app")
            kept.append(hold(1_000_000))
            recorder.next_chunk()
            kept.append(hold(2_000_000))
        serve()
        """,
    )
    read = chunks(outcome)
    assert {number: held(analysis, "hold") for number, analysis in read.items()} == {
        1: 1_000_001,
        2: 2_000_001,
    }
    assert held(read[2], "serve") >= 2_000_001
    frames = read[2].frames
    lines = {
        frames.line[frame]
        for frame in range(len(frames.function))
        if frames.functions[frames.function[frame]] == "serve"
    }
    source = (tmp_path / "program.py").read_text().splitlines()
    assert source.index("    kept.append(hold(2_000_000))") + 1 in lines


def test_chunks_by_size_keep_the_newest(tmp_path: Path) -> None:
    """A file that has grown past the limit is the last of its chunk; of all chunks two stay."""
    outcome = run_program(
        tmp_path,
        """
        from sitegen.recorder import watch
        watch.TICK_SECONDS = 0.1
        recorder.start("app")
        wait_until(lambda: [hold(1000 + n) for n in range(500)] and captures()[0].endswith(".002.bin"))
        """,
        SITEGEN_CHUNK_SIZE="20 kB",
        SITEGEN_KEEP="2",
        SITEGEN_COMPRESS="0",
    )
    read = chunks(outcome)
    assert set(read) == {2, 3}
    sizes = {read_file_name(path.name).chunk: path.stat().st_size for path in outcome.files()}
    assert (sizes[2] or 0) >= 20_000


def test_a_signal_rotates(tmp_path: Path) -> None:
    """SIGUSR1 completes the chunk and begins the next, from outside as from inside."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        kept = hold(1_000_000)
        os.kill(os.getpid(), signal.SIGUSR1)
        from sitegen.recorder import control
        wait_until(lambda: ".002.bin" in str(control.current().chunk))
        more = hold(2_000_000)
        """,
        SITEGEN_SIGUSR1="rotate",
    )
    sizes = {number: held(analysis, "hold") for number, analysis in chunks(outcome).items()}
    assert sizes == {1: 1_000_001, 2: 2_000_001}


def test_a_signal_switches_recording_off_and_on(tmp_path: Path) -> None:
    """What is allocated in the pause is in no chunk."""
    outcome = run_program(
        tmp_path,
        """
        from sitegen.recorder import control
        recorder.start("app")
        kept = hold(1_000_000)
        os.kill(os.getpid(), signal.SIGUSR1)
        wait_until(lambda: control.current().chunk is None)
        unseen = hold(2_000_000)
        os.kill(os.getpid(), signal.SIGUSR1)
        wait_until(lambda: control.current().chunk is not None)
        more = hold(4_000_000)
        """,
        SITEGEN_SIGUSR1="toggle",
    )
    sizes = {number: held(analysis, "hold") for number, analysis in chunks(outcome).items()}
    assert sizes == {1: 1_000_001, 2: 4_000_001}


def test_an_armed_recording_waits_for_its_signal(tmp_path: Path) -> None:
    """Nothing is written, nor slowed, before the signal; then it is as with `toggle`."""
    outcome = run_program(
        tmp_path,
        """
        assert recorder.start("app")
        unseen = hold(1_000_000)
        assert not captures()
        os.kill(os.getpid(), signal.SIGUSR1)
        wait_until(captures)
        from sitegen.recorder import control
        wait_until(lambda: control.current().chunk is not None)
        kept = hold(2_000_000)
        """,
        SITEGEN_SIGUSR1="armed",
    )
    assert {number: held(analysis, "hold") for number, analysis in chunks(outcome).items()} == {1: 2_000_001}
    assert f"kill -USR1 {outcome.names()[0].process}" in outcome.log


def test_a_signal_that_the_program_handles_stays_its_own(tmp_path: Path) -> None:
    """The recorder does not take SIGUSR1 away, says so, and records on."""
    outcome = run_program(
        tmp_path,
        """
        heard = []
        signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
        recorder.start("app")
        os.kill(os.getpid(), signal.SIGUSR1)
        wait_until(lambda: heard)
        """,
        SITEGEN_SIGUSR1="rotate",
    )
    assert "SIGUSR1 is not heard: the program handles it" in outcome.log
    assert set(chunks(outcome)) == {1}


def test_a_signal_after_the_end_does_no_harm(tmp_path: Path) -> None:
    """A process that stopped recording is not killed by the signal that used to rotate."""
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app"):
            pass
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.05)
        """,
        SITEGEN_SIGUSR1="rotate",
    )
    assert set(chunks(outcome)) == {1}


def test_a_chunk_that_cannot_be_begun_ends_the_recording(tmp_path: Path) -> None:
    """The chunk before is completed, the program runs on, and the log says why there is no other."""
    outcome = run_program(
        tmp_path,
        """
        import shutil
        recorder.start("app")
        kept = hold(1_000_000)
        directory = os.path.join(os.environ["SITEGEN_CAPTURES"], "run")
        os.rename(directory, directory + "-moved")
        open(directory, "w").close()
        recorder.next_chunk()
        more = hold(2_000_000)
        os.unlink(directory)
        os.rename(directory + "-moved", directory)
        print("ran to its end")
        """,
        SITEGEN_COMPRESS="0",
    )
    assert outcome.printed == "ran to its end\n", outcome.log
    assert "ERROR recording of app stopped: " in outcome.log
    assert held(outcome.only(), "hold") == 1_000_001
    assert outcome.only().status is Status.OK
