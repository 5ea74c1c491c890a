"""What is kept of a capture is found by its content alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from made_captures import write_capture

from sitegen.capture.pool import run_isolated
from sitegen.capture.tables import Tables
from sitegen.capture.trie import StackTrie
from sitegen.cli import main


def test_a_capture_that_was_replaced_before_it_was_read_is_not_taken_for_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is as it was when it was hashed, its own figures are shown, not those of what was there meanwhile."""
    monkeypatch.chdir(tmp_path)
    capture = tmp_path / "captures" / "a.bin"
    small, large = (
        write_capture(tmp_path / name, [([("main", "/app.py", 1)], size)])
        for name, size in (("small", 1_000), ("large", 70_000))
    )
    capture.parent.mkdir()
    shutil.copy(small, capture)

    def replaced_first(*arguments: Any) -> Iterator[Any]:
        capture.unlink()
        shutil.copy(large, capture)
        yield from run_isolated(*arguments)

    def peak() -> int:
        done = CliRunner().invoke(main, ["build", "captures", "-o", "site"])
        assert done.exit_code == 0, done.output
        (one,) = json.loads((tmp_path / "site" / "api" / "site.json").read_text())["captures"]
        return int(one["peak_bytes"])

    monkeypatch.setattr("sitegen.analysing.run_isolated", replaced_first)
    assert peak() == 70_000
    monkeypatch.setattr("sitegen.analysing.run_isolated", run_isolated)
    assert peak() == 70_000
    shutil.copy(small, capture)
    assert peak() == 1_000


def test_threads_are_in_the_order_of_their_names_as_people_count() -> None:
    """A web service's threads are numbered, and are as many as its requests. The main one is the first."""
    names = ["Thread-10 (work)", "", "Thread-2 (work)", "Thread-1 (work)", "Dummy"]
    threads = {number + 1: (number, name) for number, name in enumerate(names)}
    ordered = Tables(StackTrie(), threads, main_thread=2).threads
    assert [thread.name for thread in ordered] == ["", "Dummy", *(f"Thread-{n} (work)" for n in (1, 2, 10))]
