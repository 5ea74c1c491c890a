"""netlify.toml publishes the sample site from a fresh checkout: its command is run as it stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from command import plain_environment
from made_captures import SAMPLES

CHECKOUT = SAMPLES.parent
SOURCES = ("sitegen", "themes", "sample_captures", "pyproject.toml", "README.md", "LICENSE", "netlify.toml")


def test_the_command_publishes_the_sample_site(tmp_path: Path, store: Path) -> None:
    copy, packages, tools = tmp_path / "checkout", tmp_path / "packages", tmp_path / "tools"
    copy.mkdir()
    (copy / ".sitegen-cache").symlink_to(store)
    for name in SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    tools.mkdir()
    # pip installs beside, and takes what sitegen depends on from this Python: nothing comes from the network.
    options = f"--no-deps --no-build-isolation --disable-pip-version-check --target {packages}"
    python = tools / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$2" = pip ] && exec {sys.executable} "$@" {options}\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    settings = tomllib.loads((copy / "netlify.toml").read_text())["build"]
    environment = plain_environment() | {
        "PATH": f"{tools}:{packages / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(packages),
        "URL": "https://sample.example.org",
        "NETLIFY": "true",
    }
    done = subprocess.run(
        ["bash", "-c", settings["command"]], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    site = copy / settings["publish"]
    described = json.loads((site / "api" / "site.json").read_text())
    assert len(described["runs"]) == 5
    assert (site / "_headers").exists()
    assert 'href="https://sample.example.org/"' in (site / "index.html").read_text()
