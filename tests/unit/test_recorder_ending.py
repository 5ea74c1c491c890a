"""The end of a run: the site that is built when the program has gone, and what is said when it crashed."""

from __future__ import annotations

import time
from pathlib import Path

from recorded import run_program, run_written_program, write_program

STUB = """#!/bin/sh
# Takes the place of Python for the process that builds: notes what it was asked, and when its input ended.
echo started > {directory}/started
cat > /dev/null
test -f {directory}/last-handler-ran || echo > {directory}/too-early
shift 2
echo "$SITEGEN_MODULES$SITEGEN_SITE" "$@" > {directory}/asked.tmp
mv {directory}/asked.tmp {directory}/asked
echo said
"""

BUILDS = """
sys.executable = "stub.sh"
recorder.start("app")
"""


def write_stub(directory: Path) -> None:
    """An executable of the name that `BUILDS` gives Python."""
    stub = directory / "stub.sh"
    stub.write_text(STUB.format(directory=directory))
    stub.chmod(0o755)


def wait_for(path: Path) -> str:
    """The text of a file that another process will write."""
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.01)
    return path.read_text()


def test_the_site_is_built_when_the_program_has_gone(tmp_path: Path) -> None:
    """`sitegen build` runs over all captures, in a process that waits for the end and is not recorded."""
    write_stub(tmp_path)
    (tmp_path / "early.py").write_text(
        "import atexit, time\n"
        "def last_handler():\n"
        "    time.sleep(0.2)\n"
        "    open('last-handler-ran', 'w').close()\n"
        "atexit.register(last_handler)"
    )
    source = BUILDS.replace('"stub.sh"', repr(str(tmp_path / "stub.sh")))
    write_program(tmp_path, source)
    program = tmp_path / "program.py"
    program.write_text(f"import early\n{program.read_text()}")
    outcome = run_written_program(tmp_path, SITEGEN_SITE="public/site")
    assert outcome.code == 0, outcome.log
    site = tmp_path / "public" / "site"
    assert wait_for(tmp_path / "asked").split() == ["build", str(tmp_path / "captures"), "-o", str(site)]
    assert not (tmp_path / "too-early").exists()
    assert wait_for(site.with_name("site.log")) in ("", "said\n")
    assert f"the site is built into {site}" in outcome.log


def test_after_a_crash_the_log_says_the_one_command(tmp_path: Path) -> None:
    """An unhandled exception builds no site; the captures are there, and the log has the command."""
    write_stub(tmp_path)
    source = BUILDS.replace('"stub.sh"', repr(str(tmp_path / "stub.sh"))) + "raise KeyError('crash')"
    outcome = run_program(tmp_path, source, SITEGEN_SITE="my site")
    assert outcome.code == 1
    command = f"sitegen build {tmp_path / 'captures'} -o '{tmp_path / 'my site'}'"
    assert f"ERROR the program ended with KeyError; `{command}` shows what it left" in outcome.log
    assert not (tmp_path / "started").exists()


def test_only_the_process_that_fixed_the_run_builds(tmp_path: Path) -> None:
    """Of a program with children, one site is built, not one for each."""
    write_stub(tmp_path)
    source = BUILDS.replace('"stub.sh"', repr(str(tmp_path / "stub.sh")))
    source += """
child = os.fork()
if child:
    os.waitpid(child, 0)
    assert not os.path.exists("started")
"""
    outcome = run_program(tmp_path, source, SITEGEN_SITE="site")
    assert outcome.code == 0, outcome.log
    wait_for(tmp_path / "asked")
    assert outcome.log.count("the site is built") == 1


def test_nothing_recorded_builds_nothing(tmp_path: Path) -> None:
    """A site of nothing is not made."""
    outcome = run_program(tmp_path, "", SITEGEN_SITE="site")
    assert outcome.code == 0
    assert "the site is built" not in outcome.log
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program.py"]


def test_a_site_that_cannot_be_built_is_said_so(tmp_path: Path) -> None:
    """Where no process can be started, the log names the command."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        sys.executable = "/nowhere/python"
        """,
        SITEGEN_SITE="site",
    )
    assert outcome.code == 0
    assert "ERROR the site could not be built: " in outcome.log
    assert f"`sitegen build {tmp_path / 'captures'} -o {tmp_path / 'site'}`" in outcome.log
