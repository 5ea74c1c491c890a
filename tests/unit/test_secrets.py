"""Secrets in command lines are not published."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from memray import Tracker

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.capture.secrets import masked

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("app.py --password=hunter2 run", "app.py --password=*** run"),
        ("app.py --password hunter2 run", "app.py --password *** run"),
        ("app.py --db-passwd a=b", "app.py --db-passwd ***"),
        ("app.py --token --verbose", "app.py --token --verbose"),
        (
            "env AWS_SECRET_ACCESS_KEY=abc API_KEY=a=b app.py",
            "env AWS_SECRET_ACCESS_KEY=*** API_KEY=*** app.py",
        ),
        ("app.py postgres://u:pw@host/db?sslmode=on", "app.py postgres://u:***@host/db?sslmode=on"),
        ("app.py --dsn=https://host/?a=1&auth_token=x", "app.py --dsn=https://host/?a=1&auth_token=***"),
        (f"app.py {TOKEN}", "app.py ***"),
        (f"app.py --header=X:{TOKEN}", "app.py --header=X:***"),
        ("app.py eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0.c2lnbmVk run", "app.py *** run"),
        ("app.py eyJ1c2VyIjoiYW5uYSJ9 run", "app.py *** run"),  # what a token begins with, alone
    ],
)
def test_what_looks_like_a_secret_is_masked(command: str, shown: str) -> None:
    assert masked(command) == shown


@pytest.mark.parametrize(
    "command",
    [
        "",
        "app.py --author=me --tokenizer bert --max-tokens 100 --sort-key name",
        "python  -m app.auth https://host:8000/a@b --keys=3",
        "tokens.py secrets.csv",
    ],
)
def test_what_does_not_is_left_as_it_is(command: str) -> None:
    assert masked(command) == command


def test_a_hostile_command_line_is_read_in_no_time() -> None:
    """A million characters that begin like everything that is looked for; the test's time limit is its own."""
    for piece in ("a", "=", "://", "a:", "ghp_", "eyJ", "--token ", "token="):
        assert masked(piece * (1_000_000 // len(piece))) is not None


def test_a_capture_is_read_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--password", "hunter2", "run"])
    with Tracker(tmp_path / "app.bin"):
        pass
    facts = read_capture(tmp_path / "app.bin", ReadOptions()).facts
    assert "hunter2" not in facts.command
    assert facts.command.endswith("app.py --password *** run")
