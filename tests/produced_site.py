"""Builds the site of what a producer left, as a person does, and reads back what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Site:
    """A built site: its directory, and its `api/site.json`."""

    directory: Path
    data: dict[str, Any]

    @property
    def captures(self) -> list[dict[str, Any]]:
        """The captures as the site lists them."""
        found: list[dict[str, Any]] = self.data["captures"]
        return found

    def named(self) -> dict[tuple[str, str | None], dict[str, Any]]:
        """The captures by module and instance, where no two share them."""
        found = {(capture["module"], capture["instance"]): capture for capture in self.captures}
        assert len(found) == len(self.captures)
        return found

    def page(self, url: str) -> str:
        """The text of a page."""
        return (self.directory / url.partition("#")[0]).read_text(encoding="utf-8")


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of the recorder, of pytest-memray or of a CI host."""
    foreign = ("SITEGEN_", "GITHUB_", "CI_", "GITLAB_", "JENKINS_", "MEMRAY_")
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    inherited.pop("CI", None)
    path = os.pathsep.join([str(ROOT), *filter(None, [inherited.get("PYTHONPATH")])])
    return {**inherited, "PYTHONPATH": path, **variables}


def run(directory: Path, *argv: str | Path, **variables: str) -> str:
    """What a command of this Python printed that ran in a directory. Fails the test where the command fails."""
    done = subprocess.run(
        [sys.executable, *map(str, argv)],
        cwd=directory,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def build(directory: Path, captures: str = "captures", config: str = "") -> Site:
    """The site of the captures in a directory, built there by `sitegen build` under this configuration."""
    (directory / "sitegen.toml").write_text(config, encoding="utf-8")
    run(
        directory, "-m", "sitegen", "build", captures, "-o", "site", "--config", "sitegen.toml", "--jobs", "1"
    )
    return read_site(directory / "site")


def read_site(directory: Path) -> Site:
    """A site that was built."""
    return Site(directory, json.loads((directory / "api" / "site.json").read_text(encoding="utf-8")))
