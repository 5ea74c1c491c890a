"""What a site is made of, as far as it can change while it is served: which directories, and which files in them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path

import msgspec
from watchfiles import Change

from sitegen.capture import history
from sitegen.capture.bundle import SUFFIX
from sitegen.capture.header import is_capture
from sitegen.capture.leads_to import is_directory
from sitegen.capture.naming import is_named_like_capture, metadata_of
from sitegen.capture.walk import Globs, is_skipped
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.site.theme import load_theme

_TEXTS = (".md", ".metadata", "run.toml", SUFFIX)  # which are written in one go


class Weight(Enum):
    """What a change is to a site."""

    NOTHING = "nothing"
    GROWTH = "growth"  # a capture was written to: perhaps not for the last time
    CHANGE = "change"


class Inputs(msgspec.Struct, frozen=True):
    """All paths are absolute, without links, as changes are told.

    `captures` are the directories that captures are looked for in, each with its path below the CAPTURES argument
    ("" or one that ends with `/`), `themes` those of which every file counts.
    `named` are single files and directories that count whether they are there yet or not, each with the
    directory in which it would appear. `apart` are directories that do not count: the output, the store.
    """

    captures: Mapping[Path, str]
    themes: frozenset[Path]
    named: Mapping[Path, Path]
    apart: frozenset[Path] = frozenset()
    exclude: Globs = Globs()

    @property
    def directories(self) -> frozenset[Path]:
        """What has to be watched, none of it with what is below."""
        return self.themes.union(self.captures, self.named.values())

    def weigh(self, change: Change, path: Path, sources: Collection[str]) -> Weight:
        """What a change of this path is. `sources` are the captures that the last build found."""
        if path in self.apart:
            return Weight.NOTHING
        if path in self.named:
            return _named_weight(change, path)
        if path.parent in self.themes:
            return Weight.NOTHING if path.name.startswith(".") or path.name.endswith("~") else Weight.CHANGE
        if path in self.captures:
            return Weight.NOTHING if change is Change.modified else Weight.CHANGE
        below = self.captures.get(path.parent)
        if below is None or self.exclude.match(path.name, below + path.name):
            return Weight.NOTHING
        if path.name.endswith(_TEXTS):
            return Weight.CHANGE
        if str(path) in sources or is_named_like_capture(path.name):
            return _capture_weight(change)
        if change is Change.deleted or is_skipped(path.name):
            return Weight.NOTHING
        if is_directory(path):
            return Weight.CHANGE if change is Change.added else Weight.NOTHING
        return _capture_weight(change) if is_capture(path) else Weight.NOTHING


def inputs_of(config: Config, config_files: Iterable[Path], apart: Sequence[Path]) -> Inputs:
    """What the site of a configuration is made of now. Directories in `apart` (the output) are left out."""
    above_roots = {_real(path).parent for path in config.captures}
    beside = [directory / "notes" for directory in above_roots]
    roots = [path for path in config.captures if is_directory(path)]
    single = [path for path in config.captures if not is_directory(path)]
    around = [
        path.parent / name for path in single for name in ("run.toml", "NOTES.md", metadata_of(path.name))
    ]
    sites = [site / name for site in config.history for name in ("", history.FILE)]
    named = [
        *config_files,
        *config.captures,
        *around,
        *sites,
        *beside,
        *(directory / "index.md" for directory in above_roots),
        *([config.suppressions] if config.suppressions else []),
        *([Path(config.theme)] if "/" in config.theme else []),
    ]
    leave_out = {_real(path) for path in apart}
    exclude = Globs.of(config.exclude)
    notes = [path for path in beside if is_directory(path)]
    return Inputs(
        captures=dict(_directories([*roots, *notes], leave_out, exclude)),
        themes=frozenset(dict(_directories(_theme_directories(config.theme), leave_out, Globs()))),
        named=dict(map(_place, named)),
        apart=frozenset(leave_out),
        exclude=exclude,
    )


def _capture_weight(change: Change) -> Weight:
    return Weight.GROWTH if change is Change.modified else Weight.CHANGE


def _named_weight(change: Change, path: Path) -> Weight:
    if change is Change.modified and is_directory(path):
        return Weight.NOTHING
    return _capture_weight(change) if is_capture(path) else Weight.CHANGE


def _place(path: Path) -> tuple[Path, Path]:
    """Where a path would appear, in the directory that can be watched for it: (path or its first missing part, it)."""
    path = _real(path.parent) / path.name if path.name not in ("", "..") else _real(path)
    directory = path.parent
    while not is_directory(directory):
        path, directory = directory, directory.parent
    return path, directory


def _theme_directories(name: str) -> list[Path]:
    try:
        return list(load_theme(name).directories)
    except (SitegenError, OSError, ValueError):  # broken at the moment; the cure will come in here
        return [Path(name)] if is_directory(name) else []


def _directories(roots: Iterable[Path], leave_out: set[Path], exclude: Globs) -> Iterator[tuple[Path, str]]:
    """The directories and those below them that may hold captures, links followed, as discovery does: each with its
    path below the root."""
    waiting = [(_real(root), "") for root in roots]
    seen = set(leave_out)
    while waiting:
        directory, prefix = waiting.pop()
        if directory in seen:
            continue
        seen.add(directory)
        below, names = _listed(directory)
        if prefix and "pyvenv.cfg" in names:
            continue
        yield directory, prefix
        waiting += [
            (_real(directory / name), f"{prefix}{name}/")
            for name in below
            if not is_skipped(name) and not exclude.match(name, f"{prefix}{name}")
        ]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # which, unlike Path.resolve, bears links that go in circles


def _listed(directory: Path) -> tuple[list[str], list[str]]:
    """The names of its directories, links to such included, and of everything else."""
    below: list[str] = []
    names: list[str] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                # A link is asked by its path: of one that leads nowhere, the entry raises.
                leads_to_directory = is_directory(entry.path) if entry.is_symlink() else entry.is_dir()
                (below if leads_to_directory else names).append(entry.name)
    except OSError:  # gone, or not ours to read: discovery says so
        return [], []
    return below, names
