"""A site that grows by a capture is the site that a build from nothing makes, and little of it is made anew."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from command import run_sitegen
from made_captures import sample

pytestmark = pytest.mark.usefixtures("linked_store")


def test_one_capture_more_gives_the_site_of_a_build_from_nothing_and_few_new_pages(tmp_path: Path) -> None:
    names = [
        f"release-{run}/app.{module}.bin"
        for run in ("2.1", "2.2")
        for module in ("review", "web", "embeddings")
    ]
    *before, new = names
    for name in before:
        _add(tmp_path, name)
    run_sitegen("build", "captures", "-o", "grown", cwd=tmp_path)
    _add(tmp_path, new)
    said = run_sitegen("build", "captures", "-o", "grown", cwd=tmp_path).stdout
    run_sitegen("build", "captures", "-o", "fresh", cwd=tmp_path)
    assert _files(tmp_path / "grown") == _files(tmp_path / "fresh")
    written = re.search(r"(\d+) files written", said)
    assert written
    pages = {path for path in _files(tmp_path / "grown") if path.endswith(".html")}
    others = {path for path in pages if path.startswith("captures/") and "embeddings" not in path}
    assert len(others) == 4
    data_and_lists = 10
    assert int(written[1]) <= len(pages) - len(others) + data_and_lists


def _add(directory: Path, name: str) -> None:
    (directory / "captures" / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(sample(name), directory / "captures" / name)


def _files(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}
