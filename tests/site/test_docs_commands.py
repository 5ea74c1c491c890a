"""The commands of the documentation, run as they stand: they end well and print what the page says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import plain_environment
from documents import DOCS, commands_in, files_in, write_files
from made_captures import sample

PAGES = [path.name for path in sorted(DOCS.glob("*.md")) if commands_in(path.name)]


@pytest.fixture
def desk(tmp_path: Path, store: Path) -> Path:
    """Where the reader of a page sits: with a program, and its captures of two days."""
    (tmp_path / ".sitegen-cache").symlink_to(store)
    for day, release in (("2026-11-20", "release-2.2"), ("2026-11-21", "release-2.3")):
        (tmp_path / "captures" / day).mkdir(parents=True)
        for module in ("app.embeddings", "app.review"):
            shutil.copy(sample(f"{release}/{module}.bin"), tmp_path / "captures" / day)
    write_files({"app/__main__.py": "kept = [bytes(1000) for _ in range(100)]\n"}, tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_it_says(page: str, desk: Path) -> None:
    if page == "quick-start.md":  # begins with nothing
        shutil.rmtree(desk / "captures")
    write_files(files_in(page), desk)
    tools = desk / "tools"
    tools.mkdir()
    for name, module in (("sitegen", "-m sitegen"), ("memray", "-m memray"), ("python", "")):
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {module} "$@"\n')
        (tools / name).chmod(0o755)
    environment = plain_environment() | {"PATH": f"{tools}:{os.environ['PATH']}"}
    for command in commands_in(page):
        done = subprocess.run(
            ["bash", "-c", command.line], cwd=desk, env=environment, capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{command.line}\n{said}"
        for line in command.prints:
            assert line in said, f"{command.line} does not print {line!r}:\n{said}"
