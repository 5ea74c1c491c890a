"""The commands as a person or a script meets them: exit codes, what goes where, broken input."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from command import run_sitegen
from made_captures import sample

GOOD = sample("release-2.5/app.thumbnails.bin").with_name("app.embeddings.bin")


def broken_inputs(directory: Path) -> dict[str, str]:
    """Every kind of broken capture, and a word that its page must say."""
    run = directory / "run"
    run.mkdir(parents=True)
    shutil.copy(GOOD, run / "good.bin")
    whole = GOOD.read_bytes()
    (run / "empty.bin").write_bytes(b"")
    (run / "foreign.bin").write_bytes(b"no capture at all")
    (run / "cut.bin").write_bytes(whole[: len(whole) // 2])
    raw = sample("release-2.4/app.capture@garden.bin").read_bytes()
    (run / "killed.bin").write_bytes(raw)
    other = bytearray(raw)
    other[7] = 12
    (run / "older.bin").write_bytes(other)
    os.mkfifo(run / "pipe.bin")
    (run / "loop").symlink_to(run)
    (run / "gone.bin").symlink_to(run / "nowhere")
    (run / "bundle.sitegen").write_bytes(b"\x1f\x8b broken")
    return {
        "empty": "empty",
        "foreign": "no memray capture",
        "cut": "lower bounds",
        "killed": "No end record",
        "older": "memray 1.19",
        "pipe": "pipe",
        "gone": "link",
        "bundle": "bundle",
    }


def test_broken_captures_cost_a_page_each_and_never_the_build(tmp_path: Path) -> None:
    expected = broken_inputs(tmp_path / "captures")
    done = run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    document = json.loads((tmp_path / "site" / "api" / "site.json").read_text())
    by_stem = {Path(capture["file"]).stem: capture for capture in document["captures"]}
    assert set(by_stem) == {*expected, "good"}
    assert by_stem["good"]["status"] == "ok"
    assert by_stem["good"]["peak_bytes"]
    assert by_stem["cut"]["status"] in ("damaged", "failed")
    assert by_stem["killed"]["status"] == "unfinished"
    assert by_stem["killed"]["peak_bytes"]
    for stem, word in expected.items():
        capture = by_stem[stem]
        text = (tmp_path / "site" / capture["url"]).read_text()
        assert word.lower() in (capture["reason"] or "").lower(), (stem, capture["reason"])
        assert capture["status"] in text
        if capture["status"] == "failed":
            assert capture["peak_bytes"] is None
            assert capture["leaked_bytes"] is None
    run, module = (tmp_path / "site" / page for page in ("runs/run.html", "modules/empty.html"))
    for page in (run, module):  # a figure that is not there is said to be none, not left out
        assert '<td class="none" title="unknown">' in page.read_text()
        assert not re.search(r"<td>(?=<td|\s)", page.read_text())
    assert "Traceback" not in done.stdout + done.stderr
    assert "failed" in done.stdout


def test_what_is_wrong_with_a_capture_is_said_in_whole_sentences_everywhere(tmp_path: Path) -> None:
    """On pages commands and keys in them are set as code, instead of between backticks."""
    broken_inputs(tmp_path / "captures")
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    checked = run_sitegen("check", "captures", cwd=tmp_path)
    assert "the capture of empty in run run could not be read. The file is empty. Either" in checked.stdout
    pages = [path.read_text() for path in (tmp_path / "site").rglob("*.html")]
    assert any(
        "The file is no memray capture. If it should not be here, add it to <code>exclude</code>" in p
        for p in pages
    )
    assert not any("`" in page for page in pages)


def test_strict_ends_with_one_when_a_capture_is_broken(tmp_path: Path) -> None:
    broken_inputs(tmp_path / "captures")
    assert (
        run_sitegen("build", "captures", "-o", "site", "--strict", cwd=tmp_path, check=False).returncode == 1
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "nowhere", "-o", "site"], "nowhere does not exist"),
        (["build", "empty", "-o", "site"], "There are no captures in empty."),
        (["build", "empty", "-o", "empty"], "empty is where the site is written, which is left out"),
        (["build", "emty", "-o", "site"], "emty does not exist   Did you mean 'empty'?"),
        (["build", "-o", "site"], "/test_wrong_usage"),  # where it looked, as "." says nothing
        (["build", "empty", "-o", "site", "--theme", "defualt"], "Did you mean 'default'?"),
        (["build", "empty", "-o", "site", "--report", "leak"], "Did you mean 'leaks'?"),
        (["build", "--config", "none.toml", "-o", "site"], "none.toml"),
        (["export", "empty", "--format", "csv"], "is a directory"),
        (["compare", "nowhere", "empty"], "nowhere does not exist"),
        (["compare", "empty", "long" * 100], "cannot be read: File name too long"),
        (["export", "long" * 100, "--format", "csv"], "cannot be read: File name too long"),
        (["build", "empty", "-o", "site", "--theme", "./" + "long" * 100], "There is no theme"),
        (["build", "empty", "--memory", "lots", "-o", "site"], "lots"),
    ],
)
def test_wrong_usage_ends_with_two_and_a_sentence(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "empty").mkdir()
    done = run_sitegen(*arguments, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert says in done.stderr.replace("\n", " ")
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_unknown_key_of_the_configuration_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "sitegen.toml").write_text('titel = "x"\n')
    done = run_sitegen("build", ".", "-o", "site", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "Did you mean 'title'?" in done.stderr


@pytest.mark.usefixtures("linked_store")
def test_a_foreign_directory_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    shutil.copy(GOOD, tmp_path / "captures")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = run_sitegen("build", "captures", "-o", "mine", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_where_few_files_may_be_open_captures_are_read_by_fewer_workers(tmp_path: Path) -> None:
    """Though more were asked for: a word about it would help nobody."""
    (tmp_path / "captures").mkdir()
    for number in range(20):
        shutil.copy(GOOD, tmp_path / "captures" / f"app{number}.bin")
    build = [sys.executable, "-m", "sitegen", "build", "captures", "-o", "site", "--jobs", "64"]
    shell = ["sh", "-c", 'ulimit -n 30; exec "$@"', "sh", *build]
    done = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True)
    said = [
        line for line in done.stderr.splitlines() if not line.startswith(("Reading 20 captures", "Read "))
    ]
    assert (done.returncode, said) == (0, [])


@pytest.mark.usefixtures("linked_store")
def test_two_captures_of_one_name_are_both_shown(tmp_path: Path) -> None:
    for place in ("a/nightly", "b/nightly"):
        (tmp_path / "captures" / place).mkdir(parents=True)
        shutil.copy(GOOD, tmp_path / "captures" / place / "app.bin")
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    document = json.loads((tmp_path / "site" / "api" / "site.json").read_text())
    assert [run["id"] for run in document["runs"]] == ["nightly"]
    assert len({capture["id"] for capture in document["captures"]}) == 2
    assert len({capture["url"] for capture in document["captures"]}) == 2


@pytest.mark.usefixtures("linked_store")
def test_compare_prints_the_planted_step_in_every_form(tmp_path: Path) -> None:
    base, head = sample("release-2.2/app.embeddings.bin"), sample("release-2.3/app.embeddings.bin")
    document = json.loads(run_sitegen("compare", base, head, "--format", "json", cwd=tmp_path).stdout)
    assert set(document) == {"base", "head", "metric", "before", "after", "functions", "stacks"}
    assert document["functions"][0]["function"] == "build_index"
    assert sum(row["self_delta"] for row in document["functions"]) == document["after"] - document["before"]
    assert sum(row["delta"] for row in document["stacks"]) == document["after"] - document["before"]
    assert "build_index" in run_sitegen("compare", base, head, cwd=tmp_path).stdout.splitlines()[2]
    assert "<details>" in run_sitegen("compare", base, head, "--format", "markdown", cwd=tmp_path).stdout
    runs = json.loads(
        run_sitegen("compare", base.parent, head.parent, "--format", "json", cwd=tmp_path).stdout
    )
    assert [(row["module"], row["instance"]) for row in runs["modules"]][:2] == [
        ("app.capture", "front_door"),
        ("app.capture", "garden"),
    ]
    said = run_sitegen("compare", base.parent, head.parent, cwd=tmp_path).stdout
    assert said.startswith("app.embeddings: peak")  # the largest change, with the step


@pytest.mark.usefixtures("linked_store")
def test_export_writes_to_standard_output_or_a_file(tmp_path: Path) -> None:
    printed = run_sitegen("export", GOOD, "--format", "collapsed", cwd=tmp_path).stdout
    run_sitegen("export", GOOD, "--format", "collapsed", "-o", "out.txt", cwd=tmp_path)
    assert (tmp_path / "out.txt").read_text() == printed
    assert "build_index" in printed


def test_progress_goes_to_stderr_and_results_to_stdout(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    shutil.copy(GOOD, tmp_path / "captures")
    done = run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    assert "Reading 1 capture" in done.stderr
    assert "Open site/index.html" in done.stdout
    assert "\x1b[" not in done.stderr + done.stdout


def test_the_list_of_commands_says_their_whole_sentences(tmp_path: Path) -> None:
    said = run_sitegen("--help", cwd=tmp_path).stdout
    assert "..." not in said.partition("Commands:")[2]
    assert (
        "Judge the newest run of CAPTURES by its budgets and its history; end with 1 when it fails."
        in " ".join(said.split())
    )


def test_the_help_of_record_shows_a_whole_command_and_where_captures_go(tmp_path: Path) -> None:
    said = " ".join(run_sitegen("record", "--help", cwd=tmp_path).stdout.split())
    assert "record -m NAME -- PROGRAM..." in said
    assert "sitegen record -m app.web -- python -m app.web --port 8080" in said
    assert "captures/RUN/" in said


def test_help_answers_without_importing_memray_or_jinja() -> None:
    program = "import sys; from sitegen.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    program += "print([name for name in ('memray', 'jinja2', 'markdown', 'uvicorn') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_before_a_command_has_begun_ends_it_without_a_traceback(tmp_path: Path) -> None:
    """While modules are loaded, of which this stands for one."""
    interrupted = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    (tmp_path / "click.py").write_text(interrupted)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run_sitegen("--help", cwd=tmp_path, check=False, PYTHONPATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_where_nothing_can_be_kept_a_build_goes_on_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    shutil.copy(GOOD, tmp_path / "captures")
    (tmp_path / ".sitegen-cache").write_text("in the way")
    with tempfile.TemporaryDirectory() as scratch:  # a short path: sockets of the workers lie below it
        for _ in range(2):
            done = run_sitegen("build", "captures", "-o", "site", cwd=tmp_path, TMPDIR=scratch)
            assert done.stderr.count("Nothing can be kept in .sitegen-cache") == 1
            assert "--store" in done.stderr
            assert "known from before" not in done.stdout
        left = [path.name for path in Path(scratch).iterdir()]
        assert left == [f"_jinja2-cache-{os.getuid()}"]  # templates are compiled once on a machine
    done = run_sitegen("build", "captures", "-o", "site", "--store", "kept", cwd=tmp_path)
    assert "Nothing" not in done.stderr
    done = run_sitegen("build", "captures", "-o", "site", "--store", "kept", cwd=tmp_path)
    assert "1 known from before" in done.stdout
    assert run_sitegen("clean", "--store", "kept", cwd=tmp_path).stdout.endswith("removed from kept\n")
    assert not (tmp_path / "kept").exists()


@pytest.mark.usefixtures("linked_store")
def test_another_suppression_leads_every_page_to_the_toolbar_that_has_it(tmp_path: Path) -> None:
    """The toolbar holds the suppressions. Pages that were drawn before link to the new one, as the old one is gone."""
    (tmp_path / "captures").mkdir()
    for name in "ab":  # that there is something to compare
        shutil.copy(GOOD, tmp_path / "captures" / f"{name}.bin")
    for pattern in ("one", "another"):
        (tmp_path / "known.txt").write_text(f"leak:{pattern}\n")
        (tmp_path / "sitegen.toml").write_text('suppressions = "known.txt"\n')
        run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
        (toolbar,) = (tmp_path / "site" / "assets").glob("toolbar.*.js")
        pages = [*(tmp_path / "site" / "captures").rglob("*.html"), tmp_path / "site" / "compare.html"]
        assert all(f"assets/{toolbar.name}" in page.read_text() for page in pages)


@pytest.mark.usefixtures("linked_store")
def test_links_find_the_rows_of_a_module_of_any_name(tmp_path: Path) -> None:
    """The front page leads to a run's rows of a module that has several captures there."""
    (tmp_path / "captures").mkdir()
    for instance in "ab":
        shutil.copy(GOOD, tmp_path / "captures" / f"My App@{instance}.bin")
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    (place,) = re.findall(
        r'href="runs/captures.html#([^"]*)"', (tmp_path / "site" / "index.html").read_text()
    )
    assert f'id="{place}"' in (tmp_path / "site" / "runs" / "captures.html").read_text()


@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-"])
def test_a_site_is_built_where_nobody_can_be_told_how_far_it_is(tmp_path: Path, closed: str) -> None:
    """As of services that close all they have: what workers write goes nowhere, and the capture is read."""
    shutil.copy(sample("release-2.1/app.report.bin"), tmp_path)
    command = f'"{sys.executable}" -m sitegen build . -o site {closed}'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("1 capture in 1 run\n")
