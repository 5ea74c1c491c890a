"""What the path of a capture says: its run, its module, which process of the module. Pure; stdlib only.

The convention, which `pattern` in the configuration overrides:

* The run is the name of the directory that directly holds the capture.
* The module is the file's name without `.bin`. Underscores alone never split a name.
* `memray-script.py.PID.bin`, as `memray run` names its files, is module `script.py`.
* `NAME.bin.PID` is a fork that `memray run --follow-fork` followed. Forks are instances `fork-1`, `fork-2` of
  their module by start time (`number_forks`); the process they came from keeps its name.
* `MODULE@INSTANCE.bin` is an instance of a module.
* With `modules = ["frigate.capture"]`, a name that continues a module after `:`, `@`, `_`, `.` or `-` is an
  instance of it, `.` and `_` taken as equal: `frigate_capture_front_door.bin` too. The longest module wins.
* `MODULE[@INSTANCE]~PID[-N][.CHUNK].bin` is what the recorder writes: `file_name` makes such a name, and
  `read_file_name` gives back exactly what it was made of. The process is dropped from the names: several
  processes of one module and instance are repeats. N counts from 2 where a process id came back. CHUNK has
  three digits or more. Characters other than ASCII letters, digits and `._-` are percent-encoded in the
  names there, and only there.
* pytest-memray writes `PREFIX-path-test.bin` and beside it `metadata/PREFIX-path-test.metadata`, which holds
  the test's id, `path::test`. PREFIX is the run, path the module, test the instance. Of tests that were skipped
  or failed it writes no metadata: those are named as the captures beside them are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from os.path import splitext
from typing import NamedTuple
from urllib.parse import quote, unquote

METADATA = "metadata"
"""The directory in which pytest-memray tells of the captures beside it."""

MAX_FILE_NAME = 200
"""Bytes of the longest name that `file_name` gives. File systems take 255; programs put suffixes behind."""

_CAPTURE = re.compile(r"(?P<stem>.*)\.bin(?:\.(?P<fork>\d{1,10}))?", re.DOTALL | re.ASCII)
_BY_RECORDER = re.compile(
    r"(?P<who>.+)~(?P<process>\d{1,10}(?:-\d{1,9})?)(?:\.(?P<chunk>\d{3,9}))?", re.DOTALL | re.ASCII
)
_BY_MEMRAY_RUN = re.compile(r"memray-(?P<module>.+?)(?:\.\d+)?", re.DOTALL | re.ASCII)
_SHORTENED = re.compile(r"(?P<prefix>.+)-[0-9a-f]{16}", re.DOTALL | re.ASCII)
_FORK = re.compile(r"(?:(?P<instance>.+)-)?fork-\d+", re.DOTALL | re.ASCII)
_JOINTS = ":@_.-"


class FileName(NamedTuple):
    """What a file's name says. `process` is the recorder's PID[-N], `fork` the PID of a followed fork."""

    module: str
    instance: str | None = None
    process: str | None = None
    chunk: int | None = None
    fork: int | None = None


class Fork(NamedTuple):
    """A followed fork: what numbers it among others of the same run, module and instance."""

    key: int  # the capture's number, as the caller counts captures
    run: str
    module: str
    instance: str | None
    started: int
    process: int


def is_named_like_capture(name: str) -> bool:
    """Whether a file of this name is expected to be a capture: `*.bin` and `*.bin.PID`."""
    return _CAPTURE.fullmatch(name) is not None


def metadata_of(name: str) -> str:
    """Where pytest-memray tells of a capture of this name, from the directory that holds it."""
    return f"{METADATA}/{splitext(name)[0]}.metadata"  # noqa: PTH122  # which raises for no name


def read_file_name(name: str, modules: Sequence[str] = ()) -> FileName:
    """What the convention reads in a file's name. `modules` are the configured prefixes."""
    suffix = _CAPTURE.fullmatch(name)
    stem = (suffix["stem"] if suffix else name) or name
    fork = int(suffix["fork"]) if suffix and suffix["fork"] else None
    recorded = _recorded(stem, fork)
    if recorded is None:
        if by_memray := _BY_MEMRAY_RUN.fullmatch(stem):
            stem = by_memray["module"]
        module, _, instance = stem.partition("@")
        found = FileName(module, instance, fork=fork) if module and instance else FileName(stem, fork=fork)
    else:
        found = recorded
        stem = f"{found.module}@{found.instance}" if found.instance else found.module
    if known := _configured(stem, modules):
        return FileName(*known, found.process, found.chunk, found.fork)
    return found


def file_name(
    module: str, instance: str | None, process: int, chunk: int | None = None, again: int = 1
) -> str:
    """The name under which the recorder writes a capture; `read_file_name` is its inverse.

    `again` is N: how often the recorder met this process id, from 1.
    Raises ValueError where the module, or an instance that is not None, is empty. A name that would be longer
    than `MAX_FILE_NAME` is shortened, with a hash that keeps it apart from others.
    """
    if not module or instance == "":
        raise ValueError("a module and an instance need a name")
    who = _encoded(module) if instance is None else f"{_encoded(module)}@{_encoded(instance)}"
    end = f"~{process}" if again == 1 else f"~{process}-{again}"
    end += ".bin" if chunk is None else f".{chunk:03d}.bin"
    if len(who) + len(end) > MAX_FILE_NAME:
        room = (MAX_FILE_NAME - len(end) - 1) // 2 if instance is not None else MAX_FILE_NAME - len(end)
        parts = (_shortened(_encoded(part), room) for part in (module, instance) if part is not None)
        who = "@".join(parts)
    return who + end


