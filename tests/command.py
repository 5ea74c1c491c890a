"""Runs sitegen as people do: as a command, in a directory of its own."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

FORKING = Path(__file__).with_name("forking.py")


def run_sitegen(
    *arguments: str | Path, cwd: Path, check: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs `sitegen` with these arguments, with nothing of a CI's environment but the variables given."""
    words = [str(argument) for argument in arguments]
    environment = plain_environment() | variables
    if "PYTHONPATH" in variables:  # which Python reads when it starts
        command = [sys.executable, "-m", "sitegen", *words]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)
    else:
        done = _run_forked(words, cwd, environment)
    if check and done.returncode:
        raise AssertionError(f"sitegen {' '.join(words)} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def plain_environment() -> dict[str, str]:
    names = ("PATH", "HOME", "PYTHONPATH", "LANG", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}


def _run_forked(
    words: list[str], directory: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("r") as err:
        order = {
            "arguments": words,
            "directory": str(directory),
            "environment": environment,
            "out": out.name,
            "err": err.name,
        }
        server.stdin.write(f"{json.dumps(order)}\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


@cache
def _server() -> subprocess.Popen[str]:
    """One for all commands of this process. It ends when nobody can give it orders any more."""
    command = [sys.executable, str(FORKING)]
    pipe = subprocess.PIPE
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=plain_environment())
    atexit.register(server.communicate)
    return server
