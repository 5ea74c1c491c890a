"""The recorder over forks, multiprocessing, subprocesses and deaths."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import Outcome, environment, held, run_program, write_program

from sitegen.capture.naming import read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import Analysis, Status


def analyses(outcome: Outcome) -> dict[str, Analysis]:
    """The captures of a run by `module:instance`, where no two share it."""
    found = {}
    for path in outcome.files():
        name = read_file_name(path.name)
        key = f"{name.module}:{name.instance}" if name.instance else name.module
        assert key not in found
        found[key] = read_capture(path, ReadOptions())
    return found


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_children_are_captures_of_one_run(tmp_path: Path, method: str) -> None:
    """However children start: all land in the parent's run, complete, `start()` without `stop()` too."""
    outcome = run_program(
        tmp_path,
        f"""
        import multiprocessing
        kept = []
        def capture(camera):
            os.chdir("/")
            with recorder.recording(f"app.capture:{{camera}}"):
                kept.append(hold(1_000_000))
        def review():
            recorder.start("app.review")
            kept.append(hold(2_000_000))
        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            recorder.start("app.main")
            kept.append(hold(4_000_000))
            children = [context.Process(target=capture, args=(camera,)) for camera in ("yard", "door")]
            children.append(context.Process(target=review))
            for child in children:
                child.start()
            for child in children:
                child.join()
            assert [child.exitcode for child in children] == [0, 0, 0]
        """,
        modules="app.*",
        SITEGEN_CAPTURES="captures",
    )
    assert outcome.code == 0, outcome.log
    found = analyses(outcome)
    assert {name: held(analysis, "hold") for name, analysis in found.items()} == {
        "app.main": 4_000_001,
        "app.capture:door": 1_000_001,
        "app.capture:yard": 1_000_001,
        "app.review": 2_000_001,
    }
    assert {analysis.status for analysis in found.values()} == {Status.OK}
    assert len({analysis.facts.pid for analysis in found.values()}) == 4


def test_a_fork_is_not_recorded_unless_it_begins_itself(tmp_path: Path) -> None:
    """Parent and child share no capture; leaving the parent's `with` in the child ends nothing."""
    outcome = run_program(
        tmp_path,
        """
        with recorder.recording("app.parent"):
            child = os.fork()
            kept = hold(1_000_000 if child else 2_000_000)
        if child:
            assert os.waitpid(child, 0)[1] == 0
        else:
            recorder.stop()
            with recorder.recording("app.child"):
                more = hold(4_000_000)
        """,
        modules="app.*",
    )
    assert outcome.code == 0, outcome.log
    found = analyses(outcome)
    assert {name: held(analysis, "hold") for name, analysis in found.items()} == {
        "app.parent": 1_000_001,
        "app.child": 4_000_001,
    }
    assert {analysis.status for analysis in found.values()} == {Status.OK}


def test_forks_are_followed_when_asked(tmp_path: Path) -> None:
    """Each fork is an instance by the order of the forks, forks of forks too; beginning anew ends that."""
    outcome = run_program(
        tmp_path,
        """
        def forked(work):
            child = os.fork()
            if not child:
                work()
                sys.exit()
            assert os.waitpid(child, 0)[1] == 0
        def grandchild():
            global kept
            kept = hold(4_000_000)
        def child():
            global kept
            kept = hold(2_000_000)
            forked(grandchild)
        def begins_anew():
            global kept
            assert recorder.start("app.other")
            kept = hold(1_000_000)
        recorder.start("app.main:a")
        forked(child)
        forked(begins_anew)
        """,
        modules="app.*",
        SITEGEN_FOLLOW_FORK="1",
    )
    assert outcome.code == 0, outcome.log
    found = analyses(outcome)
    assert {name: held(analysis, "hold") for name, analysis in found.items()} == {
        "app.main:a": 0,
        "app.main:a-fork-1": 2_000_001,
        "app.main:a-fork-1-fork-1": 4_000_001,
        "app.main:a-fork-2": 0,
        "app.other": 1_000_001,
    }
    assert {analysis.status for analysis in found.values()} == {Status.OK}


def test_a_followed_child_of_multiprocessing_is_complete(tmp_path: Path) -> None:
    """It ends by `os._exit`, and yet its capture has an end."""
    outcome = run_program(
        tmp_path,
        """
        import multiprocessing
        def work():
            global kept
            kept = hold(2_000_000)
        recorder.start("app")
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join()
        """,
        SITEGEN_FOLLOW_FORK="1",
    )
    found = analyses(outcome)
    assert found["app:fork-1"].status is Status.OK
    assert held(found["app:fork-1"], "hold") == 2_000_001


