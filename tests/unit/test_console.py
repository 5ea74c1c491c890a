"""Progress at the terminal: as often as captures are read, and none of the results' business."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from rich.console import Console

from sitegen import console as say


def test_of_two_readings_each_has_a_bar_and_neither_keeps_the_results(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`compare` reads one run, then the other. What it prints then goes to standard output, not to the bar."""
    terminal, before = StringIO(), sys.stdout
    with say.Reading(lambda: Console(file=terminal, force_terminal=True, width=200)) as reading:
        for files in (2, 3):
            reading.begin(files, 10 * files)
            for number in range(files):
                reading.started(f"{number}.bin")
                reading.finished(f"{number}.bin", 10)
    assert sys.stdout is before
    say.result("the result")
    assert capsys.readouterr().out == "the result"
    shown = terminal.getvalue()
    assert "the result" not in shown
    assert "2/2" in shown
    assert "3/3" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 2  # the cursor is hidden, and shown again


def test_plain_lines_count_each_reading_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(say, "LINE_EVERY", 0.0)
    lines = StringIO()
    with say.Reading(lambda: Console(file=lines, width=200)) as reading:
        for files in (2, 1):
            reading.begin(files, 10 * files)
            reading.finished("a.bin", 10)
    assert [line.partition(",")[0] for line in lines.getvalue().splitlines()] == [
        "Reading 2 captures",
        "Read 1 of 2 captures",
        "Reading 1 capture",
        "Read 1 of 1 captures",
    ]
