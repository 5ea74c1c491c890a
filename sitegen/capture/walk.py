"""Every file below some paths, once, in an order that depends on names alone.

Directories that are entered: all but hidden ones, `node_modules`, `__pycache__`, virtual environments, and
those that the caller excludes. Paths that the caller gives are entered whatever they are called.

Links are followed, after everything that is reached without them, and no directory is entered twice: what
can be reached in two ways is found where it really lies, and a loop of links ends.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path
from re import Pattern, compile

import msgspec

from sitegen.capture.leads_to import is_directory, is_file, is_link
from sitegen.errors import SitegenError, nearest

_BEING_COMPRESSED = ".lz4.tmp"
"""memray compresses a finished capture into a file beside it, which it then renames to the capture's name."""

_SKIPPED = frozenset({"node_modules", "__pycache__"})
_Identity = tuple[int, int]


class FoundFile(msgspec.Struct, frozen=True, gc=False):
    """A file (or pipe, or dangling link). `file` is its path below the argument, its name where it is one."""

    directory: Path
    file: str
    root: Path  # the argument where it is a directory, else the directory that holds it
    given: bool  # whether it is an argument itself
    regular: bool

    @property
    def name(self) -> str:
        return self.file.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Where it is. As text: there can be thousands, and a Path costs much more to make and to keep."""
        above, name = str(self.directory), self.name
        return name if above == os.curdir else os.path.join(above, name)  # noqa: PTH118  # for each file


class Globs(msgspec.Struct, frozen=True):
    """What `exclude` says is to be left out."""

    pattern: Pattern[str] | None = None

    @classmethod
    def of(cls, globs: Sequence[str]) -> Globs:
        """These glob patterns."""
        return cls(compile("|".join(map(translate, globs))) if globs else None)

    def match(self, name: str, file: str) -> bool:
        """Whether one matches this name, or this path below the argument."""
        return self.pattern is not None and bool(self.pattern.match(name) or self.pattern.match(file))


class _Rules(msgspec.Struct, frozen=True):
    excluded: frozenset[_Identity]
    globs: Globs

    def leave_out(self, name: str, file: str) -> bool:
        """Whether it is excluded, or memray still packs it."""
        return name.endswith(_BEING_COMPRESSED) or self.globs.match(name, file)


class _Progress(msgspec.Struct):
    """What a walk has seen so far."""

    entered: set[_Identity] = msgspec.field(default_factory=set)
    links: deque[tuple[Path, str, Path]] = msgspec.field(default_factory=deque)  # path, file, root
    warnings: list[str] = msgspec.field(default_factory=list)


def walk(
    paths: Sequence[Path], patterns: Sequence[str], exclude: Sequence[Path], warnings: list[str]
) -> Iterator[FoundFile]:
    """The files below the paths. `patterns` are globs to leave out, `exclude` directories not to enter.

    What could not be read is told in `warnings`. Raises SitegenError for a path that does not exist.
    """
    rules = _Rules(
        frozenset(identity for path in exclude if (identity := _identity(path))),
        Globs.of(patterns),
    )
    progress = _Progress(warnings=warnings)
    for path in paths:
        check(path)
        if is_directory(path):
            yield from _directory(path, "", path, rules, progress)
        else:
            yield FoundFile(path.parent, path.name, path.parent, given=True, regular=is_file(path))
    while progress.links:
        path, file, root = progress.links.popleft()
        if is_directory(path):
            yield from _directory(path, f"{file}/", root, rules, progress)
        else:
            yield FoundFile(path.parent, file, root, given=False, regular=is_file(path))


def check(path: Path) -> None:
    """Raises SitegenError for a path that leads to nothing, or where one may not look."""
    try:
        path.stat()
    except OSError as error:
        if is_link(path):
            raise SitegenError(f"{path} is a link to {path.readlink()}, which is not there") from None
        reason = (
            "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        )
        raise SitegenError(f"{path} {reason}", _near(path)) from None


def _near(path: Path) -> str:
    """What to name instead: what is called much like it in the same directory."""
    try:
        near = nearest(path.name, (found.name for found in path.parent.iterdir()))
    except OSError:
        near = None
    if near is None:
        return "Name captures, bundles, or directories of them."
    return f"Did you mean '{path.with_name(near)}'?"


def _directory(top: Path, prefix: str, root: Path, rules: _Rules, progress: _Progress) -> Iterator[FoundFile]:
    waiting = [(top, prefix)]
    while waiting:
        directory, prefix = waiting.pop()
        try:
            info = os.stat(f"{directory}/.")  # noqa: PTH116  # as what is in it, which some who may list it may not
            with os.scandir(directory) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            progress.warnings.append(f"{directory} cannot be read: {error.strerror}")
            continue
        identity = (info.st_dev, info.st_ino)
        if identity in progress.entered or identity in rules.excluded:
            continue
        progress.entered.add(identity)
        if prefix and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        below: list[tuple[Path, str]] = []
        for entry in entries:
            file = f"{prefix}{entry.name}"
            if rules.leave_out(entry.name, file):
                continue
            if entry.is_symlink():
                path = directory / entry.name
                if not is_skipped(entry.name) or not is_directory(path):
                    progress.links.append((path, file, root))
            elif not entry.is_dir():
                yield FoundFile(directory, file, root, given=False, regular=entry.is_file())
            elif not is_skipped(entry.name):
                below.append((directory / entry.name, f"{file}/"))
        waiting += reversed(below)


def is_skipped(name: str) -> bool:
    """Whether a directory of this name is not looked into, where it is not an argument itself."""
    return name.startswith(".") or name in _SKIPPED


def _identity(path: Path) -> _Identity | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
