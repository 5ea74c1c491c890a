"""Make the sample captures again.

    python sample_captures/make.py [--python PATH]

Runs the photo service in `programs/` five times, once for each of its releases, and replaces the captures in
`runs/`. Needs memray of exactly the version below in the Python that runs this script, and a package index to
install it from.

A capture holds the path of every file whose code ran. So the service runs from a copy in a place that says
nothing about this machine, in a virtual environment of its own, under a Python that is in nobody's home.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

MEMRAY = "1.20.0"
FORMAT = 13
HERE = Path(__file__).resolve().parent
PLACE = Path("/tmp/photo-service")
HOMES = (Path("/home"), Path("/root"), Path("/Users"), Path.home())
SIZE_LIMIT = 5_000_000


class Run(NamedTuple):
    name: str
    release: int
    killed: str | None = None


class Figures(NamedTuple):
    size: int
    peak: int
    leaked: int
    seconds: float
    remark: str


RUNS = (
    Run("release-2.1", 1),
    Run("release-2.2", 2),
    Run("release-2.3", 3),
    Run("release-2.4", 4, killed="garden"),
    Run("release-2.5", 5),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample captures again.")
    parser.add_argument("--python", type=Path, help="the Python to run the service with")
    given = parser.parse_args()
    require_memray()
    service = photo_service(given.python or neutral_python())
    with service as python, tempfile.TemporaryDirectory(dir=HERE) as name:
        fresh = Path(name)
        for run in RUNS:
            record(run, python, fresh / run.name)
        total = print_table(fresh)
        if total > SIZE_LIMIT:
            sys.exit(
                f"{total / 1e6:.1f} MB is over {SIZE_LIMIT / 1e6:.0f} MB: the captures were not replaced."
            )
        for run in RUNS:
            replace_captures(fresh / run.name, HERE / "runs" / run.name)


def require_memray() -> None:
    """Leave unless this Python has the memray whose captures the project reads."""
    try:
        found = version("memray")
    except PackageNotFoundError:
        found = "none"
    if found != MEMRAY:
        sys.exit(
            f"The samples are made with memray {MEMRAY} (capture format {FORMAT}); this Python has {found}.\n"
            f'Install it with: {sys.executable} -m pip install "memray=={MEMRAY}"'
        )


def neutral_python() -> Path:
    """The Python behind this one, or the system's where that one is installed in a home directory."""
    for prefix in (Path(sys.base_prefix), Path("/usr"), Path("/usr/local")):
        python = (prefix / "bin" / "python3").resolve()
        if python.exists() and not any(python.is_relative_to(home) for home in HOMES):
            return python
    sys.exit(
        "Each Python found is in a home directory, whose name the captures would hold. Use --python PATH."
    )


@contextmanager
def photo_service(python: Path) -> Iterator[Path]:
    """A copy of the service in its own place, with its own virtual environment, whose Python it gives."""
    try:
        PLACE.mkdir()
    except FileExistsError:
        sys.exit(f"{PLACE} exists: another run of this script, or the rest of one. Remove it and try again.")
    try:
        no_caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / "programs" / "app", PLACE / "app", ignore=no_caches)
        subprocess.run([python, "-m", "venv", PLACE / ".venv"], check=True)
        inside = PLACE / ".venv" / "bin" / "python"
        subprocess.run([inside, "-m", "pip", "install", "--quiet", f"memray=={MEMRAY}"], check=True)
        yield inside
    finally:
        shutil.rmtree(PLACE)


def record(run: Run, python: Path, target: Path) -> None:
    """One run of the service: a capture for each worker in `target`."""
    print(f"{run.name} ...", flush=True)
    target.mkdir()
    # Nothing of the caller's environment reaches the service, and hashes are the same every time.
    environment = {"PATH": os.defpath, "HOME": str(PLACE), "PYTHONHASHSEED": "0"}
    environment["APP_RELEASE"] = str(run.release)
    captures = PLACE / "captures"
    captures.mkdir()
    killed = ["--killed", run.killed] if run.killed else []
    command = [str(python), "-m", "app.service", "captures", *killed]
    subprocess.run(command, cwd=PLACE, env=environment, check=True)
    for capture in sorted(captures.iterdir()):
        shutil.move(capture, target / capture.name)
    captures.rmdir()


def measure(capture: Path) -> Figures:
    import memray

    with memray.FileReader(capture) as reader:
        facts = reader.metadata
        leaked = sum(record.size for record in reader.get_leaked_allocation_records(merge_threads=True))
    remarks = {
        "native": facts.has_native_traces,
        "aggregated": facts.file_format is memray.FileFormat.AGGREGATED_ALLOCATIONS,
        "unfinished": facts.end_time == facts.start_time,
    }
    seconds = (facts.end_time - facts.start_time).total_seconds()
    remark = ", ".join(word for word, holds in remarks.items() if holds)
    return Figures(capture.stat().st_size, facts.peak_memory, leaked, seconds, remark)


def print_table(runs: Path) -> int:
    """Print what was made, a line for each capture. Gives the size of all together."""
    total = 0
    print(f"{'run':<14}{'capture':<26}{'size':>9}{'peak':>11}{'leaked':>11}{'time':>8}")
    for capture in sorted(runs.glob("*/*.bin")):
        size, peak, leaked, seconds, remark = measure(capture)
        total += size
        columns = f"{size / 1e3:>6.0f} kB{peak / 1e6:>8.1f} MB{leaked / 1e6:>8.1f} MB{seconds:>6.1f} s"
        print(f"{capture.parent.name:<14}{capture.stem:<26}{columns}  {remark}".rstrip())
    print(f"{total / 1e6:.2f} MB in all")
    return total


def replace_captures(fresh: Path, run: Path) -> None:
    """Put new captures in the place of old ones. What people wrote beside them stays."""
    run.mkdir(parents=True, exist_ok=True)
    for old in run.glob("*.bin"):
        old.unlink()
    for capture in fresh.iterdir():
        shutil.move(capture, run / capture.name)


if __name__ == "__main__":
    main()
