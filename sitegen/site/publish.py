"""Writes the site: all of it or none of it, and only what changed.

How a reader sees the old site or the new one, never a mixture:

* Changed files are written to a staging directory beside the site, unchanged ones are hard-linked into
  it, and then the two directories change places in one system call (`exchange.py`). What was the site
  is then in the staging directory, and is taken apart.
* A symbolic link to a directory that changes with every build would do as well, but what people upload,
  commit or mount would then be a link, with the directories that it leads to lying beside it.
* A directory that cannot change places (a mount point, another user's, the current directory, a system
  without the call) is updated in place: every file appears whole, pages after what they load, the index
  last, and what is gone is removed after that. A site that a container mounts by itself is a mount point
  in there only: mount the directory above it.

What is killed at any moment is repaired by the next build. The staging directory has a fixed name, and
holds a manifest only when it is complete. An update in place first writes a manifest that names the
files of both sites, and vouches for none that is about to change.

Only files that the manifest names are replaced or removed; what else lies in the directory stays. A file
that is newer than the manifest is compared by its hash, so a change by hand is undone, unless it kept
both the size and the time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from sitegen.errors import PublishError
from sitegen.site import manifest
from sitegen.site.exchange import exchange
from sitegen.site.manifest import Files, Manifest, Sizes, directories, is_plain, walk
from sitegen.site.staging import Staging, locked, told


class File(msgspec.Struct, frozen=True):
    """A file of the site: its path below it (with `/`), and how its bytes are made, in one piece or several.

    Equal fingerprints promise equal bytes: `make` is called only where the fingerprint is not the one
    that the file was made with last time, or where the file is not as it was left.
    """

    path: str
    fingerprint: str
    make: Callable[[], Iterable[bytes]]


def file_of(path: str, data: bytes) -> File:
    """A file whose bytes are at hand."""
    return File(path, manifest.sha256(data), lambda: (data,))


class Published(msgspec.Struct, frozen=True):
    """How many files were written, left alone and removed, and the size of the whole site in bytes.

    `sizes` has the bytes of every file of the site.
    """

    written: int
    unchanged: int
    removed: int
    bytes: int
    sizes: Mapping[str, int] = msgspec.field(default_factory=dict)


def publish(files: Iterable[File], out: Path) -> Published:
    """Make `out` hold these files and, of what sitegen wrote before, no others.

    The files are taken one at a time, so that only one has to be in memory. Whatever goes wrong,
    exceptions of `files` included, leaves the old site as it was. Of two builds into one directory the
    second waits for the first.

    Raises PublishError where `out` is no directory, holds files but no site, or cannot be written;
    ValueError where a path is not plain or comes twice.
    """
    out = Path(os.path.realpath(out))
    created = not out.exists()
    try:
        with locked(out), Staging(out) as staging:
            return _update(files, out, _before(out), staging)
    finally:
        if created:
            with suppress(OSError):  # not empty: there is a site in it
                out.rmdir()


def _update(files: Iterable[File], out: Path, before: Manifest, staging: Staging) -> Published:
    written, kept = Files(), Files()
    for file in files:
        if file.path in written or file.path in kept or not is_plain(file.path):
            raise ValueError(f"not a plain path, or one that comes twice: {file.path!r}")
        _settle(file, out, before, staging, written, kept)
    after = written | kept
    gone = before.files.keys() - after.keys()
    with told(out):
        if written or gone:
            _commit(staging, out, before, after, written)
        elif after != before.files or not before.written:
            manifest.save(out, after)
    sizes = Sizes(after)
    return Published(len(written), len(kept), len(gone), sum(sizes.values()), sizes)


def _settle(file: File, out: Path, before: Manifest, staging: Staging, written: Files, kept: Files) -> None:
    """Stage the file unless the one that is there will do."""
    known = before.vouched(out, file.path)
    if known is not None and known.fingerprint == file.fingerprint:
        kept.add(file.path, known)
        return
    made = manifest.entry(*staging.write(file.path, file.make()), file.fingerprint)
    if known is not None and known.sha256 == made.sha256:
        staging.take_back(file.path)
        kept.add(file.path, made)
    else:
        written.add(file.path, made)


def _commit(staging: Staging, out: Path, before: Manifest, after: Files, written: Files) -> None:
    foreign = _foreign(out, before)
    rooms = directories(after)
    for path, is_directory in foreign:
        if path in after or (path in rooms and not is_directory):
            raise PublishError(f"{out / path} is in the way, and not sitegen's", "Move it, and build again.")
    if staging.beside:
        with suppress(OSError):  # no hard links here, or no such call: there is another way
            _swap(staging, out, after, written, foreign)
            return
    _update_in_place(staging, out, before, after, written)


def _foreign(out: Path, before: Manifest) -> list[tuple[str, bool]]:
    """What lies in the directory and was not written by sitegen: (path, is a directory)."""
    rooms = directories(before.files)
    return [
        (path, is_directory)
        for path, is_directory in walk(out)
        if path not in (rooms if is_directory else before.files) and not path.startswith(manifest.RESERVED)
    ]


def _swap(staging: Staging, out: Path, after: Files, written: Files, foreign: list[tuple[str, bool]]) -> None:
    for path in after:
        if path not in written:
            os.link(f"{out}/{path}", staging.room_for(path))
    for path, is_directory in foreign:
        if is_directory:
            (staging.path / path).mkdir(parents=True, exist_ok=True)
        else:
            os.link(f"{out}/{path}", staging.room_for(path), follow_symlinks=False)
    staging.room_for("")
    mode = out.stat()
    os.chown(staging.path, -1, mode.st_gid)
    staging.path.chmod(stat.S_IMODE(mode.st_mode))
    manifest.save(staging.path, after)
    staging.lock()
    exchange(staging.path, out)


def _update_in_place(staging: Staging, out: Path, before: Manifest, after: Files, written: Files) -> None:
    gone = before.files.keys() - after.keys()
    manifest.save(out, after, in_doubt=gone.union(written))
    # A file may have to make room for a directory, or the other way round.
    first = gone & directories(after) or after.keys() & directories(gone)
    if first:
        _remove(gone, out)
    for path in sorted(written, key=_by_use):
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(f"{staging.path}/{path}", f"{out}/{path}")  # noqa: PTH105  # Path costs more than this
    if not first:
        _remove(gone, out)
    manifest.save(out, after)


def _by_use(path: str) -> tuple[bool, bool, int, str]:
    """Orders files so that what a page loads comes before it, and the index after all it leads to."""
    return path == "index.html", path.endswith(".html"), -path.count("/"), path


def _remove(paths: Iterable[str], out: Path) -> None:
    for path in paths:
        (out / path).unlink(missing_ok=True)
    for directory in sorted(directories(paths), key=len, reverse=True):
        with suppress(OSError):  # something else is in it
            (out / directory).rmdir()


def _before(out: Path) -> Manifest:
    """What sitegen wrote into the directory. Raises PublishError where somebody else wrote into it."""
    with told(out):
        found = manifest.load(out)
        if found is None and any(not item.name.startswith(manifest.RESERVED) for item in out.iterdir()):
            raise PublishError(
                f"{out} is not empty, and holds no site that sitegen wrote",
                "Name an empty or a new directory, or remove this one first.",
            )
    return found or Manifest()
