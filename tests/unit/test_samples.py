"""The sample captures hold what their README promises. Read with memray alone, without sitegen."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import memray
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample_captures"
RUNS = sorted(path for path in (SAMPLES / "runs").iterdir() if path.is_dir())
CAPTURES = sorted(SAMPLES.rglob("*.bin"))
HOME = re.compile(r"/home/|/root/|/Users/")


@functools.cache
def metadata(capture: Path) -> memray.Metadata:
    with memray.FileReader(capture) as reader:
        facts: memray.Metadata = reader.metadata
    return facts


def leaked(capture: Path) -> int:
    with memray.FileReader(capture) as reader:
        records = list(reader.get_leaked_allocation_records(merge_threads=True))
    return sum(record.size for record in records)


def files_named(capture: Path) -> Iterator[str]:
    """The files of all stacks at the peak and of all leaks, and the command line."""
    yield metadata(capture).command_line
    with memray.FileReader(capture) as reader:
        for records in (
            reader.get_high_watermark_allocation_records(merge_threads=True),
            reader.get_leaked_allocation_records(merge_threads=True),
        ):
            for record in records:
                yield from (file for _, file, _ in record.stack_trace())


def test_there_are_five_runs_with_provenance_and_together_they_are_small() -> None:
    """Five runs, each with a run.toml; programs, captures and text stay under 5 MB."""
    assert len(RUNS) == 5
    assert all((run / "run.toml").is_file() for run in RUNS)
    sources = [*SAMPLES.rglob("*.py"), *SAMPLES.rglob("*.md"), *SAMPLES.rglob("*.toml")]
    assert sum(path.stat().st_size for path in [*CAPTURES, *sources]) < 5_000_000


def test_runs_started_in_the_order_of_their_names() -> None:
    """No capture of a run starts before the last capture of the run before it."""
    starts = [sorted(metadata(capture).start_time for capture in run.glob("*.bin")) for run in RUNS]
    assert all(before[-1] < after[0] for before, after in pairwise(starts))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_capture_opens_and_names_no_home_directory(capture: Path) -> None:
    """The pinned memray reads the capture, something is in it, and no file in it lies in somebody's home."""
    assert metadata(capture).peak_memory > 500_000
    assert {name for name in files_named(capture) if HOME.search(name)} == set()


def test_programs_name_no_home_directory() -> None:
    """The programs run anywhere: none of them holds a path into a home directory."""
    programs = sorted((SAMPLES / "programs").rglob("*.py"))
    assert programs
    assert [path.name for path in programs if HOME.search(path.read_text())] == []


def test_every_kind_of_capture_is_there() -> None:
    """One capture is native, a module is aggregated in each run, and one module has two instances."""
    aggregated = memray.FileFormat.AGGREGATED_ALLOCATIONS
    assert [c.name for c in CAPTURES if metadata(c).has_native_traces] == ["app.thumbnails.bin"]
    assert {c.name for c in CAPTURES if metadata(c).file_format is aggregated} == {"app.report.bin"}
    assert all(len(list(run.glob("app.capture@*.bin"))) == 2 for run in RUNS)


def test_exactly_one_capture_is_unfinished() -> None:
    """The killed worker's file was never compressed and has no end; the other runs have that worker whole."""
    raw = [capture for capture in CAPTURES if capture.read_bytes().startswith(b"memray")]
    assert [(capture.parent.name, capture.stem) for capture in raw] == [("release-2.4", "app.capture@garden")]
    assert [c for c in CAPTURES if metadata(c).end_time == metadata(c).start_time] == raw


def test_web_has_named_threads() -> None:
    """In every run the pool's threads and the janitor can be told apart by name."""
    for run in RUNS:
        with memray.FileReader(run / "app.web.bin") as reader:
            names = {record.thread_name for record in reader.get_allocation_records()}
        assert {"web_0", "web_1", "web_2", "janitor"} <= names


def test_review_leaks_more_with_every_run() -> None:
    """Each run leaks at least 1 MB more than the one before it."""
    leaks = [leaked(run / "app.review.bin") for run in RUNS]
    assert all(after - before > 1_000_000 for before, after in pairwise(leaks))


def test_embeddings_peak_steps_up_at_the_third_run_because_of_build_index() -> None:
    """Two equal peaks, a step of at least 30 %, then equal peaks again; `build_index` holds what is new."""
    captures = [run / "app.embeddings.bin" for run in RUNS]
    first, second, *later = [metadata(capture).peak_memory for capture in captures]
    assert second == pytest.approx(first, rel=0.02)
    assert later == [pytest.approx(later[0], rel=0.02)] * 3
    assert later[0] >= 1.3 * second
    with memray.FileReader(captures[2]) as reader:
        records = reader.get_high_watermark_allocation_records(merge_threads=True)
        built = sum(record.size for record in records if allocated_by(record) == "build_index")
    assert built >= 0.9 * (later[0] - second)


def allocated_by(record: memray.AllocationRecord) -> str:
    """The function on top of the stack; empty where memray saw no Python frame."""
    return next((function for function, _, _ in record.stack_trace(max_stacks=1)), "")
