"""What native code says on stderr is kept from the terminal, and at hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sitegen.capture.stderr import captured_stderr, last_words


def test_what_is_written_past_python_is_captured(capfd: pytest.CaptureFixture[str]) -> None:
    """In its order, with what Python writes; before and after, stderr is what it was."""
    print("before", file=sys.stderr)
    with captured_stderr() as said:
        os.write(2, b"one\n")
        assert said() == "one\n"
        os.write(2, b"two \xff\n")
        assert said() == "one\ntwo \ufffd\n"
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_an_exception_gives_stderr_back(capfd: pytest.CaptureFixture[str]) -> None:
    """The terminal is not lost with it."""
    with pytest.raises(ValueError, match="x"), captured_stderr():
        raise ValueError("x")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_of_very_much_only_the_beginning_is_given() -> None:
    """A capture that makes the reader complain without end does not fill the memory."""
    with captured_stderr() as said:
        os.write(2, b"first\n" + b"x" * 1_000_000)
        assert said().startswith("first\n")
        assert len(said()) == 1 << 16


def test_of_very_many_last_words_the_end_is_given(tmp_path: Path) -> None:
    """A reader gone mad can write for minutes before it dies."""
    said = tmp_path / "said"
    said.write_bytes(b"again and again\n" * 100_000 + b"std::bad_alloc\n")
    assert last_words(str(said)).endswith("std::bad_alloc\n")
    assert len(last_words(str(said))) < 100_000
