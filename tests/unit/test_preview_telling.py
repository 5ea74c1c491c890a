"""What the preview says at the terminal."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from sitegen.preview.telling import Telling


def test_paths_are_said_as_one_would_write_them_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole where the working directory is gone, or another."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    out = StringIO()
    telling = Telling(out, StringIO())
    telling.changed([f"{here}/a.bin"])
    telling.changed(["/elsewhere/a.bin", "/elsewhere/b.bin"])
    here.rmdir()
    telling.changed(["/elsewhere/a.bin"])
    assert out.getvalue().splitlines() == [
        "Changed: a.bin",
        "Changed: /elsewhere/a.bin and 1 more",
        "Changed: /elsewhere/a.bin",
    ]
