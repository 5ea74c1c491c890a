"""Recording programs that cannot be changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from command import run_sitegen
from recorded import ROOT, environment, held

from sitegen.capture.naming import FileName, read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.errors import SitegenError
from sitegen.model import Analysis, Status
from sitegen.recorder.program import Recorded, record_program

PROGRAM = """
import helper
if __name__ == "__main__":
    kept = helper.hold(2_000_000)
"""
HELPER = """
def hold(size):
    return bytearray(size)
"""


def record(directory: Path, name: str, *argv: str, **variables: str) -> tuple[int, dict[FileName, Analysis]]:
    """The exit code of a program, and its captures."""
    done = record_program(name, [sys.executable, *argv], environment(directory, "ignored", **variables))
    run = directory / "captures" / "run"
    assert set(done.captures) <= set(run.iterdir())
    analyses = {read_file_name(path.name): read_capture(path, ReadOptions()) for path in done.captures}
    return done.exit_code, analyses


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of two files, in a directory that is not the working directory."""
    package = tmp_path / "code"
    package.mkdir()
    (package / "helper.py").write_text(HELPER)
    path = package / "program.py"
    path.write_text(PROGRAM)
    return path


def test_a_script_is_recorded_as_it_is(tmp_path: Path, program: Path) -> None:
    """The whole program is in one complete capture, its files named as when it is run plainly."""
    code, captures = record(tmp_path, "app:one", str(program))
    assert code == 0
    ((name, analysis),) = captures.items()
    assert (name.module, name.instance) == ("app", "one")
    assert analysis.status is Status.OK
    assert held(analysis, "hold") == held(analysis, "<module>") - other(analysis) == 2_000_001
    assert {"program.py", "helper.py"} <= {file.name for file in analysis.frames.files}
    assert analysis.facts.command == str(program)


def other(analysis: Analysis) -> int:
    """What the modules of the program keep beside the big allocation."""
    return held(analysis, "<module>") - held(analysis, "hold")


