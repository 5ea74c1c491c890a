"""`sitegen serve` as a process: how it begins, what it builds again, and how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import processes
import pytest
from click.testing import CliRunner
from command import run_sitegen
from made_captures import write_capture
from running import PATIENCE, Running, running

from sitegen.cli import main

GROWING = """
import memray, sys
held = []
with memray.Tracker(sys.argv[1]):
    for line in sys.stdin:
        held.append(bytearray(int(line)))
        print("held", flush=True)
"""


def capture(path: Path, size: int = 1000) -> Path:
    return write_capture(path, [([("main", "a.py", 1)], size)])


def fetched(url: str) -> tuple[int, str]:
    try:
        with urlopen(url) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def captures_of(server: Running) -> dict[str, dict[str, Any]]:
    """The captures of the site that is served now, by their files."""
    status, text = fetched(f"{server.url}api/site.json")
    return {found["file"]: found for found in json.loads(text)["captures"]} if status == 200 else {}


def one_served(server: Running, file: str, **wanted: object) -> dict[str, Any]:
    """Waits until a capture with these figures is served."""
    latest = time.monotonic() + PATIENCE
    while time.monotonic() < latest:
        found = captures_of(server).get(file)
        if found and all(found[key] == value for key, value in wanted.items()):
            return found
        time.sleep(0.1)  # between two looks
    raise AssertionError(f"{file} never was {wanted}: {captures_of(server)}\n{server.out}\n{server.err}")


@contextmanager
def tracked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that records itself, and allocates as many bytes as it is told, until its input ends."""
    command = [sys.executable, "-c", GROWING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@contextmanager
def reading(directory: Path) -> Iterator[Running]:
    """A server in the middle of its first build."""
    for number in range(12):
        capture(directory / f"captures/run/{number}.bin", 1000 + number)
    (directory / "tmp").mkdir()
    options = ("captures", "--port", "0", "--jobs", "2")
    with running("serve", *options, cwd=directory, TMPDIR=str(directory / "tmp")) as server:
        server.until("^Reading 12 captures")
        assert processes.of_group(server.process.pid)
        yield server


def allocate(process: subprocess.Popen[str], size: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{size}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "held\n"


@pytest.mark.parametrize("how", ["the command alone", "a terminal"])
def test_ctrl_c_ends_everything_in_the_middle_of_a_build(tmp_path: Path, how: str) -> None:
    """Exit code 0, no process left, no temporary file, no traceback."""
    with reading(tmp_path) as server:
        code = server.end() if how == "the command alone" else server.end_as_terminal()
    assert code == 0
    assert processes.end_soon(server.process.pid, 5)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in "\n".join(server.err)
    assert server.builds() == []


@pytest.mark.parametrize("milliseconds", [0, 10, 25])
def test_ctrl_c_at_the_very_beginning_ends_it_without_a_word(tmp_path: Path, milliseconds: int) -> None:
    """While the process that builds is being started, it can be neither told nor waited for."""
    capture(tmp_path / "captures/run/a.bin")
    with running("serve", "captures", "--port", "0", cwd=tmp_path) as server:
        server.until("^Serving")
        time.sleep(milliseconds / 1000)  # somewhere on the way
        assert server.end_as_terminal() == 0
    assert processes.end_soon(server.process.pid, 5)
    assert server.err == []


def test_a_server_that_is_killed_takes_its_workers_along(tmp_path: Path) -> None:
    with reading(tmp_path) as server:
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert processes.end_soon(server.process.pid, PATIENCE)


def test_a_taken_port_gives_the_next_and_a_hundred_new_files_one_build(tmp_path: Path) -> None:
    """Serves before there is a capture; builds once for many; reads only what is new; ends cleanly when idle."""
    run = tmp_path / "captures/run"
    run.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("serve", "captures", "--port", str(port), cwd=tmp_path) as server:
            assert server.url != f"http://127.0.0.1:{port}/"
            server.until(f"Port {port} is taken")
            server.until("There are no captures in captures")
            status, page = fetched(server.url)
            assert status == 503
            assert "There are no captures in captures" in page

            first = capture(run / "first.bin")
            server.until("^Built")
            for number in range(100):
                shutil.copy(first, tmp_path / f"copy-{number}.bin")
            for copy in tmp_path.glob("copy-*.bin"):
                copy.rename(run / copy.name)
            server.until("^Built", times=2)
            assert len(captures_of(server)) == 101
            assert len([line for line in server.err if line.startswith("Reading")]) == 1

            run.joinpath("first.bin").unlink()
            server.until("^Built", times=3)
            assert len(captures_of(server)) == 100
            assert server.end(signal.SIGTERM) == 0
            assert len(server.builds()) == 3
            assert processes.end_soon(server.process.pid, 5)


def test_a_growing_capture_is_shown_as_it_grows_at_a_bounded_rate(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    with (
        running("serve", "captures", "--port", "0", cwd=tmp_path) as server,
        tracked(tmp_path / "captures/app.bin") as app,
    ):
        allocate(app, 1_000_000)
        first = one_served(server, "app.bin", status="unfinished")
        assert first["peak_bytes"] >= 1_000_000
        began, builds = time.monotonic(), len(server.builds())
        while captures_of(server)["app.bin"]["peak_bytes"] < first["peak_bytes"] + 3_000_000:
            allocate(app, 1_000_000)
            time.sleep(0.05)  # a program that goes on allocating
            assert time.monotonic() < began + PATIENCE
        # One that was under way, and then one every three seconds.
        assert len(server.builds()) - builds <= 1 + (time.monotonic() - began) / 3
        app.communicate()
        one_served(server, "app.bin", status="ok")


def test_changes_are_found_by_looking_where_nobody_tells(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    with running("serve", "captures", "--port", "0", cwd=tmp_path, WATCHFILES_FORCE_POLLING="1") as server:
        server.until("There are no captures")
        capture(tmp_path / "captures/new-run/app.bin")
        one_served(server, "new-run/app.bin")
        (tmp_path / "captures/new-run/run.toml").write_text('label = "The new one"\n')
        server.until("Changed: captures/new-run/run.toml")
        server.until("^Built", times=2)
        assert "The new one" in fetched(server.url)[1]


def test_without_reloading_it_builds_once_under_the_path_of_base_url_and_opens_a_browser(
    tmp_path: Path,
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/opened.part\nmv {tmp_path}/opened.part {tmp_path}/opened\n'
    )
    browser.chmod(0o755)
    capture(tmp_path / "captures/run/app.bin")
    options = ("--no-reload", "--open", "-o", "site", "--base-url", "https://example.org/team/memory/")
    with running("serve", "captures", "--port", "0", *options, cwd=tmp_path, BROWSER=str(browser)) as server:
        assert server.url.endswith("/team/memory/")
        server.until("^Built")
        assert fetched(server.url) == (200, (tmp_path / "site/index.html").read_text())
        while not (tmp_path / "opened").exists():
            time.sleep(0.05)
        assert (tmp_path / "opened").read_text().strip() == server.url
        capture(tmp_path / "captures/run/other.bin")
        assert server.end() == 0
        assert len(server.builds()) == 1
    assert (tmp_path / "site/index.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["long" * 100], "cannot be read: File name too long"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
        (["--config", "broken.toml"], "Did you mean 'title'"),
        (["--memory", "plenty"], "plenty"),
    ],
)
def test_what_cannot_be_served_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """Exit code 2 and a sentence."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("tittle = 'x'\n")
    result = CliRunner().invoke(main, ["serve", "--port", "0", *arguments])
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_without_reloading_a_build_that_fails_is_the_end(tmp_path: Path) -> None:
    done = run_sitegen("serve", "--no-reload", "--port", "0", cwd=tmp_path, check=False)
    assert (done.returncode, "There are no captures" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_two_signals_at_once_end_the_building_process_without_a_word(tmp_path: Path) -> None:
    """A closed terminal and the server both tell it to end."""
    program = """
import os, signal
from multiprocessing import Pipe
from sitegen.preview import build_process

ours, theirs = Pipe()
unblock = signal.pthread_sigmask

def both_come(how, numbers):
    for number in (signal.SIGHUP, signal.SIGINT):
        os.kill(os.getpid(), number)
    unblock(how, numbers)

signal.pthread_sigmask(signal.SIG_BLOCK, build_process.ENDING)
signal.pthread_sigmask = both_come
build_process.work(theirs)
print("ended")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")
