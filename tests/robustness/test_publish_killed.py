"""Builds that are killed while they publish: the site stays whole, and the next build repairs everything."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from sitegen.site import staging
from sitegen.site.publish import File, file_of, publish

FOREIGN = {"CNAME": b"example.org", "pages/notes/mine.txt": b"mine"}
WATCHED = {"open", "ctypes.dlsym", "shutil.rmtree", "fcntl.flock"}


def site(number: int) -> list[File]:
    """Three sites of which any two share some files, and differ in others and in their directories."""
    shared = {f"pages/{i}.html": b"shared" for i in range(3)}
    own = {"index.html": f"site {number}".encode(), f"only/{number}/x.html": b"x", "size.js": b"y" * number}
    return [file_of(path, data) for path, data in (shared | own).items()]


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def killed(work: Callable[[], object]) -> bool:
    """Runs `work` in a forked child. True where the child was killed before the end."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # forking with threads: the child takes none of them
        child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def die_at(step: int) -> None:
    """From now on count what is asked of the file system, and die by SIGKILL at the given step."""
    steps = iter(range(step))

    def hook(event: str, _: object) -> None:
        watched = event in WATCHED or (event.startswith("os.") and event != "os.kill")
        if watched and next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


@pytest.mark.parametrize("mode", ["swapped", "in place"])
@pytest.mark.parametrize("first", [False, True], ids=["an update", "the first site"])
def test_killed_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, first: bool
) -> None:
    """Killed at each single call that touches the file system: a swapped site is the old or the new one at
    that moment, and the next build makes what a build from nothing makes, other people's files kept.
    """
    if mode == "in place":
        monkeypatch.setattr(staging, "_can_change_places", lambda _: False)
    old, new = ({} if first else fresh(tmp_path / "old", 1)), fresh(tmp_path / "new", 2)
    step, dead = 0, True
    while dead:
        step += 1
        home = tmp_path / str(step)
        out = home / "site"
        if not first:
            publish(site(1), out)
            old |= add_foreign(out)

        def update(out: Path = out, step: int = step) -> None:
            die_at(step)
            publish(site(2), out)

        dead = killed(update)
        if mode == "swapped" and out.exists():
            assert contents(out) in (old, new | (FOREIGN if not first else {})), step
        publish(site(2), out)
        assert contents(out) == new | ({} if first else FOREIGN), step
        assert [path.name for path in home.iterdir()] == ["site"], step
    assert step > 30


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Killed from outside at any time, again and again in the same directory, the site stays repairable."""
    moments = random.Random(5)
    out = tmp_path / "site"
    expected = {number: fresh(tmp_path / str(number), number) | FOREIGN for number in range(3)}
    publish(site(0), out)
    add_foreign(out)

    def publish_on_and_on() -> None:
        while True:
            for number in range(3):
                publish(site(number), out)

    for round_ in range(60):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            publish_on_and_on()
        time.sleep(moments.uniform(0.001, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert contents(out) in expected.values()
        if round_ % 3:
            publish(site(round_ % 3), out)
            assert contents(out) == expected[round_ % 3]
            assert {path.name for path in tmp_path.iterdir()} == {"site", "0", "1", "2"}


def fresh(out: Path, number: int) -> dict[str, bytes]:
    publish(site(number), out)
    return contents(out)


def add_foreign(out: Path) -> dict[str, bytes]:
    for path, data in FOREIGN.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
    return FOREIGN
