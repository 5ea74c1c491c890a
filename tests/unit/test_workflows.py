"""CI files are what their systems take: this repository's, and those that `sitegen init` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sitegen.starters import write_starters

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
FORMS = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").iterdir() if path.name != "config.yml"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sitegen init` writes for GitHub and GitLab."""
    home = tmp_path_factory.mktemp("written")
    hosts = ["github-pages", "gitlab-pages"]
    write_starters(home, hosts, "sitegen @ git+https://git.example.org/sitegen", force=False)
    return home


def tool(*arguments: str | Path, name: str) -> str:
    """Runs a linter that lies beside this Python; gives what it says where it complains."""
    command = [Path(sys.executable).with_name(name), *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def complaints(schema: str, *files: Path) -> str:
    return tool("--builtin-schema", f"vendor.{schema}", *files, name="check-jsonschema")


def test_the_files_have_the_forms_that_their_systems_take(written: Path) -> None:
    workflows = [*WORKFLOWS.iterdir(), written / ".github" / "workflows" / "memory.yml"]
    assert not complaints("github-workflows", *workflows)
    assert not complaints("github-actions", ROOT / "action.yml")
    assert not complaints("gitlab-ci", written / ".gitlab" / "memory.yml")
    assert not complaints("github-issue-forms", *FORMS)
    assert not complaints("github-issue-config", ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml")


def test_nothing_unsafe_is_found_in_workflows_and_the_action(written: Path) -> None:
    """No text from outside in a script, no more permissions than needed, no action of strangers unpinned."""
    files = [*WORKFLOWS.iterdir(), ROOT / "action.yml", written / ".github" / "workflows" / "memory.yml"]
    config = ROOT / ".github" / "zizmor.yml"
    assert not tool(
        "--offline", "--no-progress", "--config", config, "--format", "plain", *files, name="zizmor"
    )


def test_ci_runs_the_readmes_command_on_every_supported_python() -> None:
    text = (WORKFLOWS / "ci.yml").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    assert "python3 tests/run.py" in text
    assert "SITEGEN_TEST_ALL" in text  # a check that cannot run fails there
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f'"{version}"' in text
        assert f"Programming Language :: Python :: {version}" in project
