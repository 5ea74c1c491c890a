"""The main job, as one sentence: discover, analyse, assemble, render, publish."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sitegen.analyse import Settings
from sitegen.analysing import Analysed, Watcher, analyse
from sitegen.capture import bundle
from sitegen.capture.discover import discover
from sitegen.capture.history import keep_newest, merge, read_history
from sitegen.capture.limits import Limits, default_limits
from sitegen.capture.options import ReadOptions
from sitegen.capture.runs import Notes, Run, note_name, notes_of, runs_of
from sitegen.capture.source import bundle_identity
from sitegen.capture.store import Store
from sitegen.config import DEFAULT_STORE, Config
from sitegen.errors import ConfigError, NothingToBuildError, SitegenError
from sitegen.insight.suppressions import parse_suppressions
from sitegen.judging import baseline_of, findings_of
from sitegen.model import Status
from sitegen.reporters import choose, identities, templates_of
from sitegen.site.assemble import assemble
from sitegen.site.hosts import warnings_of
from sitegen.site.publish import Published, publish
from sitegen.site.render import render
from sitegen.site.theme import load_theme
from sitegen.site.views import Entry
from sitegen.units import counted, format_size

DAY = 24 * 3_600_000
OLD_NODES = 2000
"""Nodes in the pages of runs that are no longer among the newest: enough to compare with."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found and read: captures with their figures, runs in order, notes, warnings."""

    captures: tuple[Analysed, ...]
    runs: tuple[Run, ...]
    notes: Notes
    warnings: tuple[str, ...]

    @property
    def broken(self) -> tuple[Analysed, ...]:
        """The captures that cannot be believed in full."""
        doubtful = (Status.DAMAGED, Status.FAILED)
        return tuple(capture for capture in self.captures if capture.figures.status in doubtful)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made. `hosting` says which known hosts would refuse the site, and why."""

    gathered: Gathered
    published: Published
    pages: int
    out: Path
    hosting: tuple[str, ...]

    def lines(self) -> list[str]:
        """The closing summary."""
        captures = self.gathered.captures
        known = sum(capture.known for capture in captures)
        statuses = Counter(capture.figures.status for capture in captures)
        others = ", ".join(f"{statuses[s]:,} {s}" for s in Status if s is not Status.OK and statuses[s])
        lines = [
            f"{counted(len(captures), 'capture')} in {counted(len(self.gathered.runs), 'run')}"
            + (f" ({others})" if others else "")
            + (f", {known:,} known from before" if known else "")
        ]
        lines += [
            f"  {c.figures.status}: {c.source.file}: {c.figures.reason}" for c in self.gathered.broken[:10]
        ]
        if len(self.gathered.broken) > 10:
            lines.append(f"  and {len(self.gathered.broken) - 10:,} more: see the site")
        published = self.published
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
    gathered = gather(config, config.captures, store, watcher)
    findings = findings_of(gathered.captures, gathered.runs, config, store)
    baseline = baseline_of(config)
    site = assemble(
        map(_entry, gathered.captures),
        gathered.runs,
        findings,
        gathered.notes,
        config.title,
        config.base_url or "",
        baseline,
    )
    site = replace(site, suppressions=parse_suppressions(_suppressions(config)))
    published = publish(render(site, theme, store), config.output)
    store.trim()
    hosting = tuple(warnings_of(published.sizes, site.base_url))
    pages = sum(path.endswith(".html") for path in published.sizes)
    return Built(gathered, published, pages, config.output, hosting)


def _entry(captured: Analysed) -> Entry:
    source = captured.source
    return Entry(
        source.id, source.file, source.name, source.process, captured.figures, captured.key, captured.digest
    )


def gather(config: Config, paths: Sequence[Path], store: Store, watcher: Watcher) -> Gathered:
    """Discovers and analyses. Raises NothingToBuildError where no capture is found."""
    settings = settings_of(config)
    found = discover(paths, config, exclude=(config.output, store.directory))
    found = merge([found, *map(read_history, config.history)])
    now = round(time.time() * 1000)
    found = keep_newest(found, config.keep_runs, now - config.keep_days * DAY if config.keep_days else None)
    if not found.sources:
        places = ", ".join(str(path) for path in paths)
        raise NothingToBuildError(
            f"There are no captures in {places}.",
            "Record some with `memray run -o NAME.bin SCRIPT`, or say where they are.",
        )
    runs = runs_of(found.runs, os.environ, now)
    recent = {run.id for run in runs.runs[-config.full_runs :]}
    older = replace(settings, max_nodes=min(settings.max_nodes, OLD_NODES), brief=True)
    analysed = analyse(
        found.sources,
        lambda source: settings if source.name.run in recent else older,
        store,
        limits_of(config),
        watcher,
    )
    notes = notes_of(paths)
    return Gathered(analysed, runs.runs, notes, (*found.warnings, *runs.warnings, *notes.warnings))


def settings_of(config: Config) -> Settings:
    """What decides over an analysis. Only passes that a chosen report needs are made."""
    reporters = choose(config.reports)
    reports = tuple(reporter.name for reporter in reporters)
    return Settings(
        read=ReadOptions(
            max_memory_records=config.max_memory_records,
            temporary_threshold=config.temporary_threshold if "temporary" in reports else None,
            temporal="temporal" in reports,
            stats="stats" in reports,
        ),
        reports=reports,
        reporters=identities(reporters),
        max_nodes=config.max_nodes,
        suppressions=_suppressions(config),
    )


def _suppressions(config: Config) -> str:
    """The text of the suppression file; checked here, so that a mistake is told once and early."""
    if config.suppressions is None:
        return ""
    try:
        text = config.suppressions.read_text("utf-8")
        parse_suppressions(text)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{config.suppressions}: {error}", "Write one `leak:PATTERN` a line.") from None
    return text


def limits_of(config: Config) -> Limits:
    """How many workers, and what each may take."""
    return default_limits(config.jobs, config.memory, config.timeout)


def store_of(config: Config) -> Store:
    """Where analyses are kept between builds."""
    return Store(config.store or DEFAULT_STORE, config.store_size)


@dataclass(frozen=True, slots=True)
class Bundled:
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
    gathered = gather(replace(config, output=out), config.captures, store, watcher)
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
    return Bundled(tuple(written), gathered.broken, gathered.warnings, out)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise SitegenError(f"{path} cannot be written: {error.strerror or error}") from None
