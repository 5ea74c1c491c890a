"""Hundreds of damaged captures through the pool: each ends with a status and a reason, none harms another."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from mutations import Seen, cut, look, mangle, record_all, record_nothing

from sitegen.capture.failures import Failure
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Task, run_isolated
from sitegen.model import Status

LIMITS = Limits(2, 1 << 30, timeout=5)
KINDS = ["compressed", "raw", "pymalloc", "native", "aggregated", "aggregated-compressed", "killed"]
Outcomes = dict[str, Seen | Failure]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A capture of each kind."""
    return record_all(tmp_path_factory.mktemp("whole"))


def read(files: dict[str, bytes], healthy: Path, directory: Path) -> tuple[Outcomes, Seen]:
    """The outcomes for files of such content, read among healthy captures, which must all give the same."""
    tasks = [Task("last", partial(look, healthy))]
    for number, (name, data) in enumerate(files.items()):
        path = directory / f"{name}.bin"
        path.write_bytes(data)
        tasks.append(Task(name, partial(look, path), size=1))
        if number % 20 == 0:
            tasks.append(Task(f"healthy {number}", partial(look, healthy), size=1))
    outcomes = {task.key: outcome for task, outcome in run_isolated(tasks, LIMITS)}
    assert outcomes.keys() == {task.key for task in tasks}
    undisturbed = {outcomes.pop(task.key) for task in tasks if task.key not in files}
    assert len(undisturbed) == 1, undisturbed
    normal = undisturbed.pop()
    assert not isinstance(normal, Failure), normal
    return outcomes, normal


def check(outcome: Seen | Failure) -> None:
    """Whatever happened is told in words; a defect of our own is never among it."""
    if isinstance(outcome, Failure):
        assert outcome.message
        assert outcome.hint
        assert "could not be analysed" not in outcome.message, outcome
    else:
        assert bool(outcome[1]) == (outcome[0] is not Status.OK), outcome


@pytest.mark.parametrize("kind", KINDS)
def test_a_capture_that_was_cut_short_is_never_healthy_with_other_figures(
    kind: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Wherever it was cut: damaged, failed, or (for one that had no end anyway) unfinished. Only padding can
    be missing from one that is well."""
    pieces = {f"{len(data)}": data for data in cut(whole[kind].read_bytes(), 40)}
    outcomes, normal = read(pieces, whole[kind], tmp_path)
    assert normal[0] is (Status.UNFINISHED if kind == "killed" else Status.OK)
    for length, outcome in outcomes.items():
        check(outcome)
        if isinstance(outcome, Failure):
            continue
        status, _, peak, leaked = outcome
        if status is Status.OK:
            assert (peak, leaked) == normal[2:], length
        assert (status is Status.UNFINISHED) == (kind == "killed"), length
        assert peak <= normal[2], length


def test_an_aggregated_capture_that_seems_to_end_where_it_was_cut_is_damaged(
    whole: dict[str, Path], tmp_path: Path
) -> None:
    """Wherever the last byte left looks like the trailer: also among functions' names, before any allocation."""
    data = whole["aggregated"].read_bytes().rstrip(b"\0")
    cuts = [at + 1 for at in range(len(data) - 1) if data[at] == data[-1]]
    in_a_name = data.index(b"record\0") + 4
    pieces = {f"{length}": data[:length] for length in cuts}
    pieces["in a name"] = data[:in_a_name] + data[-1:]
    outcomes, normal = read(pieces, whole["aggregated"], tmp_path)
    assert len(cuts) > 3
    for length, outcome in outcomes.items():
        if not isinstance(outcome, Failure) and outcome[0] is Status.OK:
            assert outcome[2:] == normal[2:], length


def test_an_aggregated_capture_in_which_nothing_was_allocated_is_whole(tmp_path: Path) -> None:
    """With and without the names of what was mapped: nothing is what such a process used."""
    record_nothing(tmp_path)
    for name in ("plain", "native", "compressed"):
        status, reason, peak, _ = look(tmp_path / f"{name}.bin")
        assert (status, reason) == (Status.OK, ""), name
        assert peak < 10_000, name


@pytest.mark.parametrize("kind", KINDS)
def test_a_capture_that_was_mangled_costs_itself_alone(
    kind: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Crashes, loops, exceptions and floods of memory included."""
    mangled = dict(enumerate(mangle(whole[kind].read_bytes(), KINDS.index(kind), 60)))
    outcomes, _ = read({str(number): data for number, data in mangled.items()}, whole[kind], tmp_path)
    for outcome in outcomes.values():
        check(outcome)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "killed"])
def test_what_is_appended_changes_no_figure_unnoticed(
    kind: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Another capture, text, or zeros behind the end: the figures are those of the capture, or not called ok."""
    data = whole[kind].read_bytes()
    tails = {"itself": data, "text": b"hello\n" * 100, "zeros": bytes(5000), "ones": b"\1" * 9}
    outcomes, normal = read({name: data + tail for name, tail in tails.items()}, whole[kind], tmp_path)
    for name, outcome in outcomes.items():
        check(outcome)
        if not isinstance(outcome, Failure) and outcome[0] is Status.OK:
            assert outcome[2:] == normal[2:], name


def test_what_is_no_file_fails_at_once(tmp_path: Path) -> None:
    """Pipes, directories, loops of links, devices and nothing at all: each with its reason, none waited for."""
    (tmp_path / "directory.bin").mkdir()
    os.mkfifo(tmp_path / "pipe.bin")
    (tmp_path / "loop.bin").symlink_to("loop.bin")
    (tmp_path / "device.bin").symlink_to("/dev/zero")
    (tmp_path / "empty.bin").touch()
    (tmp_path / "text.bin").write_text("hello")
    names = ["directory", "pipe", "loop", "device", "empty", "text", "missing"]
    tasks = [Task(name, partial(look, tmp_path / f"{name}.bin")) for name in names]
    outcomes = {task.key: outcome for task, outcome in run_isolated(tasks, Limits(1, 1 << 30, 20))}
    for name, says in {
        "directory": "cannot be opened",
        "pipe": "not a regular file",
        "loop": "cannot be opened",
        "device": "not a regular file",
        "empty": "is empty",
        "text": "is not a memray capture",
        "missing": "cannot be opened",
    }.items():
        outcome = outcomes[name]
        assert isinstance(outcome, Failure), name
        assert says in outcome.message
        assert outcome.hint
