"""The composite action: its steps' commands, run as they stand, and the comment that it keeps up to date."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from command import plain_environment
from made_captures import SAMPLES, sample

ROOT = SAMPLES.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPTS = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "run" in step}


class Runner:
    """A job's machine. sitegen is installed already: pip and the network belong to the step Install."""

    def __init__(self, home: Path, store: Path) -> None:
        self.home = home
        tools = home / "temp" / "sitegen" / "bin"
        tools.mkdir(parents=True)
        (home / ".sitegen-cache").symlink_to(store)
        sitegen = tools / "sitegen"
        sitegen.write_text(f'#!/bin/sh\nexec {sys.executable} -m sitegen "$@"\n')
        sitegen.chmod(0o755)
        self.output, self.summary = home / "output", home / "summary"
        self.environment = plain_environment() | {
            "RUNNER_TEMP": str(home / "temp"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS[name]],
            cwd=self.home,
            env=self.environment | variables,
            capture_output=True,
            text=True,
        )

    def build(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        given = {name.upper().replace("-", "_"): d.get("default", "") for name, d in ACTION["inputs"].items()}
        return self.step("Build the site", **(given | inputs))

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


def test_the_steps_build_the_site_judge_it_and_say_so_in_the_summary(tmp_path: Path, store: Path) -> None:
    runner = Runner(tmp_path, store)
    for place, run in (("captures", "release-2.4"), ("more captures", "release-2.5")):
        (tmp_path / place / run).mkdir(parents=True)
        shutil.copy(sample(f"{run}/app.report.bin"), tmp_path / place / run)
    (tmp_path / "limits.toml").write_text('[budgets."app.report"]\npeak = "1 kB"\n')
    inputs = {"CAPTURES": "captures\nmore captures\n", "CONFIG": "limits.toml", "HISTORY": "last-site"}
    built = runner.build(**inputs, BASE_URL="https://example.org/memory")
    assert built.returncode == 0, built.stderr
    described = json.loads((tmp_path / "site" / "api" / "site.json").read_text())
    assert [run["id"] for run in described["runs"]] == ["release-2.4", "release-2.5"]
    assert (tmp_path / "site" / "sitemap.xml").exists()
    checked = runner.step("Check")
    assert checked.returncode == 0, checked.stderr
    assert "::error" in checked.stdout
    assert runner.outputs() == {"site": "site", "passed": "false"}
    assert "app.report" in runner.summary.read_text()
    comment = (tmp_path / "temp" / "sitegen-check.md").read_text()
    assert comment.startswith("<!--")
    assert "app.report" in comment
    assert runner.step("Judge").returncode == 1


def test_a_site_on_the_web_is_history_and_one_that_is_not_there_yet_is_none(
    tmp_path: Path, store: Path
) -> None:
    first, second = (Runner(tmp_path / name, store) for name in ("first", "second"))
    for runner, run in ((first, "release-2.4"), (second, "release-2.5")):
        (runner.home / "captures" / run).mkdir(parents=True)
        shutil.copy(sample(f"{run}/app.report.bin"), runner.home / "captures" / run)
    built = first.build(HISTORY="http://127.0.0.1:9/nowhere/")
    assert built.returncode == 0, built.stderr
    assert "::notice::There is no site" in built.stdout
    with serving(Published(first.home / "site")) as address:
        built = second.build(HISTORY=f"{address}/site/")
    assert built.returncode == 0, built.stderr
    described = json.loads((second.home / "site" / "api" / "site.json").read_text())
    assert [run["id"] for run in described["runs"]] == ["release-2.4", "release-2.5"]
    checked = second.step("Check")
    assert checked.returncode == 0, checked.stderr
    assert second.outputs()["passed"] == "true"


def test_a_build_that_fails_fails_its_step(tmp_path: Path, store: Path) -> None:
    assert Runner(tmp_path, store).build(CAPTURES="nothing-here").returncode == 2


@dataclass
class Published:
    """Answers with the files of a site, whatever directory they are asked below."""

    site: Path

    def answer(self, method: str, path: str, body: Any) -> tuple[int, bytes]:  # noqa: ARG002
        return 200, (self.site / Path(path).name).read_bytes()


@dataclass
class PullRequest:
    """The part of GitHub's API that comments are written by."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    code: int = 200

    def answer(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        if self.code != 200:
            return self.code, b"{}"
        place, _, query = path.partition("?")
        if method == "GET":
            assert place == "/repos/me/mine/issues/12/comments"
            page = int(query.rpartition("=")[2])
            return 200, json.dumps(self.comments[100 * (page - 1) : 100 * page]).encode()
        if method == "POST":
            assert place == "/repos/me/mine/issues/12/comments"
            self.comments.append(comment(len(self.comments), body["body"], "Bot"))
        else:
            assert method == "PATCH"
            self.comments[int(place.removeprefix("/repos/me/mine/issues/comments/"))]["body"] = body["body"]
        return 200, b"{}"


def comment(id_: int, body: str, kind: str) -> dict[str, Any]:
    return {"id": id_, "body": body, "user": {"type": kind}}


@contextmanager
def serving(answers: Published | PullRequest) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            code, data = answers.answer(self.command, self.path, body)
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 - names that the server looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def write_comment(pull: PullRequest, text: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs the action's own command for it."""
    (home / "sitegen-check.md").write_text(text)
    with serving(pull) as address:
        variables = {
            "GITHUB_API_URL": address,
            "GITHUB_REPOSITORY": "me/mine",
            "GITHUB_TOKEN": "t",
            "ACTION": str(ROOT),
            "PULL_REQUEST": "12",
            "RUNNER_TEMP": str(home),
        }
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", SCRIPTS["Comment on the pull request"]],
            env=dict(os.environ) | variables,
            capture_output=True,
            text=True,
        )


def test_one_comment_is_written_and_then_updated_among_many(tmp_path: Path) -> None:
    pull = PullRequest([comment(n, f"talk {n}", "User") for n in range(150)])
    pull.comments[3]["body"] = "<!-- sitegen-check -->\nwritten by somebody else"
    for text in ("first", "second"):
        done = write_comment(pull, f"<!-- sitegen-check -->\n{text}\n", tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(pull.comments) == 151
    assert pull.comments[150]["body"] == "<!-- sitegen-check -->\nsecond\n"
    assert pull.comments[3]["body"].endswith("somebody else")


def test_a_token_that_may_not_write_costs_a_warning_alone(tmp_path: Path) -> None:
    done = write_comment(PullRequest(code=403), "<!-- sitegen-check -->\n", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "::warning::" in done.stdout
