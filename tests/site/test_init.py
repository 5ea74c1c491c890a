"""`sitegen init`: what it writes loads, is valid, runs, and never replaces anything unasked."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import plain_environment, run_sitegen
from made_captures import sample
from msgspec.structs import replace

from sitegen.config import Budget, Config, Findings
from sitegen.config_file import load_config
from sitegen.errors import SitegenError
from sitegen.starters import CONFIG, HOSTS, installed_by, text_of, write_starters

WANTED = "sitegen @ git+https://git.example.org/sitegen@0123456"
PROGRAM = "kept = [bytes(1000) for _ in range(1000)]\nprint(len(kept))\n"


def test_the_configuration_loads_as_the_defaults_but_for_the_captures(tmp_path: Path) -> None:
    write_starters(tmp_path, [], None, force=False)
    loaded = load_config(None, tmp_path)
    assert loaded == replace(Config(), captures=(tmp_path / "captures",), source=tmp_path / "sitegen.toml")


def test_every_key_that_is_commented_out_holds_its_default_or_a_valid_example(tmp_path: Path) -> None:
    text = text_of(CONFIG, "")
    (tmp_path / "sitegen.toml").write_text(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))
    loaded = load_config(None, tmp_path)
    defaults = Config()
    assert loaded.findings == Findings()
    assert len(loaded.budgets) == 1
    assert all(getattr(loaded.budgets[0][1], name) is not None for name in Budget.__struct_fields__)
    for name in Config.__struct_fields__:
        value, default = getattr(loaded, name), getattr(defaults, name)
        if default is None:
            assert value is not None, name
        elif isinstance(default, Path):
            assert value == tmp_path / default
        elif name not in ("captures", "findings", "budgets", "source"):
            assert value == default, name


def test_nothing_that_is_there_is_replaced_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "netlify.toml").write_text("mine")
    options = ("init", "--with", "netlify", "--with", "jenkins", "--install", WANTED)
    done = run_sitegen(*options, cwd=tmp_path)
    assert (tmp_path / "netlify.toml").read_text() == "mine"
    assert "wrote sitegen.toml" in done.stdout
    assert "wrote Jenkinsfile" in done.stdout
    assert "kept netlify.toml" in done.stdout
    assert "cd " not in done.stdout
    run_sitegen(*options, "--force", cwd=tmp_path)
    assert WANTED in (tmp_path / "netlify.toml").read_text()


def test_a_first_capture_is_suggested_where_there_is_none(tmp_path: Path) -> None:
    suggested = "mkdir -p captures/first"
    assert suggested in run_sitegen("init", cwd=tmp_path).stdout
    (tmp_path / "captures" / "first").mkdir(parents=True)
    assert suggested not in run_sitegen("init", cwd=tmp_path).stdout


def test_a_table_in_pyproject_toml_counts_as_a_configuration_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.sitegen]\ntitle = "Ours"\n')
    done = run_sitegen("init", cwd=tmp_path)
    assert "kept" in done.stdout
    assert not (tmp_path / "sitegen.toml").exists()


def test_every_host_is_a_choice_and_says_what_to_do_next(tmp_path: Path) -> None:
    options = [part for host in HOSTS for part in ("--with", host)]
    done = run_sitegen("init", "new", *options, "--install", WANTED, cwd=tmp_path)
    assert "1. go there: cd new\n" in done.stdout
    for starter in HOSTS.values():
        assert f"wrote new/{starter.path}" in done.stdout
        for step in starter.then:
            assert f"{starter.path}: {step}" in done.stdout


class Origin:
    """A distribution as an installer left it."""

    version = "1.2"

    def __init__(self, direct_url: Mapping[str, Any] | None) -> None:
        self.direct_url = direct_url

    def read_text(self, _: str) -> str | None:
        return json.dumps(self.direct_url) if self.direct_url else None


@pytest.mark.parametrize(
    ("direct_url", "expected"),
    [
        (None, "sitegen==1.2"),
        (
            {"url": "https://git.example.org/sitegen", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "sitegen @ git+https://git.example.org/sitegen@abc",
        ),
        (
            {"url": "https://example.org/sitegen-1.2.whl", "archive_info": {}},
            "sitegen @ https://example.org/sitegen-1.2.whl",
        ),
    ],
)
def test_ci_installs_sitegen_from_where_this_one_came(
    monkeypatch: pytest.MonkeyPatch, direct_url: Mapping[str, Any] | None, expected: str
) -> None:
    monkeypatch.setattr(Distribution, "from_name", lambda _: Origin(direct_url))
    assert installed_by() == expected


def test_what_ci_cannot_install_has_to_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    origin = Origin({"url": "file:///home/me/sitegen", "dir_info": {"editable": True}})
    monkeypatch.setattr(Distribution, "from_name", lambda _: origin)
    with pytest.raises(SitegenError, match="--install"):
        write_starters(tmp_path, ["netlify"], None, force=False)
    assert not list(tmp_path.iterdir())
    write_starters(tmp_path, [], None, force=False)


# ---------------------------------------------------------------------------------------------------------------------
# The files' own commands, run as they stand: only pip and the published site are stand-ins.


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """history.tar.gz of a site that was published before, of a run named `before`."""
    home = tmp_path_factory.mktemp("history")
    (home / ".sitegen-cache").symlink_to(store)
    (home / "captures" / "before").mkdir(parents=True)
    shutil.copy(sample("release-2.4/app.report.bin"), home / "captures" / "before" / "app.bin")
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    subprocess.run(["tar", "-czf", "history.tar.gz", "-C", "site", "api", "data"], cwd=home, check=True)
    return home / "history.tar.gz"


class Job:
    """A machine of a CI system: a checkout of a small program, and tools of that machine on PATH."""

    def __init__(self, home: Path, host: str, published: Path) -> None:
        self.home = home
        (home / "app").mkdir(parents=True)
        (home / "app" / "__main__.py").write_text(PROGRAM)
        write_starters(home, [host], WANTED, force=False)
        self.asked = home / "asked"
        tools = home / "tools"
        tools.mkdir()
        # `python -m pip` only writes down what it was to install, curl what it was to fetch.
        self._tool(
            "python", f'[ "$2" = pip ] && echo "$@" >> {self.asked} && exit; exec {sys.executable} "$@"'
        )
        self._tool("sitegen", f'exec {sys.executable} -m sitegen "$@"')
        self._tool("curl", f'for last; do :; done; echo "$last" >> {self.asked}; exec cat {published}')
        self.environment = plain_environment() | {"PATH": f"{tools}:{os.environ['PATH']}"}

    def _tool(self, name: str, text: str) -> None:
        tool = self.home / "tools" / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=self.home,
            env=self.environment | variables,
            capture_output=True,
            text=True,
        )

    def runs(self, site: str) -> list[str]:
        described = json.loads((self.home / site / "api" / "site.json").read_text())
        return [run["id"] for run in described["runs"]]


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def steps_of(job: Mapping[str, Any]) -> dict[str, str]:
    """The commands of a GitHub job, by the names of their steps."""
    return {step.get("name", ""): step["run"] for step in job["steps"] if "run" in step}


def test_github_pages_builds_on_what_was_published_and_judges(tmp_path: Path, history: Path) -> None:
    job = Job(tmp_path / "one", "github-pages", history)
    workflow = yaml.safe_load((job.home / ".github" / "workflows" / "memory.yml").read_text())
    for name, script in steps_of(workflow["jobs"]["profile"]).items():
        assert "${{" not in script, name  # what comes from outside comes by the environment
        succeeded(job.run(script, GITHUB_RUN_NUMBER="8", SITE="https://me.example.org/memory"))
    assert job.runs("site") == ["before", "run-8"]
    assert "https://me.example.org/memory/history.tar.gz" in job.asked.read_text()
    assert WANTED in job.asked.read_text()
    assert (job.home / "site" / "sitemap.xml").exists()
    # The site of a run that fails the check is published all the same.
    assert "built == 'success'" in workflow["jobs"]["publish"]["if"]


def test_the_first_job_of_all_finds_no_site_and_goes_on(tmp_path: Path) -> None:
    job = Job(tmp_path / "one", "github-pages", tmp_path / "nothing")
    workflow = yaml.safe_load((job.home / ".github" / "workflows" / "memory.yml").read_text())
    steps = steps_of(workflow["jobs"]["profile"])
    script = steps["Get the history of the last published site"]
    assert "No site was published yet." in succeeded(job.run(script, SITE="https://me.example.org"))
    (job.home / "captures" / "run-1").mkdir(parents=True)
    shutil.copy(sample("release-2.4/app.report.bin"), job.home / "captures" / "run-1")
    succeeded(job.run(steps["Build the site"], SITE="https://me.example.org"))
    assert job.runs("site") == ["run-1"]


def test_gitlab_pages_builds_on_what_was_published_and_judges_in_a_job_of_its_own(
    tmp_path: Path, history: Path
) -> None:
    job = Job(tmp_path / "one", "gitlab-pages", history)
    jobs = yaml.safe_load((job.home / ".gitlab" / "memory.yml").read_text())
    script = "\n".join(jobs["memory"]["script"])
    succeeded(job.run(script, CI_PIPELINE_IID="8", CI_PAGES_URL="https://me.example.org/memory"))
    assert job.runs("public") == ["before", "run-8"]
    assert "run-8" in succeeded(job.run("\n".join(jobs["memory-check"]["script"])))
    (job.home / "memory-failed").touch()
    assert job.run("\n".join(jobs["memory-check"]["script"])).returncode == 1


def test_netlify_publishes_what_fails_but_shows_no_preview_of_it(tmp_path: Path, history: Path) -> None:
    job = Job(tmp_path / "one", "netlify", history)
    command = tomllib.loads((job.home / "netlify.toml").read_text())["build"]["command"]
    assert "\n" not in command
    with (job.home / "sitegen.toml").open("a") as file:
        file.write('\n[budgets."app"]\npeak = "1 kB"\n')
    address = "https://me.example.org"
    succeeded(job.run(command, BUILD_ID="8", URL=address, CONTEXT="production"))
    assert job.runs("site") == ["before", "8"]
    shutil.rmtree(job.home / "captures")
    assert job.run(command, BUILD_ID="9", URL=address, CONTEXT="deploy-preview").returncode == 1


def test_jenkins_keeps_history_from_the_artifacts_of_the_last_build(tmp_path: Path, history: Path) -> None:
    job = Job(tmp_path / "one", "jenkins", history)
    pipeline = (job.home / "Jenkinsfile").read_text()
    install, take, build, check = re.findall(r"sh '''\n(.*?)'''", pipeline, re.DOTALL)
    assert WANTED in install
    (job.home / ".memory").mkdir()
    (job.home / ".memory" / "bin").symlink_to(job.home / "tools")
    succeeded(job.run(take, BUILD_NUMBER="8"))
    # What the Copy Artifact plugin does.
    succeeded(job.run(f"mkdir -p last-site/site && tar -xzf {history} -C last-site/site"))
    succeeded(job.run(build))
    succeeded(job.run(check))
    assert job.runs("site") == ["before", "build-8"]
    assert pipeline.count("{") == pipeline.count("}")