def test_a_module_is_recorded_too(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m` names its files from the working directory."""
    monkeypatch.chdir(program.parent)
    code, captures = record(tmp_path, "app", "-m", "program")
    assert code == 0
    (analysis,) = captures.values()
    assert held(analysis, "hold") == 2_000_001
    assert {"program.py", "helper.py"} <= {file.name for file in analysis.frames.files}


def test_a_name_with_the_signs_of_patterns_is_taken_literally(tmp_path: Path, program: Path) -> None:
    """What is recorded is this one name, whatever is in it."""
    _, captures = record(tmp_path, "app[1]*", str(program))
    assert [name.module for name in captures] == ["app[1]*"]


def test_exit_codes_are_the_programs_own(tmp_path: Path) -> None:
    """An exit code is passed on; a death by signal is told as shells tell it."""
    for source, expected, status in (
        ("raise SystemExit(3)", 3, Status.OK),
        ("import os; os.kill(os.getpid(), 9)", 128 + 9, Status.UNFINISHED),
    ):
        code, captures = record(tmp_path, "app", "-c", source)
        assert (code, [analysis.status for analysis in captures.values()]) == (expected, [status])


def test_only_the_first_python_is_recorded(tmp_path: Path) -> None:
    """The processes that the program starts find their environment as it would have been."""
    source = (
        "import os, subprocess, sys\n"
        'show = \'import os; print(os.environ.get("PYTHONPATH"), "SITEGEN_RECORD" in os.environ)\'\n'
        "print(subprocess.run([sys.executable, '-c', show], capture_output=True, text=True).stdout)\n"
        "kept = bytearray(1_000_000)"
    )
    script = tmp_path / "script.py"
    script.write_text(source)
    shell = tmp_path / "start.sh"
    shell.write_text(f'#!/bin/sh\n"{sys.executable}" "{script}" > "{tmp_path}/printed"\n')
    shell.chmod(0o755)
    assert record_program("app", [str(shell)], environment(tmp_path, "")).exit_code == 0
    assert len(list((tmp_path / "captures" / "run").iterdir())) == 1
    assert (tmp_path / "printed").read_text().split() == [str(ROOT), "False"]


def test_a_sitecustomize_of_the_users_runs_all_the_same(tmp_path: Path) -> None:
    """The way in which the recording begins hides nobody's own start-up code."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.MARK = 'mine'")
    code, captures = record(tmp_path, "app", "-c", "assert MARK == 'mine'", PYTHONPATH=f"{own}:{ROOT}")
    assert (code, len(captures)) == (0, 1)


def test_a_working_directory_that_is_gone_costs_the_program_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own start-up code runs, and the program is recorded."""
    own, gone = tmp_path / "own", tmp_path / "gone"
    own.mkdir()
    gone.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.MARK = 'mine'")
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, captures = record(tmp_path, "app", "-c", "assert MARK == 'mine'", PYTHONPATH=f"{own}:{ROOT}")
    assert (code, len(captures)) == (0, 1)
    with pytest.raises(SitegenError, match="The working directory is gone"):
        record(tmp_path, "app", "-c", "", SITEGEN_CAPTURES="relative")


def test_forked_children_are_recorded_when_asked(tmp_path: Path) -> None:
    """The service that forks its workers shows each of them."""
    source = "import os\nkept = bytearray(1_000_000)\npid = os.fork()\nif pid: os.waitpid(pid, 0)"
    _, captures = record(tmp_path, "app", "-c", source, SITEGEN_FOLLOW_FORK="1")
    assert {name.instance for name in captures} == {None, "fork-1"}
    assert {analysis.status for analysis in captures.values()} == {Status.OK}


def test_signals_are_passed_on(tmp_path: Path) -> None:
    """Who stops the recording command stops the program, which may end in order; handlers are put back."""
    ready = tmp_path / "ready"
    source = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(5))\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "time.sleep(20)"
    )

    def terminate() -> None:
        while not ready.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=terminate, daemon=True).start()
    code, captures = record(tmp_path, "app", "-c", source)
    assert code == 5
    assert [analysis.status for analysis in captures.values()] == [Status.OK]
    assert signal.getsignal(signal.SIGTERM) is before


OUTSIDE: str = getattr(sys, "_base_executable", sys.executable)
"""The Python that the tests' environment was made with: sitegen is not installed there."""


def test_a_python_without_sitegen_runs_unrecorded_and_says_so(tmp_path: Path) -> None:
    """A program in an environment of its own runs as ever."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys\n"
            f"sys.path.insert(0, {str(ROOT)!r})\n"
            "from sitegen.recorder.program import record_program\n"
            f"sys.exit(record_program('app', [{OUTSIDE!r}, '-c', 'print(1)'], os.environ).exit_code)",
        ],
        env={**environment(tmp_path, ""), "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
    assert "sitegen: nothing is recorded: " in done.stderr


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """What cannot be started is told with what to do about it."""
    with pytest.raises(SitegenError, match="none cannot be started: No such file"):
        record_program("app", [str(tmp_path / "none")], environment(tmp_path, ""))


def test_a_program_without_any_python_leaves_nothing(tmp_path: Path) -> None:
    """A command that starts no Python runs, and is told of as one that left no capture."""
    assert record_program("app", ["/bin/true"], environment(tmp_path, "")) == Recorded(0, ())


def test_the_command_says_what_it_recorded_and_what_to_do_with_it(tmp_path: Path) -> None:
    """`sitegen record` ends with the captures' names and the command that builds the site, on stderr."""
    program = ("-m", "app:one", "--", sys.executable, "-c", "kept = bytearray(1_000_000)")
    record = partial(run_sitegen, "record", cwd=tmp_path, SITEGEN_RUN="r", SITEGEN_RESERVE="1 MB")
    done = record(*program)
    (capture,) = (tmp_path / "captures" / "r").iterdir()
    assert done.stdout == ""
    assert f"Recorded {capture} (" in done.stderr
    assert done.stderr.endswith(f"Build the site with: sitegen build {tmp_path / 'captures'} -o site\n")
    nothing = record("-m", "app", "--", "/bin/true")
    assert "nothing was recorded" in nothing.stderr
