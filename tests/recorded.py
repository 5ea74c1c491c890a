"""Runs small programs under the recorder, as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from sitegen.capture.naming import FileName, read_file_name
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.model import Analysis, View

ROOT = Path(__file__).parents[1]

PRELUDE = """
import logging, os, signal, subprocess, sys, threading, time
logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
from sitegen import recorder

def hold(size):
    return bytearray(size)

def wait_until(holds):
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            sys.exit("waited in vain")
        time.sleep(0.01)

def captures():
    directory = os.path.join(os.environ["SITEGEN_CAPTURES"], os.environ["SITEGEN_RUN"])
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program: its exit code, what it printed and logged, and where its captures are."""

    code: int
    printed: str
    log: str
    captures: Path

    def files(self, run: str = "run") -> list[Path]:
        """The captures of a run, by name."""
        directory = self.captures / run
        return sorted(directory.iterdir()) if directory.is_dir() else []

    def names(self) -> list[FileName]:
        """What the names of the captures say."""
        return [read_file_name(path.name) for path in self.files()]

    def only(self) -> Analysis:
        """The analysis of the one capture that there is."""
        (path,) = self.files()
        return read_capture(path, ReadOptions())


def environment(directory: Path, modules: str, **variables: str) -> dict[str, str]:
    """The environment to record in, with nothing of this process's own settings."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("SITEGEN_")}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "SITEGEN_MODULES": modules,
        "SITEGEN_CAPTURES": str(directory / "captures"),
        "SITEGEN_RUN": "run",
        "SITEGEN_RESERVE": "1 MB",
        **variables,
    }


def write_program(directory: Path, source: str) -> Path:
    """A program that starts with `PRELUDE`."""
    path = directory / "program.py"
    path.write_text(PRELUDE + textwrap.dedent(source), encoding="utf-8")
    return path


def run_program(directory: Path, source: str, modules: str = "app", **variables: str) -> Outcome:
    """Write a program into a directory, run it there and wait for it."""
    write_program(directory, source)
    return run_written_program(directory, modules, **variables)


def run_written_program(directory: Path, modules: str = "app", **variables: str) -> Outcome:
    """Run the program of a directory and wait for it."""
    program = subprocess.run(
        [sys.executable, str(directory / "program.py")],
        env=environment(directory, modules, **variables),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Outcome(program.returncode, program.stdout, program.stderr, directory / "captures")


def held(analysis: Analysis, function: str, view: View = View.LEAKS) -> int:
    """The bytes of a view whose stack holds the function."""
    frames, tree, records = analysis.frames, analysis.tree, analysis.records(view)
    assert records is not None
    below = [False] * len(tree.parent)
    for node in range(1, len(below)):
        name = frames.functions[frames.function[tree.frame[node]]]
        below[node] = name == function or below[tree.parent[node]]
    return sum(size for node, size in zip(records.node, records.bytes, strict=True) if below[node])
