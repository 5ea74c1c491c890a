"""How many workers may read captures at once, and what each may take: time and memory."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

_SHARE = 0.8  # of the available memory that workers may plan with; the build itself needs some
_LEAST_MEMORY = 1 << 30  # with less, few large captures can be read
_FILES = 3  # that a build has open for each worker
_OWN_FILES = 12  # for itself, and while it starts a worker
_BASE_SECONDS = 30.0
_SECONDS_PER_BYTE = 50e-6  # compressed captures hold up to three records in a byte

_LONGEST = 86_400.0  # more seconds, of several captures, are no time that all systems can wait for

_CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60  # how version 1 says that there is no limit


class Limits(msgspec.Struct, frozen=True):
    """At most `jobs` workers at once, each with at most `memory_bytes` of memory of its own (None: any).

    `timeout` is in seconds, for every capture; None: by its size (`timeout_for`).
    """

    jobs: int
    memory_bytes: int | None
    timeout: float | None = None

    def seconds(self, size: int) -> float:
        """How long a capture of so many bytes may take."""
        return min(self.timeout or timeout_for(size), _LONGEST)


def default_limits(
    jobs: int | None = None, memory_bytes: int | None = None, timeout: float | None = None
) -> Limits:
    """What was asked for, as far as memory and open files allow; for what was not, the most that the machine gives.

    Without `memory_bytes` the available memory is shared out among the workers, of which there are no
    more than get 1 GB each; with it, there are no more workers than can have so much. Without `jobs`
    there is a worker for each processor, and a second one even where there is one processor only, so
    that a capture on which the reader hangs does not keep the others waiting.
    """
    wanted = min(jobs or max(2, usable_cpus()), max(1, (_files_left() - _OWN_FILES) // _FILES))
    available = available_memory()
    if available is None:
        return Limits(wanted, memory_bytes, timeout)
    plan = int(available * _SHARE)
    most = max(1, plan // (memory_bytes or _LEAST_MEMORY))
    granted = min(wanted, most)
    return Limits(granted, memory_bytes or max(_LEAST_MEMORY, plan // granted), timeout)


def timeout_for(size: int) -> float:
    """Seconds that a sound capture of so many bytes never takes: under a minute for up to 500 kB."""
    return _BASE_SECONDS + size * _SECONDS_PER_BYTE


def usable_cpus() -> int:
    """Processors that this process may use, a container's quota included."""
    cpus = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    for group in _own_groups():
        words = _text(group / "cpu.max").split()
        if len(words) == 2 and words[0] != "max":
            cpus = min(cpus, -(-int(words[0]) // int(words[1])))
    return max(1, cpus)


def _files_left() -> int:
    """How many more files this process may have open."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if most == resource.RLIM_INFINITY else most - len(os.listdir("/dev/fd"))  # noqa: PTH208  # names do


def available_memory() -> int | None:
    """Bytes that can still be used without swapping, a container's limit included; None where unknown."""
    known = [_machine_memory()]
    for group in _own_groups():
        for limit, used, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            most = _text(group / limit).strip()
            if most.isdigit() and int(most) < _UNLIMITED:
                reclaimable = _table(_text(group / "memory.stat"), cache)
                known.append(int(most) - int(_text(group / used) or 0) + (reclaimable or 0))
    return min((max(0, memory) for memory in known if memory is not None), default=None)


def _machine_memory() -> int | None:
    kilobytes = _table(_text(Path("/proc/meminfo")), "MemAvailable:")
    if kilobytes is not None:
        return kilobytes * 1024
    try:
        # What is free is not told here; most of what is used is cache.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError):
        return None


def _own_groups() -> Iterator[Path]:
    """The directories of this process's control groups and of those above them, both versions' layouts."""
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _CGROUPS / "memory" if controllers else _CGROUPS
        group = root / path.lstrip("/")
        yield from (place for place in (group, *group.parents) if place.is_relative_to(root))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _table(text: str, name: str) -> int | None:
    """The number that follows a name at the beginning of a line."""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name:
            return int(words[1])
    return None