def read_by_pattern(patterns: Iterable[re.Pattern[str]], file: str) -> Mapping[str, str]:
    """What the groups `run`, `module`, `instance` of the first matching pattern find; empty ones left out.

    `file` is the path below the CAPTURES argument, with `/`. A pattern may match any part of it.
    """
    for pattern in patterns:
        if match := pattern.search(file):
            return {group: text for group, text in match.groupdict().items() if text}
    return {}


def read_pytest_name(name: str, test_id: str) -> tuple[str | None, str, str | None]:
    """Run, module and instance of a file that pytest-memray wrote for the test.

    The run is None where the file's name does not hold the test's id (as when its name is random).
    """
    module, _, test = test_id.partition("::")
    return _pytest_prefix(name.removesuffix(".bin"), test_id), module or test_id, test or None


def read_beside_tests(name: str, test_files: Iterable[tuple[str, str]]) -> tuple[str, str, str | None] | None:
    """Run, module and instance of a file that pytest-memray wrote without telling of which test.

    It tells nothing of a test that was skipped or failed. `test_files` are the run and module of captures
    beside it; None where the name begins as none of theirs. Where only the run fits, the rest is the module.
    """
    stem = name.removesuffix(".bin")
    beginnings = {f"{run}-{_dashed(module)}-": (run, module) for run, module in test_files}
    beginnings |= {f"{run}-": (run, "") for run, _ in beginnings.values()}
    fitting = [beginning for beginning in beginnings if stem.startswith(beginning)]
    if not fitting:
        return None
    longest = max(fitting, key=len)
    (run, module), rest = beginnings[longest], stem.removeprefix(longest)
    return (run, module, rest or None) if module else (run, rest or stem, None)


def number_forks(forks: Iterable[Fork]) -> Mapping[int, str]:
    """The instance of each fork by its key: `fork-1`, `fork-2` by start time within run, module and instance.

    Forks of an instance are `INSTANCE-fork-1` and so on.
    """
    counts: dict[tuple[str, str, str | None], int] = {}
    numbered: dict[int, str] = {}
    for fork in sorted(forks, key=lambda fork: (fork.started, fork.process, fork.key)):
        group = (fork.run, fork.module, fork.instance)
        counts[group] = counts.get(group, 0) + 1
        prefix = f"{fork.instance}-" if fork.instance else ""
        numbered[fork.key] = f"{prefix}fork-{counts[group]}"
    return numbered


def forked_instance(instance: str) -> str | None:
    """The instance that was forked, of the instance that `number_forks` gave its fork."""
    match = _FORK.fullmatch(instance)
    return match["instance"] if match else instance


def _recorded(stem: str, fork: int | None) -> FileName | None:
    match = _BY_RECORDER.fullmatch(stem)
    if match is None:
        return None
    module, at, instance = match["who"].partition("@")
    if not module or (at and not instance):
        return None
    try:
        return FileName(
            unquote(module, errors="strict"),
            unquote(instance, errors="strict") if at else None,
            match["process"],
            int(match["chunk"]) if match["chunk"] else None,
            fork,
        )
    except UnicodeDecodeError:  # not the recorder's, then
        return None


def _configured(stem: str, modules: Sequence[str]) -> tuple[str, str | None] | None:
    """The longest configured module that the name is, or continues; and the instance it continues it with."""
    for module in sorted(modules, key=len, reverse=True):
        start, rest = stem[: len(module)], stem[len(module) :]
        if not module or start.replace("_", ".") != module.replace("_", "."):
            continue
        if not rest:
            return module, None
        if rest[0] in _JOINTS and len(rest) > 1:
            return module, rest[1:]
    return None


def _encoded(text: str) -> str:
    # A tilde ends the names, and a leading dot hides the file: both are encoded, though `quote` lets them be.
    encoded = quote(text, safe="", errors="replace").replace("~", "%7E")
    return f"%2E{encoded[1:]}" if encoded.startswith(".") else encoded


def _shortened(encoded: str, room: int) -> str:
    if len(encoded) <= room:
        return encoded
    digest = hashlib.sha256(encoded.encode()).hexdigest()[:8]
    start = re.sub("%.?$", "", encoded[: room - len(digest) - 1])
    while not _decodes(start):  # the cut went through a character of several bytes
        start = start[:-3]
    return f"{start}-{digest}"


def _decodes(encoded: str) -> bool:
    try:
        unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _pytest_prefix(stem: str, test_id: str) -> str | None:
    test = _dashed(test_id)
    if stem.endswith(f"-{test}"):
        return stem.removesuffix(f"-{test}") or None
    if match := _SHORTENED.fullmatch(stem):
        # Of a long name, a digest replaced the end. The test's id starts after one of the dashes.
        for dash in re.finditer("-", match["prefix"]):
            prefix, path = match["prefix"][: dash.start()], match["prefix"][dash.end() :]
            if prefix and path and test.startswith(path):
                return prefix
    return None


def _dashed(test_id: str) -> str:
    """A test's id, or its file's path, as pytest-memray writes it into names."""
    return test_id.replace("::", "-").replace("/", "-")
