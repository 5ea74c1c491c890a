"""What recording costs: the same work unrecorded, under plain memray, and under the recorder. Run by hand.

    python tests/performance/recorder_overhead.py [ROUNDS]

Each way of running is a process of its own; the ways take turns, so that a busy machine slows them all. The figures
are CPU seconds of the work itself, without imports, start-up and the end of the capture. The ratios are of the
lowest, which other work on the machine disturbs least.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, sys, time
from contextlib import nullcontext

def work():
    kept, text = {}, json.dumps({str(number): list(range(20)) for number in range(400)})
    for number in range(400):
        document = json.loads(text)
        kept[number % 10] = [bytearray(600 + number) for _ in range(300)], document
        sorted(document, key=lambda name: -int(name))
    return kept

def measure(around):
    with around:
        before = time.process_time()
        work()
        after = time.process_time()
    print(after - before)

def recorded():
    from sitegen import recorder
    return recorder.recording("app")

def tracked():
    import memray
    return memray.Tracker(sys.argv[2])

work()  # what only the first time costs is none of our business
measure({"plain": nullcontext, "recorder": recorded, "memray": tracked}[sys.argv[1]]())
"""

CALLS = """
import time
before = time.perf_counter()
from sitegen import recorder
imported = time.perf_counter() - before
before = time.perf_counter()
for _ in range(100_000):
    with recorder.recording("app"):
        pass
print(imported, (time.perf_counter() - before) / 100_000)
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run the program: what it is called, how the program is told, and the environment."""

    title: str
    how: str
    variables: tuple[tuple[str, str], ...] = ()


WAYS = (
    Way("not recorded", "plain"),
    Way("recorder, nothing chosen", "recorder"),
    Way("recorder, another module chosen", "recorder", (("SITEGEN_MODULES", "other"),)),
    Way("plain memray", "memray"),
    Way("recorder", "recorder", (("SITEGEN_MODULES", "app"),)),
    Way(
        "recorder, a chunk a second",
        "recorder",
        (("SITEGEN_MODULES", "app"), ("SITEGEN_CHUNK_MINUTES", "0.0167")),
    ),
    Way(
        "recorder, memory counted each second",
        "recorder",
        (("SITEGEN_MODULES", "app"), ("SITEGEN_ACCOUNT_SECONDS", "1")),
    ),
)


def run(
    directory: Path, code: str, arguments: tuple[str, ...], variables: tuple[tuple[str, str], ...]
) -> str:
    """What a program printed that ran in a directory of its own."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("SITEGEN_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**inherited, "PYTHONPATH": str(ROOT), **dict(variables)},
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    ).stdout


def main(rounds: int) -> None:
    """Measure all ways in turns, and print the table."""
    seconds: dict[str, list[float]] = {way.title: [] for way in WAYS}
    calls: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds):
            for way in WAYS:
                capture = f"plain-{number}.bin"
                printed = run(Path(temporary), PROGRAM, (way.how, capture), way.variables)
                seconds[way.title].append(float(printed))
            imported, called = run(Path(temporary), CALLS, (), ()).split()
            calls.append((float(imported), float(called)))
    plain, memray = min(seconds["not recorded"]), min(seconds["plain memray"])
    print(f"{'':38} {'lowest':>7} {'median':>7} {'highest':>7} {'to unrecorded':>14} {'to memray':>10}")
    for title, measured in seconds.items():
        lowest, median, highest = min(measured), statistics.median(measured), max(measured)
        print(
            f"{title:38} {lowest:7.3f} {median:7.3f} {highest:7.3f}"
            f" {lowest / plain:14.3f} {lowest / memray:10.3f}"
        )
    print(f"importing the recorder, nothing chosen: {min(c[0] for c in calls) * 1e3:.2f} ms")
    print(f"one recording() that is not chosen: {min(c[1] for c in calls) * 1e9:.0f} ns")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
