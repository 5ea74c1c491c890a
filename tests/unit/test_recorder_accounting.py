"""Live accounting: figures while the program runs, and what follows when memory grows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from recorded import held, run_program

from sitegen.capture.naming import read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture

LEAK = """
kept = []
def leak_until(holds):
    def more():
        kept.append(hold(100_000))
        hold(200_000)
        return holds()
    wait_until(more)
"""


def test_accounts_are_logged_and_add_up(tmp_path: Path) -> None:
    """Allocated, freed and live bytes fit together and with the program; growth counts from the first."""
    outcome = run_program(
        tmp_path,
        LEAK
        + """
class Accounts(logging.Handler):
    seen = []
    def emit(self, record):
        if "allocated" in record.getMessage():
            self.seen.append(len(kept))
logging.getLogger("sitegen.recorder").addHandler(Accounts())
recorder.start("app")
leak_until(lambda: len(Accounts.seen) == 3)
print(*Accounts.seen)
""",
        SITEGEN_ACCOUNT_SECONDS="0.1",
    )
    assert outcome.code == 0, outcome.log
    accounts = re.findall(
        r"INFO app: allocated ([\d.]+)MB \(.* allocations\), freed ([\d.]+)MB \(.*\), live ([\d.]+)MB,"
        r" grown by (-?[\d.]+)[kM]?B, resident [\d.]+MB",
        outcome.log,
    )
    figures = [tuple(float(figure) for figure in account) for account in accounts]
    held_then = [int(number) for number in outcome.printed.split()]
    assert len(figures) == len(held_then) == 3
    for (allocated, freed, live, _), number in zip(figures, held_then, strict=True):
        assert abs(allocated - freed - live) < 0.003
        assert 0 < live <= number * 0.1 + 0.5
        assert 1.8 < freed / live < 2.2
    assert figures[0][3] == 0
    assert abs(figures[2][2] - figures[0][2] - figures[2][3]) < 0.002


def test_growth_closes_the_chunk(tmp_path: Path) -> None:
    """The chunk in which memory grew ends there, so that it shows the leak and little else."""
    outcome = run_program(
        tmp_path,
        LEAK
        + """
recorder.start("app")
leak_until(lambda: len(captures()) == 2)
""",
        SITEGEN_ACCOUNT_SECONDS="0.1",
        SITEGEN_GROWTH="2 MB",
    )
    assert outcome.code == 0, outcome.log
    first = next(path for path in outcome.files() if read_file_name(path.name).chunk == 1)
    assert held(read_capture(first, ReadOptions()), "hold") > 2_000_000
    assert re.search(r"WARNING app grew by [\d.]+MB: .*\.001\.bin", outcome.log)


def test_growth_calls_back_instead_once_for_each_step(tmp_path: Path) -> None:
    """A program that gave a callback decides itself; it hears of every further growth by the threshold."""
    outcome = run_program(
        tmp_path,
        LEAK
        + """
heard = []
def on_growth(account):
    heard.append(account)
    raise RuntimeError("the callback's own fault")
recorder.start("app:one", on_growth=on_growth)
leak_until(lambda: len(heard) == 2)
first, second = heard
assert first.name == "app:one" and os.path.basename(first.file) == captures()[0]
assert min(first.growth_bytes, second.growth_bytes) >= 2_000_000
assert second.live_bytes - first.live_bytes == second.growth_bytes
assert first.freed_bytes == first.allocated_bytes - first.live_bytes
assert first.freed == first.allocations - first.live
assert first.resident_bytes > first.live_bytes
assert len(captures()) == 1
""",
        SITEGEN_ACCOUNT_SECONDS="0.1",
        SITEGEN_GROWTH="2 MB",
    )
    assert outcome.code == 0, outcome.log
    assert "the callback's own fault" in outcome.log


def test_accounting_of_what_is_written_at_the_end_is_refused(tmp_path: Path) -> None:
    """An aggregated capture has nothing to count yet: that is said, and recording goes on."""
    outcome = run_program(
        tmp_path,
        """
        recorder.start("app")
        kept = hold(1_000_000)
        """,
        SITEGEN_ACCOUNT_SECONDS="0.1",
        SITEGEN_AGGREGATE="1",
    )
    assert "no accounting of app" in outcome.log
    assert held(outcome.only(), "hold") == 1_000_001


@pytest.mark.parametrize("helper", ["exit 1", "echo garbled; cat", "echo []; cat", "echo {}; cat"])
def test_a_helper_that_fails_costs_the_accounting_only(tmp_path: Path, helper: str) -> None:
    """Where counting cannot go on, captures are complete and chunks are cut all the same."""
    (tmp_path / "helper").write_text(f"#!/bin/sh\n{helper}\n")
    (tmp_path / "helper").chmod(0o755)
    outcome = run_program(
        tmp_path,
        f"""
        recorder.start("app")
        kept = hold(1_000_000)
        sys.executable = {str(tmp_path / "helper")!r}
        wait_until(lambda: len(captures()) == 2)
        """,
        SITEGEN_ACCOUNT_SECONDS="0.1",
        SITEGEN_CHUNK_MINUTES="0.01",
    )
    assert outcome.code == 0, outcome.log
    assert "memory of app is counted no more: " in outcome.log
    assert held(read_capture(outcome.files()[0], ReadOptions()), "hold") == 1_000_001
