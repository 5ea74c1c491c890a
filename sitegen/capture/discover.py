"""CAPTURES -> named sources.

Any file that carries memray's magic is a capture, whatever its name. A file that is named like a capture
or bundle and is none is a broken source, so that it gets a page that says so; so is any file that is an
argument.

A bundle says itself whose it is. Where the capture that it was made of is there too (same run, path and
start), the bundle counts: it may hold what only the machine that took the capture could resolve.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen import json_text
from sitegen.capture import naming
from sitegen.capture.bundle import SUFFIX
from sitegen.capture.days import nearest_day
from sitegen.capture.examine import Content, examine
from sitegen.capture.leads_to import is_directory
from sitegen.capture.runs import FoundRun
from sitegen.capture.source import Discovery, Identity, Kind, Source, packed
from sitegen.capture.texts import TextError, read_text
from sitegen.capture.walk import FoundFile, walk
from sitegen.config import Config
from sitegen.model import Name
from sitegen.slugs import capture_id

NO_RUN = "captures"
"""The run of captures in a directory without a name: the root of the file system."""


class _Named(msgspec.Struct, frozen=True, gc=False):
    """A file that is going to be a source. Its id and the number of its fork depend on the others."""

    found: FoundFile
    content: Content
    identity: Identity


class _TestId(msgspec.Struct):
    """What pytest-memray writes beside a capture, as far as it is used."""

    test_id: str


def discover(paths: Sequence[Path], config: Config, exclude: Sequence[Path] = ()) -> Discovery:
    """The captures and bundles at and below the paths. Directories in `exclude` (the output) are not entered.

    Raises SitegenError for a path that does not exist. Finding nothing is no error here.
    """
    warnings: list[str] = []
    surroundings = _Surroundings(warnings)
    named = list(_named(walk(paths, config.exclude, exclude, warnings), config, surroundings))
    if not config.pattern:
        named = [_beside_tests(each, surroundings) for each in named]
    named = _without_twins(named)
    instances, ids = _instances(named), _ids(named)
    in_order = sorted(range(len(named)), key=ids.__getitem__)
    sources = packed((_source(named[n], instances[n], ids[n]) for n in in_order), len(named))
    return Discovery(sources, tuple(_runs(named)), tuple(warnings))


def _named(found: Iterable[FoundFile], config: Config, surroundings: _Surroundings) -> Iterator[_Named]:
    """Those of the files that are captures or bundles, or should be; each once."""
    seen: set[tuple[int, int]] = set()
    for file in found:
        content = examine(file)
        if content is None or (place := (content.looks.device, content.looks.inode)) in seen:
            continue
        seen.add(place)
        yield _Named(file, content, _carried(content) or _read(file, config, surroundings))


class _Surroundings:
    """What lies around captures, asked once for each directory."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._runs: dict[Path, str] = {}
        self._with_tests: dict[Path, bool] = {}
        self.test_files: dict[Path, set[tuple[str, str]]] = {}  # run and module of what metadata tells of

    def run(self, directory: Path) -> str:
        """The name of the directory, links resolved."""
        if directory not in self._runs:
            self._runs[directory] = _clean(directory.resolve().name) or NO_RUN
        return self._runs[directory]

    def test_id(self, directory: Path, name: str) -> str | None:
        """The id of the test that pytest-memray took the capture of; None where it did not."""
        if directory not in self._with_tests:
            self._with_tests[directory] = is_directory(directory / naming.METADATA)
        if not self._with_tests[directory]:
            return None
        file = directory / naming.metadata_of(name)
        try:
            text = read_text(file)
            return json_text.decode(text, _TestId).test_id or None if text is not None else None
        except (TextError, msgspec.MsgspecError) as error:
            reason = str(error) if isinstance(error, TextError) else f"{file}: {error}"
            self._warnings.append(f"{reason}. The test is named by its file.")
            return None


def _read(found: FoundFile, config: Config, surroundings: _Surroundings) -> Identity:
    """Whose capture it is, by its path: the pattern, else pytest-memray's metadata, else the convention."""
    file = _clean(found.file)
    name = _clean(found.name).removesuffix(SUFFIX)
    run: str | None = None
    read = naming.read_file_name(name, config.modules)
    if test_id := surroundings.test_id(found.directory, found.name):
        run, module, instance = naming.read_pytest_name(name, test_id)
        read = naming.FileName(module, instance)
        if run:
            surroundings.test_files.setdefault(found.directory, set()).add((run, module))
    groups = naming.read_by_pattern(config.pattern, file)
    instance_by_pattern = groups.get("instance")
    return Identity(
        file=file,
        run=groups.get("run") or run or surroundings.run(found.directory),
        module=sys.intern(groups.get("module") or read.module),
        instance=instance_by_pattern or read.instance,
        chunk=read.chunk,
        id="",
        process=read.process,
        fork=None if instance_by_pattern else read.fork,
    )


