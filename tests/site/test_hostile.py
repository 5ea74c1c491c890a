"""The commands with hostile and odd input: a message and an exit code, never a traceback, nothing written outside."""

from __future__ import annotations

import gzip
import html
import json
import re
import shlex
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from command import plain_environment, run_sitegen
from made_captures import sample, write_capture

from sitegen.capture import columns

FRAMES = [([("main", "app.py", 1)], 1000)]


def refused(cwd: Path, *arguments: str, code: int = 2, **variables: str) -> str:
    """What a command says that ends with this code and without a traceback."""
    done = run_sitegen(*arguments, cwd=cwd, check=False, **variables)
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done.stderr


def test_a_hostile_history_writes_nothing_outside_the_output(tmp_path: Path) -> None:
    write_capture(tmp_path / "captures" / "r1" / "app.bin", FRAMES)
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    file = tmp_path / "site" / "api" / "history.json"
    document = json.loads(file.read_text())
    document["captures"][0]["id"] = "../../evil"
    file.write_text(json.dumps(document))
    (tmp_path / "work").mkdir()
    shutil.move(tmp_path / "captures" / "r1", tmp_path / "work" / "r2")
    (tmp_path / "work" / "sitegen.toml").write_text('history = ["../site"]')
    done = run_sitegen("build", "r2", "-o", "out/site", cwd=tmp_path / "work")
    assert "ids that sitegen never gives" in done.stderr
    run_sitegen("analyze", "r2", "-o", "out/bundles", cwd=tmp_path / "work")
    assert not list(tmp_path.rglob("evil*"))


def test_the_command_on_a_page_is_one_for_its_file_whatever_that_is_called(tmp_path: Path) -> None:
    """A stranger's file name becomes no command of who pastes it into a shell."""
    file = "run/test[a b]; echo 'owned' &&.bin"
    write_capture(tmp_path / file, FRAMES)
    run_sitegen("build", ".", "-o", "site", cwd=tmp_path)
    (page,) = (tmp_path / "site" / "captures").rglob("*.html")
    (written,) = re.findall("<code>(sitegen export .*)</code>", page.read_text())
    assert shlex.split(html.unescape(written)) == [
        *("sitegen", "export", f"CAPTURES/{file}", "--format", "speedscope")
    ]


def test_captures_named_as_the_files_of_others_have_files_of_their_own(tmp_path: Path) -> None:
    for place in ("r/x.bin", "r/x.bin.temporal", "search.js/x.bin", "captures.js/x.bin"):
        (tmp_path / "captures" / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample("release-2.1/app.web.bin"), tmp_path / "captures" / place)
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    document = json.loads((tmp_path / "site" / "api" / "site.json").read_text())
    data = [capture["data"] for capture in document["captures"]]
    assert len(set(data)) == 4
    assert all((tmp_path / "site" / path).is_file() for path in [*data, "data/search.js", "data/captures.js"])


@pytest.mark.parametrize("text", ["a=" + "[" * 100_000, "label=" + "9" * 5000])
def test_a_run_toml_that_no_parser_takes_costs_a_warning(tmp_path: Path, text: str) -> None:
    write_capture(tmp_path / "r" / "app.bin", FRAMES)
    (tmp_path / "r" / "run.toml").write_text(text)
    done = run_sitegen("build", "r", "-o", "site", cwd=tmp_path)
    assert "is no valid TOML" in done.stderr


