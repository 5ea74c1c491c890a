"""A site that was built before, read back: its captures appear beside new ones without being there.

`api/history.json` says what the site is made of; the figures and trees are its pages' own data files.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from sitegen import json_pieces, json_text
from sitegen.capture import bundle
from sitegen.capture.days import known_day, nearest_day
from sitegen.capture.runs import FoundRun, Run
from sitegen.capture.source import Discovery, Kind, Source, packed
from sitegen.errors import BundleError
from sitegen.model import Analysis, Name
from sitegen.packed import Made
from sitegen.slugs import is_capture_id
from sitegen.units import counted

FILE = "api/history.json"
VERSION = 1


class Kept(msgspec.Struct, frozen=True):
    """One capture of a published site. `data` and `temporal` are paths below the site."""

    id: str
    file: str
    name: Name
    started: int | None
    process: str | None
    data: str | None
    temporal: str | None
    reason: str


class _History(msgspec.Struct):
    version: int
    runs: tuple[Run, ...]
    captures: tuple[Kept, ...]


def history_json(runs: Iterable[Run], captures: Iterable[Kept]) -> Iterator[bytes]:
    """The content of `FILE`, in pieces."""
    yield from json_pieces.object_of(
        {
            "captures": json_pieces.array_of(captures, order="sorted"),
            "runs": json_pieces.array_of(runs, order="sorted"),
            "version": [msgspec.json.encode(VERSION)],
        }.items()
    )
    yield b"\n"


def read_history(site: Path) -> Discovery:
    """The captures and runs of a site. One that cannot be read back gives a warning and nothing else."""
    file = site / FILE
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise OSError("it is no regular file")
        history = json_text.decode(file.read_bytes(), _History)
    except FileNotFoundError:
        return Discovery((), (), (f"{site} holds no site that sitegen built: it adds no history.",))
    except (OSError, ValueError) as error:
        return Discovery((), (), (f"{file} cannot be read: {error}. It adds no history.",))
    if history.version != VERSION:
        return Discovery(
            (), (), (f"{file} has version {history.version}, not {VERSION}: it adds no history.",)
        )
    root = site.resolve()
    # Files are named by ids, here and in what is made of it: a site can be anybody's artifact.
    sources = tuple(_source(root, kept) for kept in history.captures if is_capture_id(kept.id))
    runs = tuple(FoundRun(run.id, nearest_day(run.started), carried=(run,)) for run in history.runs)
    lost = len(history.captures) - len(sources)
    warning = f"{file} has {counted(lost, 'capture')} under ids that sitegen never gives: left out."
    return Discovery(sources, runs, (warning,) if lost else ())


def merge(discoveries: Sequence[Discovery]) -> Discovery:
    """All of them as one. Equal run ids are one run; of equal captures the first discovery's counts."""
    if len(discoveries) == 1:
        return discoveries[0]
    sources: dict[str, Source] = {}
    runs: dict[str, FoundRun] = {}
    for discovery in discoveries:
        for source in discovery.sources:
            sources.setdefault(source.id, source)
        for run in discovery.runs:
            known = runs.get(run.id)
            runs[run.id] = _joined(known, run) if known else run
    return Discovery(
        packed((sources[id_] for id_ in sorted(sources)), len(sources)),
        tuple(runs.values()),
        tuple(warning for discovery in discoveries for warning in discovery.warnings),
    )


def keep_newest(found: Discovery, most: int | None, since: int | None) -> Discovery:
    """Without the runs beyond the newest `most`, and without those that began before `since` (milliseconds).

    The newest run always stays.
    """
    if most is None and since is None:
        return found
    newest_first = sorted(found.runs, key=lambda run: (run.started, run.id), reverse=True)
    kept = [
        run
        for position, run in enumerate(newest_first)
        if position == 0 or ((most is None or position < most) and (since is None or run.started >= since))
    ]
    ids = {run.id for run in kept}
    rows = array("I", (row for row, source in enumerate(found.sources) if source.name.run in ids))
    sources = Made(len(rows), lambda at: found.sources[rows[at]])
    return Discovery(sources, tuple(kept), found.warnings)


def _joined(one: FoundRun, other: FoundRun) -> FoundRun:
    return FoundRun(
        one.id,
        min(one.started, other.started),
        (*one.directories, *other.directories),
        (*one.carried, *other.carried),
    )


def load(path: Path) -> Analysis:
    """The analysis behind a page. Raises BundleError where the data files are damaged or gone."""
    temporal = path.with_name(path.name.removesuffix(".js") + ".temporal.js")
    parts = [_payload(path)]
    if temporal.is_file():
        parts.append(_payload(temporal))
    return bundle.decode(b"".join(parts))[0]


def _source(root: Path, kept: Kept) -> Source:
    path, info = root, None
    reason = kept.reason
    if kept.data is not None:
        try:
            path = Path(os.path.realpath(root / kept.data))  # which bears links that go in circles
            # What a site names must lie in it.
            info = path.stat() if path.is_relative_to(root) else None
        except (OSError, ValueError):  # or nowhere: a path with a NUL in it
            info = None
        if info is None or not stat.S_ISREG(info.st_mode):
            info = None
            reason = f"The history has lost {kept.data}. Fetch the whole site."
    return Source(
        path=str(path),
        file=kept.file,
        kind=Kind.BROKEN if info is None else Kind.HISTORY,
        name=kept.name,
        id=kept.id,
        started=known_day(kept.started),
        size=info.st_size if info else 0,
        modified=info.st_mtime_ns // 1_000_000 if info else 0,
        process=kept.process,
        reason=reason,
    )


def _payload(path: Path) -> bytes:
    """The container in a data file: what stands between the last two quotes."""
    try:
        text = path.read_bytes()
        return base64.b64decode(text[text.rindex(b',"') + 2 : text.rindex(b'"')], validate=True)
    except OSError as error:
        raise BundleError(f"cannot be opened: {error.strerror or error}") from None
    except (ValueError, binascii.Error):
        raise BundleError("is a damaged data file of a site", "Fetch the site again.") from None
