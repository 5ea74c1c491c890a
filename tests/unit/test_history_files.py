"""A site that is history can be a stranger's: what it says costs itself, and names no file outside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sitegen.capture.history import read_history
from sitegen.capture.source import Kind

LAST_DAY = 253_402_300_799_999


def site(root: Path, **capture: Any) -> Path:
    """A site of one run and one capture, of which some things are said otherwise."""
    kept = {
        "id": "r/app.bin",
        "file": "app.bin",
        "name": {"run": "r", "module": "app", "instance": None, "chunk": None},
        "started": 1_700_000_000_000,
        "process": None,
        "data": "data/r/app.bin.js",
        "temporal": None,
        "reason": "",
    }
    data = root / "data" / "r" / "app.bin.js"
    data.parent.mkdir(parents=True)
    data.write_text("x")
    run = {"id": "r", "started": capture.pop("run_started", 1_700_000_000_000)}
    document = {"version": 1, "runs": [run], "captures": [kept | capture]}
    (root / "api").mkdir()
    (root / "api" / "history.json").write_text(json.dumps(document))
    return root


def test_a_capture_of_a_site_is_found_by_its_id(tmp_path: Path) -> None:
    found = read_history(site(tmp_path))
    assert [(source.id, source.kind) for source in found.sources] == [("r/app.bin", Kind.HISTORY)]
    assert not found.warnings


@pytest.mark.parametrize(
    "id",
    ["../../../evil", "/tmp/evil", "r/../evil", "r/a/b", "r", "", "r/", "r/.evil", "r/a\0b", "R/A", "r/a b",
     "r/" + "a" * 200, "search.js/app.bin", "r/app.bin.temporal", "con/app.bin", "r/app.bin\n"],
)  # fmt: skip
def test_a_capture_under_an_id_that_no_file_may_have_is_left_out_with_a_warning(
    tmp_path: Path, id: str
) -> None:
    found = read_history(site(tmp_path, id=id))
    assert found.sources == ()
    assert "1 capture under ids that sitegen never gives" in found.warnings[0]


@pytest.mark.parametrize(
    "data", ["a\0b", "loop/x", "../outside", "/etc/passwd", "a/" * 5000, ".", "pipe", "data"]
)
def test_a_data_file_that_is_none_or_lies_elsewhere_is_a_lost_capture(tmp_path: Path, data: str) -> None:
    (tmp_path / "outside").write_text("x")
    root = site(tmp_path / "site", data=data)
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    [source] = read_history(root).sources
    assert source.kind is Kind.BROKEN
    assert "Fetch the whole site" in source.reason


@pytest.mark.parametrize("started", [10**18, -(10**18), 10**15])
def test_moments_that_calendars_do_not_have_are_not_believed(tmp_path: Path, started: int) -> None:
    found = read_history(site(tmp_path, started=started, run_started=started))
    assert found.sources[0].started is None
    assert 0 <= found.runs[0].started <= LAST_DAY


def nested(file: Path) -> None:
    file.write_text('{"version":1,"runs":[],"captures":[],"x":' + "[" * 200_000 + "]" * 200_000 + "}")


def piped(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("spoil", [nested, piped])
def test_a_history_that_cannot_be_read_costs_a_warning(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    root = site(tmp_path)
    spoil(root / "api" / "history.json")
    found = read_history(root)
    assert found.sources == ()
    assert "It adds no history" in found.warnings[0]


def test_a_path_with_a_nul_is_no_site(tmp_path: Path) -> None:
    assert "It adds no history" in read_history(tmp_path / "a\0b").warnings[0]
