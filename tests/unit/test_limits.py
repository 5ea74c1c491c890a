"""How many workers there are, and how much each may take: by the machine, and by what was asked."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import pytest

from sitegen.capture import limits
from sitegen.capture.limits import Limits, available_memory, default_limits, timeout_for, usable_cpus

GB = 1 << 30


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Eight processors and 20 GB, of which workers may plan with 16. Gives what changes it."""
    monkeypatch.setattr(limits, "usable_cpus", lambda: 8)
    monkeypatch.setattr(limits, "available_memory", lambda: 20 * GB)
    return monkeypatch


@pytest.mark.usefixtures("machine")
def test_the_memory_is_shared_out_among_a_worker_for_each_processor() -> None:
    assert default_limits() == Limits(8, 2 * GB)


@pytest.mark.usefixtures("machine")
def test_no_more_workers_than_the_memory_allows() -> None:
    assert default_limits(memory_bytes=5 * GB) == Limits(3, 5 * GB)
    assert default_limits(jobs=64, memory_bytes=5 * GB) == Limits(3, 5 * GB)
    assert default_limits(jobs=64) == Limits(16, GB)
    assert default_limits(jobs=2) == Limits(2, 8 * GB)


def test_there_is_always_one_worker(machine: pytest.MonkeyPatch) -> None:
    assert default_limits(memory_bytes=500 * GB) == Limits(1, 500 * GB)
    machine.setattr(limits, "available_memory", lambda: 1000)
    assert default_limits() == Limits(1, GB)


def test_no_more_workers_than_files_may_be_open_for(machine: pytest.MonkeyPatch) -> None:
    """A build has three for each. Where a system sets no limit there is none."""
    machine.setattr(limits, "available_memory", lambda: None)
    opened = len([*Path("/dev/fd").iterdir()])
    for most, jobs in ((opened + 12 + 9, 3), (20, 1), (resource.RLIM_INFINITY, 64)):
        machine.setattr(resource, "getrlimit", lambda _, most=most: (most, most))
        assert default_limits(jobs=64).jobs == jobs


def test_what_cannot_be_known_limits_nothing(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(limits, "available_memory", lambda: None)
    assert default_limits() == Limits(8, None)


def test_one_processor_has_two_workers_unless_asked(machine: pytest.MonkeyPatch) -> None:
    """A capture on which the reader hangs must not keep all others waiting."""
    machine.setattr(limits, "usable_cpus", lambda: 1)
    assert default_limits().jobs == 2
    assert default_limits(jobs=1).jobs == 1


def test_time_grows_with_size_and_small_files_have_less_than_a_minute() -> None:
    assert timeout_for(0) >= 20
    assert timeout_for(500_000) < 60
    assert timeout_for(1 << 30) > 3600
    assert Limits(1, None).seconds(1000) == timeout_for(1000)
    assert Limits(1, None, 7).seconds(1 << 30) == 7


def test_this_machine_has_processors_and_memory() -> None:
    assert 1 <= usable_cpus() <= (os.cpu_count() or 1)
    memory = available_memory()
    assert memory is not None
    assert 1 << 24 < memory <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
@pytest.mark.parametrize(
    ("membership", "files", "memory", "cpus"),
    [
        # Version 2, with the limit on a group above; half a gigabyte of what is used is cache.
        (
            "0::/ci/job\n",
            {
                "ci/memory.max": "4000000000",
                "ci/memory.current": "1500000000",
                "ci/memory.stat": "anon 5\ninactive_file 500000000\n",
                "ci/job/memory.max": "max",
                "ci/cpu.max": "150000 100000",
                "ci/job/cpu.max": "max 100000",
            },
            3_000_000_000,
            2,
        ),
        # Version 1, whose names differ and whose "no limit" is a large number.
        (
            "5:cpu,cpuacct:/x\n4:memory:/box\n",
            {
                "memory/box/memory.limit_in_bytes": "2000000000",
                "memory/box/memory.usage_in_bytes": "500000000",
                "memory/memory.limit_in_bytes": str(2**63 - 4096),
                "memory/memory.usage_in_bytes": "9000000000",
            },
            1_500_000_000,
            64,
        ),
        ("0::/\n", {}, 8_000_000_000, 64),
    ],
)
def test_a_container_limit_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    membership: str,
    files: dict[str, str],
    memory: int,
    cpus: int,
) -> None:
    """The smallest limit of the groups that the process is in, less what they use, is what is available."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    really = limits._text
    system = {"/proc/self/cgroup": membership, "/proc/meminfo": "MemTotal: 9 kB\nMemAvailable: 7812500 kB\n"}
    monkeypatch.setattr(limits, "_text", lambda path: system.get(str(path), really(path)))
    monkeypatch.setattr(limits, "_CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64))
    assert available_memory() == memory
    assert usable_cpus() == cpus
