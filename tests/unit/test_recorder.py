"""The recorder in one process: what is recorded, into which files, and what goes wrong without harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import memray
import pytest
from recorded import ROOT, environment, held, run_program, write_program

from sitegen.capture.naming import FileName, read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import Status, View


def test_a_chosen_module_is_recorded_under_its_name(tmp_path: Path) -> None:
    """`with recording(...)` leaves one complete capture, named after module, instance and process."""
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app.capture:front_door") as recorded:
            kept = hold(3_000_000)
        print(os.getpid(), recorded)
        """,
        modules="app.capture",
    )
    assert outcome.code == 0, outcome.log
    pid, recorded = outcome.printed.split()
    assert recorded == "True"
    assert outcome.names() == [FileName("app.capture", "front_door", pid)]
    analysis = outcome.only()
    assert (analysis.status, analysis.facts.pid) == (Status.OK, int(pid))
    assert held(analysis, "hold") == 3_000_001
    with memray.FileReader(outcome.files()[0]) as reader:
        assert analysis.peak_bytes == reader.metadata.peak_memory


def test_nothing_chosen_leaves_nothing(tmp_path: Path) -> None:
    """No file, no directory, no variable, no thread."""
    outcome = run_program(
        tmp_path,
        """
        before = dict(os.environ)
        with recorder.recording("app") as recorded:
            assert not recorded
        assert not recorder.start("app")
        recorder.next_chunk()
        recorder.stop()
        assert dict(os.environ) == before
        assert threading.active_count() == 1
        """,
        modules="",
    )
    assert (outcome.code, outcome.log) == (0, "")
    assert not outcome.captures.exists()


def test_the_name_of_the_run_is_the_start_time_unless_given(tmp_path: Path) -> None:
    """`SITEGEN_RUN` may be left out; what it must not do is lead out of the directory of captures."""
    source = """
    with recorder.recording("app"):
        pass
    print(os.environ["SITEGEN_RUN"])
    """
    by_time = run_program(tmp_path, source, SITEGEN_RUN="").printed.strip()
    assert [path.name for path in (tmp_path / "captures").iterdir()] == [by_time]
    assert by_time.startswith("20")
    assert len(by_time) == len("2026-03-01T12-30-05.123Z")
    by_hand = run_program(tmp_path, source, SITEGEN_RUN="../ci/17").printed.strip()
    assert (tmp_path / "captures" / by_hand).is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captures", "program.py"]


def test_names_that_never_matched_are_reported_once(tmp_path: Path) -> None:
    """The process that fixed the run says at its end what matched nowhere, its children's names included."""
    outcome = run_program(
        tmp_path,
        """
        if len(sys.argv) > 1:
            with recorder.recording("app.child:1"):
                sys.exit()
        recorder.start("app.main")
        subprocess.run([sys.executable, __file__, "child"], check=True)
        """,
        modules="app.main,app.child,app.mian,other*",
    )
    complaints = [line for line in outcome.log.splitlines() if "matched nothing" in line]
    assert complaints == [
        "WARNING SITEGEN_MODULES: app.mian matched nothing. Did you mean 'app.main'?",
        "WARNING SITEGEN_MODULES: other* matched nothing. Known: app.child:1, app.main.",
    ]


