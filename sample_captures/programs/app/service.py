"""Runs the whole service once, each worker under memray, and visits its pages meanwhile.

    python -m app.service CAPTURES [--killed CAMERA]

This is the one process that is not profiled. Captures are written to CAPTURES, named after their worker.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from app import RELEASE, library


class Worker(NamedTuple):
    name: str
    starts: float
    arguments: tuple[str, ...] = ()
    profile: tuple[str, ...] = ()
    since: int = 1

    @property
    def module(self) -> str:
        return self.name.partition("@")[0]


WORKERS = (
    Worker("app.web", 0.0),
    Worker("app.capture@front_door", 0.1, ("front_door",)),
    Worker("app.capture@garden", 0.3, ("garden",)),
    Worker("app.embeddings", 0.5),
    Worker("app.review", 0.8),
    Worker("app.report", 1.2, profile=("--aggregate", "--trace-python-allocators")),
    Worker("app.thumbnails", 1.6, profile=("--native",), since=5),
)
ITSELF = {"app.review"}  # profiles itself, with memray.Tracker
DIES_AFTER = 0.5


def command(worker: Worker, folder: Path, capture: Path) -> list[str]:
    ends = ["-m", worker.module, str(folder), *worker.arguments]
    if worker.name in ITSELF:
        return [sys.executable, *ends]
    return [sys.executable, "-m", "memray", "run", "-q", *worker.profile, "-o", str(capture), *ends]


def start(worker: Worker, folder: Path, captures: Path) -> subprocess.Popen[bytes]:
    capture = captures / f"{worker.name}.bin"
    environment = os.environ | ({"APP_PROFILE": str(capture)} if worker.name in ITSELF else {})
    return subprocess.Popen(command(worker, folder, capture), env=environment, stdout=subprocess.DEVNULL)


def visit(folder: Path) -> None:
    """A few people look around, then the last one turns off the light."""
    while not (folder / "port").exists():
        time.sleep(0.01)
    site = f"http://127.0.0.1:{(folder / 'port').read_text()}"
    visitors = [threading.Thread(target=look_around, args=(site, number)) for number in range(3)]
    for visitor in visitors:
        visitor.start()
        time.sleep(0.15)
    for visitor in visitors:
        visitor.join()
    get(f"{site}/stop")


def look_around(site: str, number: int) -> None:
    get(f"{site}/albums")
    for step in range(10):
        get(f"{site}/search?q={('boat', 'cloud', 'dog')[(number + step) % 3]}")
        for picture in range(4):
            get(f"{site}/picture/{number * 100 + step * 4 + picture}")
        if step % 4 == number:
            get(f"{site}/feed.xml")
        time.sleep(0.25)


def get(url: str) -> None:
    with urlopen(url, timeout=20) as answer:
        answer.read()


def kill_after_first_clip(process: subprocess.Popen[bytes], folder: Path, camera: str) -> None:
    """Send SIGKILL, as a kernel that is out of memory does, at the same point of the work in every run."""
    store = library.connect(folder)
    while not store.execute("select count(*) from clip where camera = ?", (camera,)).fetchone()[0]:
        if process.poll() is not None:
            raise SystemExit(f"{camera} ended before it could be killed")
        time.sleep(0.02)
    store.close()
    time.sleep(DIES_AFTER)
    process.kill()
    process.wait()


def run(captures: Path, killed: str | None) -> None:
    """One run of the service. The worker of the camera `killed` does not live to its end."""
    folder = Path("library")
    library.seed(folder)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        visitor = threading.Thread(target=visit, args=(folder,), daemon=True)
        visitor.start()
        begun = time.monotonic()
        for worker in (w for w in WORKERS if w.since <= RELEASE):
            time.sleep(max(0.0, begun + worker.starts - time.monotonic()))
            processes[worker.name] = start(worker, folder, captures)
        if killed:
            kill_after_first_clip(processes.pop(f"app.capture@{killed}"), folder, killed)
        for worker_name, process in processes.items():
            if process.wait() != 0:
                raise SystemExit(f"{worker_name} ended with {process.returncode}")
        visitor.join()
    finally:
        for process in processes.values():
            process.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run the whole service once, each worker under memray.")
    parser.add_argument("captures", type=Path)
    parser.add_argument("--killed", metavar="CAMERA")
    given = parser.parse_args()
    run(given.captures, given.killed)
