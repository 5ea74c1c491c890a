"""Histories made up for tests: bundles of many runs, written in a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from made_analyses import FACTS, analysis_of
from msgspec.structs import replace

from sitegen.capture import bundle
from sitegen.capture.runs import Run
from sitegen.capture.source import Kind, Source, bundle_identity
from sitegen.model import Name

DAY = 86_400_000
BEGUN = 1_750_000_000_000


def write_history(
    directory: Path,
    runs: int,
    instances: Sequence[str | None],
    peak: Callable[[int, int], int | None],
    started: Callable[[int], int] = lambda run: BEGUN + run * DAY,
) -> None:
    """Bundles of module `app`. `peak` of a run and an instance, by number, in bytes: None for no capture.

    Two thirds of the peak are held by `build`, the rest by `load`, of which a tenth leaks.
    """
    for number in range(runs):
        run = Run(f"run-{number:03}", started(number), label=f"run {number}", commit=f"{number:040x}")
        for place, instance in enumerate(instances):
            size = peak(number, place)
            if size is None:
                continue
            name = Name(run.id, "app", instance)
            stem = "app" if instance is None else f"app@{instance}"
            file = f"{run.id}/{stem}.bin"
            build, load = [("main", "/p/a.py", 1), ("build", "/p/a.py", 2)], [("load", "/p/b.py", 3)]
            held = size * 2 // 3
            analysis = analysis_of(
                [(build, held, 3), (load, size - held, 1)],
                [(load, (size - held) // 10, 1)],
                root="/p",
                facts=replace(FACTS, started=run.started, ended=run.started + 1000),
                heap=[size // 4, size // 2, size, size // 3, size // 10],
            )
            shots = analysis.snapshots
            times = [run.started + 200 * i for i in range(len(shots.time))]
            analysis = replace(analysis, snapshots=replace(shots, time=type(shots.time)("Q", times)))
            source = Source(file, file, Kind.CAPTURE, name, file, run.started, 1, 0)
            path = directory / f"{file}{bundle.SUFFIX}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bundle.encode_file(bundle_identity(source, run), bundle.encode(analysis, {})))