def test_a_second_recording_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    """memray has one tracker per process: who comes second is told, and disturbs nothing."""
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app:outer"):
            with recorder.recording("app:inner") as recorded:
                assert not recorded
            kept = hold(2_000_000)
        """,
    )
    assert outcome.code == 0, outcome.log
    assert [name.instance for name in outcome.names()] == ["outer"]
    assert held(outcome.only(), "hold") == 2_000_001
    assert "WARNING app:inner is not recorded: this process records app:outer already" in outcome.log


def test_recordings_one_after_the_other_are_repeats(tmp_path: Path) -> None:
    """A job that is recorded each time it runs leaves a capture for each time."""
    outcome = run_program(
        tmp_path,
        """
        for size in (1, 2, 3):
            with recorder.recording("app"):
                kept = hold(size * 1_000_000)
        print(os.getpid())
        """,
    )
    sizes = {
        read_file_name(path.name).process: held(read_capture(path, ReadOptions()), "hold")
        for path in outcome.files()
    }
    pid = outcome.printed.strip()
    assert sizes == {pid: 1_000_001, f"{pid}-2": 2_000_001, f"{pid}-3": 3_000_001}


def test_stacks_are_whole_wherever_recording_began(tmp_path: Path) -> None:
    """`start()` in a function that returns loses no frame of the callers, in any thread, nor any line."""
    outcome = run_program(
        tmp_path,
        """
        kept = []
        def set_up():
            recorder.start("app")
        def set_up_everything():
            set_up()
        def serve():
            set_up_everything()
            kept.append(hold(1_000_000))
            worker = threading.Thread(target=work, name="worker")
            worker.start()
            worker.join()
        def work():
            kept.append(hold(2_000_000))
        serve()
        kept.append(hold(4_000_000))
        """,
    )
    analysis = outcome.only()
    assert held(analysis, "work") == 2_000_001
    assert held(analysis, "hold") == 7_000_003
    assert 1_000_001 <= held(analysis, "serve") < 1_100_000
    assert 5_000_002 <= held(analysis, "<module>") < 5_100_000
    lines = (tmp_path / "program.py").read_text().splitlines()
    frames = analysis.frames
    called_from = {
        lines[frames.line[frame] - 1].strip()
        for frame in analysis.tree.frame
        if frames.functions[frames.function[frame]] == "serve"
    }
    assert "kept.append(hold(1_000_000))" in called_from
    assert {"MainThread", "worker"} <= {thread.name for thread in analysis.threads}


def test_threads_of_the_programs_own_kind_do_not_disturb(tmp_path: Path) -> None:
    """A thread whose name cannot be set costs its name, not the recording."""
    outcome = run_program(
        tmp_path,
        """
        class Worker(threading.Thread):
            name = property(lambda self: "mine")
        done = threading.Event()
        Worker(target=done.wait).start()
        assert recorder.start("app")
        kept = hold(2_000_000)
        done.set()
        """,
    )
    assert outcome.code == 0, outcome.log
    assert held(outcome.only(), "hold") == 2_000_001


def test_one_thread_may_begin_and_another_end(tmp_path: Path) -> None:
    """Recording belongs to the process, not to a thread."""
    outcome = run_program(
        tmp_path,
        """
        def in_thread(function, *arguments):
            thread = threading.Thread(target=function, args=arguments)
            thread.start()
            thread.join()
        in_thread(recorder.start, "app")
        kept = hold(2_000_000)
        in_thread(recorder.stop)
        more = hold(4_000_000)
        """,
    )
    analysis = outcome.only()
    assert analysis.status is Status.OK
    assert held(analysis, "hold") == 2_000_001


@pytest.mark.parametrize(
    ("variable", "text", "facts"),
    [
        ("SITEGEN_NATIVE", "1", (True, False, False)),
        ("SITEGEN_AGGREGATE", "1", (False, True, False)),
        ("SITEGEN_PYTHON_ALLOCATORS", "1", (False, False, True)),
        ("SITEGEN_BUFFERED", "1", (False, False, False)),
    ],
)
def test_variables_choose_how_memray_records(
    tmp_path: Path, variable: str, text: str, facts: tuple[bool, bool, bool]
) -> None:
    """Each way is known from the capture, and holds what was allocated."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        kept = hold(2_000_000)
        """,
        **{variable: text},
    )
    assert outcome.code == 0, outcome.log
    analysis = outcome.only()
    assert analysis.status is Status.OK
    found = (analysis.facts.native, analysis.facts.aggregated, analysis.facts.python_allocators_traced)
    assert found == facts
    assert 0 <= held(analysis, "hold") - 2_000_001 < 100  # the object itself counts where all allocators do


def test_interval_and_compression_can_be_set(tmp_path: Path) -> None:
    """A longer interval gives fewer points of the chart; without compression the file is memray's raw one."""
    source = """
    recorder.start("app")
    time.sleep(0.3)
    """
    often, seldom = tmp_path / "often", tmp_path / "seldom"
    often.mkdir()
    seldom.mkdir()
    finely = run_program(often, source)
    coarsely = run_program(seldom, source, SITEGEN_INTERVAL_MS="250", SITEGEN_COMPRESS="0")
    assert len(coarsely.only().snapshots.time) < 5 < len(finely.only().snapshots.time)
    assert coarsely.files()[0].read_bytes().startswith(b"memray")
    assert not finely.files()[0].read_bytes().startswith(b"memray")


@pytest.mark.parametrize("why", ["captures is a file", "run is a file"])
def test_a_directory_that_cannot_be_written_costs_the_recording_only(tmp_path: Path, why: str) -> None:
    """The program runs on and is told why there is no capture."""
    captures = tmp_path / "captures"
    if why == "captures is a file":
        captures.write_text("in the way")
    else:
        captures.mkdir()
        (captures / "run").write_text("in the way")
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app") as recorded:
            assert not recorded
        print("ran to its end")
        """,
    )
    assert (outcome.code, outcome.printed) == (0, "ran to its end\n"), outcome.log
    assert "ERROR recording of app stopped: " in outcome.log


def test_a_program_whose_directory_is_gone_runs_on(tmp_path: Path) -> None:
    """Where captures go cannot be told: that is said, and nothing is recorded."""
    gone = tmp_path / "gone"
    gone.mkdir()
    (tmp_path / "program.py").write_text(
        """
import logging, os
logging.basicConfig()
os.rmdir(os.getcwd())
from sitegen import recorder
with recorder.recording("app") as recorded:
    print("recorded", recorded)
