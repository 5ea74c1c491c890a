"""Makes the captures that the benchmarks measure, each once, in the work directory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from memray._memray import RecordWriterTestHarness

SMALL = 900
STACKS = 50_000
PACKAGES = ("memray==1.20.0", "pytest-memray", "pytest", "networkx")
SUITE = "networkx.classes"

BIG = """
import argparse, ast, collections, dataclasses, decimal, inspect, json, tokenize, typing

MODULES = argparse, collections, dataclasses, decimal, tokenize, typing

def document(number):
    return {f"key{i}": {"id": number * 1000 + i, "tags": [f"t{j}" for j in range(5)], "value": i / 7}
            for i in range(60)}

def serialise(number, kept):
    back = json.loads(json.dumps(document(number)))
    if number %% 20 == 0:
        kept.append(back)

def parse(module):
    source = inspect.getsource(module)
    sum(1 for _ in ast.walk(ast.parse(source)))
    compile(source, "parsed", "exec")

kept = []
for number in range(%d):
    serialise(number, kept)
    if number %% 40 == 0:
        for module in MODULES:
            parse(module)
"""
ROUNDS = 150  # some eight million records

NATIVE = """
import decimal, hashlib, json, sqlite3, ssl, zlib
database = sqlite3.connect(":memory:")
database.execute("create table rows (number, text)")
kept = []
for number in range(2000):
    text = json.dumps({"number": number, "squares": [i * i for i in range(200)]})
    database.execute("insert into rows values (?, ?)", (number, text))
    kept.append((zlib.compress(text.encode()), hashlib.sha256(text.encode()), decimal.Decimal(number).sqrt()))
"""


def small(work: Path) -> Path:
    """Some 900 captures: a package's own tests under pytest-memray, one capture for each test."""
    return _once(work / "small", _small)


def big(work: Path) -> Path:
    """A directory with one capture of some eight million records."""
    return _once(work / "big", lambda to: _record(to, BIG % ROUNDS, "--trace-python-allocators"))


def native(work: Path) -> Path:
    """A directory with one native capture of a program with several libraries."""
    return _once(work / "native", lambda to: _record(to, NATIVE, "--native"))


def stacks(work: Path) -> Path:
    """A directory with one capture of very many different stacks."""
    return _once(work / "stacks", lambda to: _stacks(to / "stacks.bin"))


def tiny(work: Path, runs: int, modules: int) -> Path:
    """A capture for each of these modules in each of these runs, no two alike."""
    return _once(work / f"tiny-{runs * modules}", lambda to: _tiny(to, runs, modules))


def _once(to: Path, make: Callable[[Path], None]) -> Path:
    if not to.exists():
        part = to.with_name(f"{to.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        make(part)
        part.rename(to)
    return to


def _small(to: Path) -> None:
    environment, made = to.parent / "venv", to.parent / "tested"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    made.mkdir(exist_ok=True)
    quiet = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".", "--hide-memray-summary")
    recorded = ("--memray", "--memray-bin-path", "captures", "--memray-bin-prefix", "nightly")
    command: list[str | Path] = [python, "-m", "pytest", *quiet, *recorded, "--pyargs", SUITE]
    subprocess.run(command, cwd=made, check=True, stdout=subprocess.DEVNULL)
    (to / "metadata").mkdir()
    for capture in sorted((made / "captures").glob("*.bin"))[:SMALL]:
        shutil.copy2(capture, to)
        shutil.copy2(made / "captures" / "metadata" / f"{capture.stem}.metadata", to / "metadata")


def _record(to: Path, program: str, *switches: str) -> None:
    source = to.parent / f"{to.name}.py"
    source.write_text(program)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "memray",
        "run",
        "-q",
        *switches,
        "-o",
        to / "program.bin",
        source,
    ]
    subprocess.run(command, check=True)


def _stacks(path: Path) -> None:
    """Stacks 20 deep over 300 functions, one allocation each, every third one freed."""
    harness = RecordWriterTestHarness(str(path), command_line="many stacks")
    harness.write_thread_record(1, "main")
    for code in range(1, 301):
        harness.write_code_object(code, f"function_{code}", f"package/module_{code % 40}.py", b"", code)
    for number in range(STACKS):
        for depth in range(20):
            code = 1 + (number // (1 + depth) * 7 + depth * 13) % 300
            harness.write_frame_push(1, code, 0, True)
        harness.write_allocation_record(1, 0x1000 + 4096 * number, 100 + number % 5000, 6)
        if number % 3 == 0:
            harness.write_allocation_record(1, 0x1000 + 4096 * number, 0, 5)
        if number % 500 == 0:
            harness.write_memory_record(1_700_000_000_000 + number // 50, 1_000_000 + 100 * number)
        harness.write_frame_pop(1, 20)
    harness.write_trailer()
    harness.write_header(True)


def _tiny(to: Path, runs: int, modules: int) -> None:
    for run in range(runs):
        directory = to / f"run-{run:03}"
        directory.mkdir()
        for module in range(modules):
            path = directory / f"app.module_{module:03}.bin"
            harness = RecordWriterTestHarness(str(path), command_line="tiny")
            harness.write_thread_record(1, "main")
            for code in range(1, 6):
                name, size = f"function_{code}", 1000 * code + 10 * module + run
                harness.write_code_object(code, name, f"app/module_{module}.py", b"", code)
                harness.write_frame_push(1, code, 0, True)
                harness.write_allocation_record(1, 4096 * code, size, 6)
            harness.write_trailer()
            harness.write_header(True)
