"""Progress at the terminal: as often as captures are read, and none of the results' business."""

from __future__ import annotations

import re
import sys
from io import StringIO

import pytest

from sitegen import console as say


class Terminal(StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_of_two_readings_each_has_a_bar_and_neither_keeps_the_results(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`compare` reads one run, then the other. What it prints then goes to standard output, not to the bar."""
    monkeypatch.setenv("COLUMNS", "200")
    terminal, before = Terminal(), sys.stdout
    with say.Reading(terminal) as reading:
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
    with say.Reading(lines) as reading:
        for files in (2, 1):
            reading.begin(files, 10 * files)
            reading.finished("a.bin", 10)
    assert [line.partition(",")[0] for line in lines.getvalue().splitlines()] == [
        "Reading 2 captures",
        "Read 1 of 2 captures",
        "Reading 1 capture",
        "Read 1 of 1 captures",
    ]


@pytest.mark.parametrize(
    ("environment", "stream", "coloured"),
    [
        ({}, Terminal, True),
        ({}, StringIO, False),
        ({"NO_COLOR": "1"}, Terminal, False),
        ({"TERM": "dumb"}, Terminal, False),
        ({"FORCE_COLOR": "1"}, StringIO, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, StringIO, False),
    ],
)
def test_colours_are_for_terminals_unless_the_environment_says_otherwise(
    environment: dict[str, str],
    stream: type[StringIO],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    to = stream()
    say.warn("mind the gap", to)
    say.error("it fell", "lift it", to)
    assert ("\x1b[" in to.getvalue()) is coloured
    plain = re.sub(r"\x1b\[\d+m", "", to.getvalue())
    assert plain == "warning: mind the gap\nerror: it fell\n  lift it\n"


def test_a_name_can_do_nothing_to_a_terminal() -> None:
    """Not colour it, not go back on its line, and not be text that cannot be written."""
    terminal = Terminal()
    say.line("a\x1b[31m\rb\x9b\x7f\udcff.bin\tc\u202e", terminal)
    assert terminal.getvalue() == "a\\x1b[31m\\x0db\\x9b\\x7f\\udcff.bin\tc\\u202e\n"


def test_a_name_begins_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs a CI job takes lines that begin so for commands, on either stream."""
    say.listed(["failed: a\n::error::b", "and c"])
    say.warn("a\n::stop-commands::b")
    told = capsys.readouterr()
    assert told.out == "failed: a\\x0a::error::b\nand c\n"
    assert told.err == "warning: a\\x0a::stop-commands::b\n"


def test_results_for_programs_are_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where they look like colours, and nobody sees them."""
    say.result('{"function": "\x1b[31mred"}')
    assert capsys.readouterr().out == '{"function": "\x1b[31mred"}'


def test_nobody_to_tell_is_no_reason_to_stop() -> None:
    """Standard error can lead to a full disk, or to a program that has ended: a build goes on."""

    class Full(StringIO):
        def write(self, text: str) -> int:  # noqa: ARG002 - as streams have it
            raise OSError(28, "No space left on device")

    say.warn("mind the gap", Full())
    with say.Reading(Full()) as reading:
        reading.begin(1, 1)
        reading.finished("a.bin", 1)