"""
    )
    program = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        env=environment(tmp_path, "app", SITEGEN_CAPTURES="captures"),
        cwd=gone,
        capture_output=True,
        text=True,
        check=True,
    )
    assert program.stdout == "recorded False\n"
    assert "app is not recorded: FileNotFoundError" in program.stderr


def test_a_home_of_nobody_is_a_name_like_any_other(tmp_path: Path) -> None:
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app") as recorded:
            assert recorded
        """,
        SITEGEN_CAPTURES="~no such user/captures",
    )
    assert outcome.code == 0, outcome.log
    assert len(list((tmp_path / "~no such user" / "captures" / "run").iterdir())) == 1


def test_too_little_room_at_the_start_records_nothing(tmp_path: Path) -> None:
    """What would eat the reserve of the disk is not begun, and leaves no empty file."""
    outcome = run_program(
        tmp_path,
        """
        assert not recorder.start("app")
        """,
        SITEGEN_RESERVE="1000 PB",
    )
    assert outcome.code == 0, outcome.log
    assert "less than SITEGEN_RESERVE" in outcome.log
    assert not outcome.files()


def test_a_disk_that_fills_up_ends_the_recording_in_order(tmp_path: Path) -> None:
    """Recording stops while there is room to complete the capture, and the program runs on."""
    outcome = run_program(
        tmp_path,
        """
        from sitegen.recorder import watch
        watch.free_bytes = lambda directory: 1000
        recorder.start("app")
        kept = hold(2_000_000)
        wait_until(lambda: threading.active_count() == 1)
        assert recorder.start("app:again")
        print("ran to its end")
        """,
    )
    assert (outcome.code, outcome.printed) == (0, "ran to its end\n"), outcome.log
    assert "recording of app stopped: only 1.000kB are free" in outcome.log
    first = read_capture(outcome.files()[-1], ReadOptions())
    assert (first.status, held(first, "hold")) == (Status.OK, 2_000_001)


def test_a_disk_that_is_full_at_once_does_not_harm_the_program(tmp_path: Path) -> None:
    """memray cannot make its file longer: it gives up, and what it wrote is not taken for complete."""
    outcome = run_program(
        tmp_path,
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
        recorder.start("app")
        kept = [hold(1000 + number) for number in range(10_000)]
        print("ran to its end")
        """,
    )
    assert (outcome.code, outcome.printed) == (0, "ran to its end\n"), outcome.log
    assert outcome.only().status is Status.DAMAGED


def test_a_program_under_memray_run_is_not_recorded_twice(tmp_path: Path) -> None:
    """Who came first keeps memray's tracker; the recorder says so and leaves no file."""
    program = write_program(
        tmp_path,
        """
        assert not recorder.start("app")
        kept = hold(2_000_000)
        """,
    )
    done = subprocess.run(
        [sys.executable, "-m", "memray", "run", "-q", "-o", "plain.bin", str(program)],
        env=environment(tmp_path, "app"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "recording of app stopped: No more than one Tracker" in done.stderr
    assert not list((tmp_path / "captures" / "run").iterdir())
    assert read_capture(tmp_path / "plain.bin", ReadOptions()).peak_bytes > 2_000_000


def test_without_memray_the_program_runs_on(tmp_path: Path) -> None:
    """An environment that has no memray, or a broken one, costs the recording only."""
    (tmp_path / "memray.py").write_text("raise ImportError('no memray here')")
    outcome = run_program(
        tmp_path,
        """
        assert not recorder.start("app")
        recorder.stop()
        print("ran to its end")
        """,
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    )
    assert (outcome.code, outcome.printed) == (0, "ran to its end\n"), outcome.log
    assert "no memray here" in outcome.log


def test_peaks_are_those_of_plain_memray(tmp_path: Path) -> None:
    """The recorder adds some kB of its own thread to what memray alone would have recorded, no more."""
    outcome = run_program(
        tmp_path,
        """
        import memray
        def work():
            return [hold(1000 + number) for number in range(1000)]
        with memray.Tracker("plain.bin"):
            work()
        with recorder.recording("app"):
            work()
        """,
    )
    plain = read_capture(tmp_path / "plain.bin", ReadOptions())
    recorded = outcome.only()
    assert held(recorded, "work", View.PEAK) == held(plain, "work", View.PEAK)
    assert 0 <= recorded.peak_bytes - plain.peak_bytes < 50_000


def test_interrupts_at_any_moment_leave_nothing_half_begun(tmp_path: Path) -> None:
    """Ctrl-C in the middle of beginning, cutting or ending a recording hangs nothing, and the next one works."""
    outcome = run_program(
        tmp_path,
        """
        def interrupt(number, frame):
            raise KeyboardInterrupt
        recorder.start("app")
        recorder.stop()
        signal.signal(signal.SIGALRM, interrupt)
        interrupted = 0
        for step in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + step * 0.0002)
                recorder.start("app")
                recorder.next_chunk()
                recorder.stop()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
        assert interrupted
        recorder.stop()
        with recorder.recording("app:last") as recorded:
            assert recorded
            kept = hold(2_000_000)
        """,
    )
    assert outcome.code == 0, outcome.log
    assert "No more than one Tracker" not in outcome.log
    (last,) = (path for path in outcome.files() if "last" in path.name)
    assert held(read_capture(last, ReadOptions()), "hold") == 2_000_001