def test_forks_out_of_many_threads_neither_hang_nor_fail(tmp_path: Path) -> None:
    """While chunks are cut as fast as can be, threads fork, and every child records."""
    outcome = run_program(
        tmp_path,
        """
        def fork_and_record(number):
            child = os.fork()
            if not child:
                with recorder.recording(f"app.child:{number}"):
                    kept = hold(1_000_000)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        recorder.start("app.main")
        done = threading.Event()
        def cut():
            while not done.is_set():
                recorder.next_chunk()
        cutter = threading.Thread(target=cut)
        cutter.start()
        threads = [threading.Thread(target=fork_and_record, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        cutter.join()
        """,
        modules="app.*",
        SITEGEN_KEEP="2",
    )
    assert outcome.code == 0, outcome.log
    children = [path for path in outcome.files() if "child" in path.name]
    assert [held(read_capture(path, ReadOptions()), "hold") for path in children] == [1_000_001] * 6
    assert len(outcome.files()) == 6 + 2


@pytest.mark.parametrize(
    ("death", "code"),
    [
        ("os._exit(3)", 3),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("os.abort()", -signal.SIGABRT),
    ],
)
def test_a_sudden_death_leaves_all_that_was_recorded(tmp_path: Path, death: str, code: int) -> None:
    """The capture is unfinished, and right up to the last moment; the process dies as it would have."""
    outcome = run_program(
        tmp_path,
        f"""
        recorder.start("app")
        kept = hold(2_000_000)
        time.sleep(0.05)
        {death}
        """,
    )
    assert outcome.code == code, outcome.log
    analysis = outcome.only()
    assert analysis.status is Status.UNFINISHED
    assert held(analysis, "hold") == 2_000_001
    assert analysis.facts.ended > analysis.facts.started
    assert "`sitegen build " in outcome.log


def test_an_aggregated_capture_survives_sigterm(tmp_path: Path) -> None:
    """It would be empty: so it is completed first, and the process dies of the signal all the same."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        kept = hold(2_000_000)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
        """,
        SITEGEN_AGGREGATE="1",
    )
    assert outcome.code == -signal.SIGTERM
    assert outcome.only().status is Status.OK
    assert held(outcome.only(), "hold") == 2_000_001


def test_a_program_that_handles_sigterm_keeps_doing_so(tmp_path: Path) -> None:
    """The recorder takes no signal that the program wants."""
    outcome = run_program(
        tmp_path,
        """
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))
        recorder.start("app")
        kept = hold(2_000_000)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
        """,
        SITEGEN_AGGREGATE="1",
    )
    assert outcome.code == 7
    assert outcome.only().status is Status.OK


def test_an_exception_ends_the_recording_in_order(tmp_path: Path) -> None:
    """A traceback, in the `with` or out of it, passes through the recorder and leaves complete captures."""
    outcome = run_program(
        tmp_path,
        """
        try:
            with recorder.recording("app:caught"):
                kept = hold(1_000_000)
                raise KeyError("mine")
        except KeyError:
            recorder.start("app:uncaught")
        more = hold(2_000_000)
        raise ValueError("the end")
        """,
    )
    assert outcome.code == 1
    assert "ValueError: the end" in outcome.log
    found = analyses(outcome)
    assert {analysis.status for analysis in found.values()} == {Status.OK}
    assert held(found["app:uncaught"], "hold") == 2_000_001


def test_programs_started_together_share_the_run_that_is_given(tmp_path: Path) -> None:
    """A supervisor that is no Python names the run; two of its programs with the same name are repeats."""
    program = write_program(tmp_path, 'recorder.start("app")\nkept = hold(1_000_000)')
    started = [
        subprocess.Popen([sys.executable, str(program)], env=environment(tmp_path, "app"), cwd=tmp_path)
        for _ in range(2)
    ]
    assert [process.wait() for process in started] == [0, 0]
    names = [read_file_name(path.name) for path in (tmp_path / "captures" / "run").iterdir()]
    assert {name.process for name in names} == {str(process.pid) for process in started}
    assert {(name.module, name.instance, name.chunk) for name in names} == {("app", None, None)}
