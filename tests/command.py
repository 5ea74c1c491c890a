"""Runs sitegen as people do: as a command, in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_sitegen(
    *arguments: str | Path, cwd: Path, check: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs `sitegen` with these arguments, with nothing of a CI's environment but the variables given."""
    command = [sys.executable, "-m", "sitegen", *map(str, arguments)]
    environment = plain_environment() | variables
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def plain_environment() -> dict[str, str]:
    names = ("PATH", "HOME", "PYTHONPATH", "LANG", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}
