"""Writes analyses as bundles, from which any machine builds the same site."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen.analysing import Analysed, Watcher
from sitegen.capture import bundle
from sitegen.capture.runs import note_name
from sitegen.capture.source import bundle_identity
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.gathering import gather, store_of
from sitegen.units import counted


class Bundled(msgspec.Struct, frozen=True):
    """What `write_bundles` wrote."""

    written: tuple[Path, ...]
    broken: tuple[Analysed, ...]
    warnings: tuple[str, ...]
    out: Path

    def lines(self) -> list[str]:
        """The closing summary."""
        lines = [f"{counted(len(self.written), 'bundle')} in {self.out}"]
        lines += [f"  {c.figures.status}: {c.source.file}: {c.figures.reason}" for c in self.broken]
        return lines


def write_bundles(config: Config, out: Path, watcher: Watcher) -> Bundled:
    """Writes a bundle for every capture below `out`, one directory for each run, with its texts beside them.

    Raises SitegenError as `build` does.
    """
    store = store_of(config)
    # Without what earlier sites tell: that is no capture of this machine, and folded.
    here = replace(config, output=out, history=())
    gathered = gather(here, config.captures, store, watcher)
    run_of = {run.id: run for run in gathered.runs}
    written = []
    for capture in gathered.captures:
        if capture.key is None:
            continue
        source = capture.source
        parts = bundle.Encoded(*(store.part(capture.key, part) for part in ("main", "temporal")))
        path = out / f"{source.id}{bundle.SUFFIX}"
        identity = bundle_identity(source, run_of[source.name.run])
        _write(path, bundle.encode_file(identity, parts))
        written.append(path)
    if gathered.notes.index:
        _write(out / "index.md", gathered.notes.index.encode())
    for module, text in gathered.notes.modules.items():
        _write(out / "notes" / note_name(module), text.encode())
    broken = tuple(capture for capture in gathered.captures if not capture.figures.status.trusted)
    return Bundled(tuple(written), broken, gathered.warnings, out)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise SitegenError(
            f"{path} cannot be written: {error.strerror or error}", "Check its permissions and free space."
        ) from None
