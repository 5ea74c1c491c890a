"""`memray run`, with each switch that changes what the capture is."""

from __future__ import annotations

from pathlib import Path

import memray
import pytest
from produced_site import Site, build, run

PROGRAM = """
import os
kept = []
def keep(size):
    kept.append(bytearray(size))
def child(size):
    pid = os.fork()
    if not pid:
        keep(size)
        os._exit(0)
    os.waitpid(pid, 0)
if __name__ == "__main__":
    keep(1_000_000)
    if "forks" in os.environ:
        child(2_000_000)
        child(4_000_000)
"""


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """A directory for captures, with the program beside it."""
    (tmp_path / "job.py").write_text(PROGRAM)
    (tmp_path / "captures").mkdir()
    return tmp_path / "captures"


def recorded(captures: Path, *switches: str, **variables: str) -> Site:
    """The site of one `memray run`."""
    run(captures.parent, "-m", "memray", "run", "-q", *switches, "job.py", **variables)
    return build(captures.parent)


def test_its_default_name_is_read(captures: Path) -> None:
    """`memray-job.py.PID.bin`, which memray puts beside the script, is module `job.py`."""
    run(captures.parent, "-m", "memray", "run", "-q", "job.py")
    (written,) = captures.parent.glob("memray-job.py.*.bin")
    written.rename(captures / written.name)
    (capture,) = build(captures.parent).captures
    assert (capture["run"], capture["module"], capture["instance"]) == ("captures", "job.py", None)
    with memray.FileReader(captures / written.name) as reader:
        assert capture["peak_bytes"] == reader.metadata.peak_memory


def test_a_compression_that_was_killed_is_no_capture(captures: Path) -> None:
    """memray compresses a complete capture beside it: what a kill leaves of that is not taken for another."""
    run(captures.parent, "-m", "memray", "run", "-q", "-o", "captures/job.bin", "job.py")
    half = (captures / "job.bin").read_bytes()[:-100]
    (captures / "job.bin.lz4.tmp").write_bytes(half)
    (capture,) = build(captures.parent).captures
    assert (capture["module"], capture["status"]) == ("job", "ok")


def test_followed_forks_are_instances_in_their_order(captures: Path) -> None:
    """The children that `--follow-fork` records end by `os._exit`: unfinished, and right up to the end."""
    site = recorded(captures, "--follow-fork", "-o", "captures/job.bin", forks="1")
    named = site.named()
    assert {key: capture["status"] for key, capture in named.items()} == {
        ("job", None): "ok",
        ("job", "fork-1"): "unfinished",
        ("job", "fork-2"): "unfinished",
    }
    assert 2_000_000 < named["job", "fork-1"]["leaked_bytes"] < 2_100_000
    assert 4_000_000 < named["job", "fork-2"]["leaked_bytes"] < 4_100_000
    assert {finding["kind"] for finding in site.data["findings"]}.isdisjoint({"damaged"})


def test_native_captures_show_native_frames(captures: Path) -> None:
    """`--native`: the capture says so, and its page names functions of the interpreter."""
    site = recorded(captures, "--native", "-o", "captures/job.bin")
    (capture,) = site.captures
    assert (capture["native"], capture["status"]) == (True, "ok")
    assert capture["reports"]["temporal"]
    assert "PyByteArray" in site.page(capture["url"])


def test_aggregated_captures_say_what_they_cannot_show(captures: Path) -> None:
    """`--aggregate`: peak and leaks are there, what needs a timeline is null, not nothing or 0."""
    site = recorded(captures, "--aggregate", "-o", "captures/job.bin")
    (capture,) = site.captures
    assert (capture["aggregated"], capture["status"]) == (True, "ok")
    assert capture["reports"]["flamegraph"]
    assert capture["reports"]["leaks"]
    assert capture["reports"]["temporal"] is None
    assert capture["total_allocations"] is None
    with memray.FileReader(captures / "job.bin") as reader:
        assert capture["peak_bytes"] == reader.metadata.peak_memory


def test_python_allocators_are_told(captures: Path) -> None:
    """`--trace-python-allocators` counts what the arena allocator hands out: far more allocations."""
    run(captures.parent, "-m", "memray", "run", "-q", "-o", "captures/plain.bin", "job.py")
    run(
        captures.parent,
        *("-m", "memray", "run", "-q", "--trace-python-allocators", "-o", "captures/traced.bin", "job.py"),
    )
    named = build(captures.parent).named()
    plain, traced = named["plain", None], named["traced", None]
    assert traced["total_allocations"] > 3 * plain["total_allocations"]
    assert traced["allocator"] == plain["allocator"]
