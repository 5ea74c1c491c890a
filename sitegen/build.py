"""The main job, as one sentence: discover, analyse, assemble, render, publish."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen.analysing import Analysed, Watcher
from sitegen.capture.source import Source
from sitegen.capture.store import Store
from sitegen.config import Config
from sitegen.gathering import Gathered, gather, store_of, suppression_text
from sitegen.insight.suppressions import parse_suppressions
from sitegen.judging import findings_of
from sitegen.model import Status
from sitegen.packed import Made, Paths
from sitegen.reporters import choose, templates_of
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.host_limits import warnings_of
from sitegen.site.publish import Published, publish
from sitegen.site.render import render
from sitegen.site.theme import load_theme
from sitegen.site.views import Site
from sitegen.units import counted, format_size


class Read(msgspec.Struct, frozen=True):
    """What there is to say of the captures that a build read, once their figures are no longer in memory."""

    paths: Paths  # of all that were found
    runs: int
    known: int  # how many the store had
    statuses: dict[Status, int]
    broken: tuple[Analysed, ...]  # those that cannot be believed in full
    unfinished: tuple[Source, ...]
    warnings: tuple[str, ...]


class Built(msgspec.Struct, frozen=True):
    """What a build made. `hosting` says which known hosts would refuse the site, and why."""

    read: Read
    published: Published
    pages: int
    out: Path
    hosting: tuple[str, ...]

    def lines(self) -> list[str]:
        """The closing summary."""
        read, published = self.read, self.published
        others = ", ".join(f"{n:,} {s}" for s in Status if s is not Status.OK and (n := read.statuses.get(s)))
        lines = [
            f"{counted(len(read.paths), 'capture')} in {counted(read.runs, 'run')}"
            + (f" ({others})" if others else "")
            + (f", {read.known:,} known from before" if read.known else "")
        ]
        lines += [f"  {c.figures.status}: {c.source.file}: {c.figures.reason}" for c in read.broken[:10]]
        if len(read.broken) > 10:
            lines.append(f"  and {len(read.broken) - 10:,} more: see the site")
        lines.append(
            f"{counted(self.pages, 'page')}, {format_size(published.bytes)}: {published.written:,} files written, "
            f"{published.unchanged:,} unchanged, {published.removed:,} removed"
        )
        lines.append(f"Open {self.out / 'index.html'}")
        return lines


def build(config: Config, watcher: Watcher) -> Built:
    """Builds the site of `config.captures` into `config.output`.

    Raises SitegenError where there is nothing to build from, or nowhere to build to. Captures that cannot
    be read get a page that says so.
    """
    theme = load_theme(config.theme, templates_of(choose(config.reports)))
    store = store_of(config)
    read, site = _site(config, store, watcher)
    published = publish(render(site, theme, store), config.output)
    store.trim()
    hosting = tuple(warnings_of(published.sizes, site.base_url))
    pages = sum(path.endswith(".html") for path in published.sizes)
    return Built(read, published, pages, config.output, hosting)


def _site(config: Config, store: Store, watcher: Watcher) -> tuple[Read, Site]:
    """All that comes before rendering. What was gathered ends here: a site has columns of its own."""
    gathered = gather(config, config.captures, store, watcher)
    findings = findings_of(gathered.captures, gathered.runs, config, store)
    site = assemble(
        Made(len(gathered.captures), lambda row: _entry(gathered.captures[row])),
        gathered.runs,
        findings,
        gathered.notes,
        config.title,
        config.base_url or "",
        config.baseline,
    )
    return _read(gathered), replace(site, suppressions=parse_suppressions(suppression_text(config)))


def _read(gathered: Gathered) -> Read:
    paths = Paths(len(gathered.captures))
    broken: list[Analysed] = []
    unfinished: list[Source] = []
    statuses: Counter[Status] = Counter()
    known = 0
    for row, capture in enumerate(gathered.captures):
        status = capture.figures.status
        paths[row] = capture.source.path
        statuses[status] += 1
        known += capture.known
        if not status.trusted:
            broken.append(capture)
        elif status is Status.UNFINISHED:
            unfinished.append(capture.source)
    paths.close()
    return Read(
        paths=paths,
        runs=len(gathered.runs),
        known=known,
        statuses=statuses,
        broken=tuple(broken),
        unfinished=tuple(unfinished),
        warnings=gathered.warnings,
    )


def _entry(captured: Analysed) -> Entry:
    source = captured.source
    return Entry(
        source.id, source.file, source.name, source.process, captured.figures, captured.key, captured.digest
    )