def test_json_whose_brackets_go_deep_costs_itself_alone(tmp_path: Path) -> None:
    """In a test's metadata, a bundle and a history: the build goes on. In the manifest: a message."""
    deep = '{"x":' + "[" * 60_000
    write_capture(tmp_path / "r" / "app.bin", FRAMES)
    for file in ("r/metadata/app.metadata", "old/api/history.json"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(deep)
    raw = struct.pack("<8sII", columns.MAGIC, columns.VERSION, len(deep)) + deep.encode()
    (tmp_path / "r" / "deep.sitegen").write_bytes(gzip.compress(raw))
    done = run_sitegen("build", "r", "--history", "old", "-o", "site", cwd=tmp_path)
    assert done.stderr.count("nested too deeply") >= 2
    document = json.loads((tmp_path / "site" / "api" / "site.json").read_text())
    assert sorted(capture["status"] for capture in document["captures"]) == ["failed", "ok"]
    (tmp_path / "site" / ".sitegen-manifest.json").write_text(deep)
    assert "is damaged" in refused(tmp_path, "build", "r", "-o", "site")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=" + "[" * 100_000, "is no valid TOML"),
        ('history = ["a\\u0000b"]', "holds the character NUL"),
        ('suppressions = "~nobody-here/x"', "names a home directory that nobody here has"),
        ('suppressions = "/dev/zero"', "/dev/zero cannot be read: it is not a regular file"),
        ('suppressions = "gone"', "gone cannot be read: No such file or directory"),
        ('theme = "~nobody-here/x"', "names a home directory that nobody here has"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sitegen.toml").write_text(text)
    assert said in refused(tmp_path, "build", ".", "-o", "site")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without a full device")
@pytest.mark.parametrize("command", [("export", "app.bin", "--format", "json"), ("check", "app.bin")])
def test_output_that_has_no_room_is_an_error(tmp_path: Path, command: tuple[str, ...]) -> None:
    write_capture(tmp_path / "app.bin", FRAMES)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sitegen", *command], cwd=tmp_path, env=plain_environment(), stdout=full,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [("export", "app.bin", "--format", "json"), ("build", "app.bin", "-o", "site"), ("init",)]
)
def test_output_that_is_closed_is_an_error(tmp_path: Path, command: tuple[str, ...]) -> None:
    write_capture(tmp_path / "app.bin", FRAMES)
    words = shlex.join([sys.executable, "-m", "sitegen", *command])
    done = subprocess.run(
        f"{words} >&-", shell=True, cwd=tmp_path, env=plain_environment(), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "error: Standard output is closed" in done.stderr
    assert "> FILE" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("export", "app.bin", "--format", "json", "-o", "no/such/file"), "name another file with -o"),
        (("init", "app.bin/in"), "name another directory: `sitegen init DIR`"),
        (("serve", "app.bin", "--host", "no.such.host.invalid"), "Give --host a name or address"),
        (("analyze", "app.bin", "-o", "app.bin/in"), "Check its permissions"),
        (("record", "-m", "", "--", "true"), "a module needs a name"),
        (("record", "-m", " :x", "--", "true"), "a module needs a name"),
        (("build", "app.bin", "--config", "/dev/zero"), "is not a regular file"),
    ],
)
def test_what_cannot_be_done_says_what_can(tmp_path: Path, command: tuple[str, ...], said: str) -> None:
    write_capture(tmp_path / "app.bin", FRAMES)
    assert said in refused(tmp_path, *command)


def test_a_job_summary_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    write_capture(tmp_path / "app.bin", FRAMES)
    said = refused(tmp_path, "check", "app.bin", "--format", "github", GITHUB_STEP_SUMMARY="nowhere/summary")
    assert "the job summary nowhere/summary cannot be written" in said


def test_a_directory_for_temporary_files_with_too_long_a_path_is_an_error(tmp_path: Path) -> None:
    write_capture(tmp_path / "app.bin", FRAMES)
    long = tmp_path / ("d" * 120)
    long.mkdir()
    assert "set TMPDIR to a directory with a short one" in refused(
        tmp_path, "build", "app.bin", "-o", "site", TMPDIR=str(long)
    )
    assert not list(long.iterdir())
    assert not (tmp_path / "site").exists()


def test_a_name_gives_no_command_to_who_runs_the_job(tmp_path: Path) -> None:
    """A line of a job's log that begins with two colons is one; names of files and functions can hold such lines."""
    evil = "x\n::error::y"
    for run, size in (("r1", 1_000), ("r2", 9_000_000)):
        write_capture(tmp_path / "caps" / run / "a.bin", [([(evil, "/app.py", 1)], size)])
    (tmp_path / "caps" / "r2" / f"{evil}.bin").write_bytes(b"rubbish")
    for arguments in (
        ("build", "caps", "-o", "site"),
        ("check", "caps"),
        ("check", "caps", "--format", "markdown"),
        ("compare", "caps/r1", "caps/r2"),
        ("compare", "caps/r1", "caps/r2", "--format", "markdown"),
    ):
        done = run_sitegen(*arguments, cwd=tmp_path)
        assert "error::y" in done.stdout
        assert not re.search(r"^\s*::", done.stdout + done.stderr, re.MULTILINE)