def _beside_tests(named: _Named, surroundings: _Surroundings) -> _Named:
    """A capture of pytest-memray's that no metadata tells of is named as those beside it are."""
    test_files = surroundings.test_files.get(named.found.directory)
    told = _carried(named.content) or (named.identity.run, named.identity.module) in (test_files or ())
    if not test_files or told:
        return named
    read = naming.read_beside_tests(_clean(named.found.name).removesuffix(SUFFIX), test_files)
    if read is None:
        return named
    run, module, instance = read
    return replace(named, identity=replace(named.identity, run=run, module=module, instance=instance))


def _carried(content: Content) -> Identity | None:
    """Whose capture a bundle says it is of, its fork's number taken off; None where it does not say."""
    identity = content.identity
    if identity is None or not (identity.file and identity.run and identity.module):
        return None
    if identity.fork is None or identity.instance is None:
        return identity
    return replace(identity, instance=naming.forked_instance(identity.instance))


def _without_twins(named: Iterable[_Named]) -> list[_Named]:
    """Each capture once: no captures that are there as bundles, and no bundle twice."""
    bundled: dict[tuple[str, str, int | None], set[str]] = {}
    kept: list[_Named] = []
    for each in sorted(named, key=lambda each: each.content.kind is not Kind.BUNDLE):
        key = (each.identity.run, each.identity.file, each.content.started)
        if each.content.kind is Kind.BUNDLE:
            ids = bundled.setdefault(key, set())
            if each.identity.id in ids:
                continue
            ids.add(each.identity.id)
        elif each.content.started is not None and key in bundled:
            continue
        kept.append(each)
    return kept


def _instances(named: Sequence[_Named]) -> list[str | None]:
    """The instance of each: as it is named, or the number of the fork."""
    numbered = naming.number_forks(
        naming.Fork(
            key=number,
            run=each.identity.run,
            module=each.identity.module,
            instance=each.identity.instance,
            started=sys.maxsize if each.content.started is None else each.content.started,
            process=each.identity.fork,
        )
        for number, each in enumerate(named)
        if each.identity.fork is not None
    )
    return [numbered.get(number, each.identity.instance) for number, each in enumerate(named)]


def _ids(named: Sequence[_Named]) -> list[str]:
    """The id of each, from its path: slugs of run and file name, and a hash of the path where two are equal."""
    ids = [_short_id(each.identity) for each in named]
    several = {short for short, times in Counter(ids).items() if times > 1}
    taken: set[str] = set()
    files = [each.identity.file for each in named]
    in_order: Sequence[int] = range(len(named))
    if len(set(files)) < len(files):  # the same path below different arguments
        in_order = sorted(in_order, key=lambda n: named[n].found.path)
    for number in sorted(in_order, key=files.__getitem__):
        identity, short = named[number].identity, ids[number]
        long = f"{short}-{hashlib.sha256(identity.file.encode()).hexdigest()[:8]}"
        # A bundle keeps the id that its capture had among others, where that is one it could have had.
        own = identity.id if identity.id in (short, long) else ""
        chosen = own or (long if short in several else short)
        if chosen in taken:
            chosen = next(other for n in count(2) if (other := f"{chosen}-{n}") not in taken)
        taken.add(chosen)
        ids[number] = chosen
    return ids


def _short_id(identity: Identity) -> str:
    return capture_id(identity.run, identity.file.rpartition("/")[2] or identity.file)


def _source(named: _Named, instance: str | None, id: str) -> Source:
    found, content, identity = named.found, named.content, named.identity
    return Source(
        path=found.path,
        file=identity.file,
        kind=content.kind,
        name=Name(identity.run, sys.intern(identity.module), instance, identity.chunk),
        id=id,
        started=content.started,
        size=content.looks.size,
        modified=_modified(content),
        process=identity.process,
        fork=identity.fork,
        native=content.native,
        reason=content.reason,
    )


def _runs(named: Iterable[_Named]) -> Iterable[FoundRun]:
    by_run: dict[str, list[_Named]] = {}
    for each in named:
        by_run.setdefault(each.identity.run, []).append(each)
    for run, members in sorted(by_run.items()):
        started = [each.content.started for each in members if each.content.started is not None]
        directories = {directory for each in members for directory in _directories(each.found, run)}
        yield FoundRun(
            id=run,
            # As often as not, a file's time says when it was copied: it counts where nothing else is known.
            started=min(started) if started else min(map(_modified, (each.content for each in members))),
            directories=tuple(sorted(directories)),
            carried=tuple(told for each in members if (told := each.content.run) and told.id == run),
        )


def _directories(found: FoundFile, run: str) -> Iterable[Path]:
    """Where texts about the run may lie: beside the capture, or above it in one of the run's name."""
    directory = found.directory
    yield directory
    while directory != found.root and directory != directory.parent:
        directory = directory.parent
        if _clean(directory.name) == run:
            yield directory


def _modified(content: Content) -> int:
    return nearest_day(content.looks.modified)


def _clean(name: str) -> str:
    """The name of a file as text: bytes that are no UTF-8 are shown as `\\xff`."""
    if name.isascii():
        return name  # itself: there can be thousands
    return os.fsencode(name).decode("utf-8", "backslashreplace")
