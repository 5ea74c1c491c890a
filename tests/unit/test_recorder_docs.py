"""docs/recording.md and docs/producers.md say what is so: each variable, and programs that run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import ROOT, environment

from sitegen.capture.naming import read_file_name
from sitegen.recorder import settings
from sitegen.recorder.settings import read_settings

RECORDING = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")
PRODUCERS = (ROOT / "docs" / "producers.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", RECORDING + PRODUCERS, re.DOTALL)


class Asked(dict[str, str]):
    """An environment that notes what is looked up in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # asked for text only
        self.names.add(key)
        return default


def test_all_variables_are_documented() -> None:
    """The table of the documentation and the module's own name what is read, and nothing else."""
    asked = Asked()
    read_settings(asked)
    table = RECORDING.partition("## All variables")[2].partition("\n\nA value")[0]
    assert set(re.findall(r"`(SITEGEN_\w+)`", table)) == asked.names
    assert set(re.findall(r"\| `(SITEGEN_\w+)`", settings.__doc__ or "")) == asked.names


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_programs_of_the_documentation_run(tmp_path: Path, number: int) -> None:
    """Each program runs as it stands and leaves one capture, with the name that it was given."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[number]],
        env=environment(tmp_path, "app.*"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (capture,) = tmp_path.rglob("*.bin")
    name = read_file_name(capture.name)
    assert (name.module, name.instance) in {
        ("app.capture", "front_door"),
        ("app.review", None),
        ("import", "customers"),
    }


def test_the_names_of_files_are_read_as_documented() -> None:
    """The table of file names: each is what the text beside it says."""
    files = re.findall(r"^\| `(\S+~\S+\.bin)` \|", RECORDING, re.MULTILINE)
    read = [read_file_name(file) for file in files]
    assert [(name.module, name.instance, name.process, name.chunk) for name in read] == [
        ("app.review", None, "4711", None),
        ("app.capture", "front_door", "4712", None),
        ("app.review", None, "4711-2", None),
        ("app.review", None, "4711", 3),
        ("app.capture", "front_door-fork-1", "4713", None),
    ]
