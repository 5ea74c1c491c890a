"""Discovers and analyses: what a site, a gate and a comparison begin with."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen.analyse import Settings
from sitegen.analysing import Analysed, Watcher, analyse
from sitegen.capture.discover import discover
from sitegen.capture.history import keep_newest, merge, read_history
from sitegen.capture.limits import Limits, default_limits
from sitegen.capture.options import ReadOptions
from sitegen.capture.regular import open_regular
from sitegen.capture.runs import Notes, Run, notes_of, runs_of
from sitegen.capture.source import Source
from sitegen.capture.store import Store
from sitegen.config import DEFAULT_STORE, Config
from sitegen.errors import ConfigError, NothingToBuildError, did_you_mean
from sitegen.insight.budgets import fits
from sitegen.insight.history import can_be_baseline
from sitegen.insight.suppressions import parse_suppressions
from sitegen.reporters import choose, identities

DAY = 24 * 3_600_000
OLD_NODES = 2000
"""Nodes in the pages of runs that are no longer among the newest: enough to compare with."""


class Gathered(msgspec.Struct, frozen=True):
    """What was found and read: captures with their figures, runs in order, notes, warnings."""

    captures: Sequence[Analysed]
    runs: tuple[Run, ...]
    notes: Notes
    warnings: tuple[str, ...]


def gather(config: Config, paths: Sequence[Path], store: Store, watcher: Watcher) -> Gathered:
    """Discovers and analyses. Raises NothingToBuildError where no capture is found."""
    settings = settings_of(config)
    found = discover(paths, config, exclude=(config.output, store.directory))
    found = merge([found, *map(read_history, config.history)])
    now = round(time.time() * 1000)
    found = keep_newest(found, config.keep_runs, now - config.keep_days * DAY if config.keep_days else None)
    if not found.sources:
        places = ", ".join(_named(path) for path in paths)
        raise NothingToBuildError(f"There are no captures in {places}.", _where_else(paths, config.output))
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
    warnings = (*found.warnings, *runs.warnings, *notes.warnings, *_idle_budgets(config, found.sources))
    warnings += _idle_baseline(config, runs.runs)
    return Gathered(analysed, runs.runs, notes, warnings)


def _where_else(paths: Sequence[Path], output: Path) -> str:
    """What to do where nothing was found. Captures may lie where the site is to be written: that is left out."""
    if output.exists() and any(path.resolve().is_relative_to(output.resolve()) for path in paths):
        return f"{output} is where the site is written, which is left out: name another directory with `-o`."
    return "Record some with `memray run -o NAME.bin SCRIPT`, or say where they are."


def _named(path: Path) -> str:
    """A path in a sentence: "." says nothing, and would look like the end of it."""
    return str(path.absolute() if path == Path() else path.resolve() if path.name == ".." else path)


def _idle_budgets(config: Config, sources: Sequence[Source]) -> list[str]:
    """What is said of budgets that are for no module: a slip of the pen would switch a gate off."""
    if not config.budgets:
        return []
    named = {(source.name.module, source.name.instance) for source in sources}
    modules = sorted({module for module, _ in named})
    return [
        f'The budget "{pattern}" is for no module. {did_you_mean(pattern, modules)}'
        for pattern, _ in config.budgets
        if not any(fits(pattern, *name) for name in named)
    ]


def _idle_baseline(config: Config, runs: Sequence[Run]) -> tuple[str, ...]:
    """What is said of a baseline that no run is: no budget of growth could ever be broken.

    Of a run alone nothing is said: it has nothing to be compared with, as in the first job of all.
    """
    baseline = config.baseline
    if len(runs) < 2 or any(can_be_baseline(run, baseline) for run in runs):
        return ()
    branches = [f"branch:{run.branch}" for run in runs if run.branch]
    named = [name for run in runs for name in (run.id, run.label) if name]
    written = baseline.name if baseline.kind == "run" else f"branch:{baseline.name}"
    known = list(dict.fromkeys(["previous", *reversed(named), *branches]))
    return (
        f'The baseline "{written}" is no run: nothing is compared with it. {did_you_mean(written, known)}',
    )


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
        suppressions=suppression_text(config),
    )


def suppression_text(config: Config) -> str:
    """The text of the suppression file; checked here, so that a mistake is told once and early."""
    file = config.suppressions
    if file is None:
        return ""
    try:
        with open_regular(file) as opened:
            text = opened.read().decode()
        parse_suppressions(text)
    except OSError as error:
        reason = error.strerror or "it is not a regular file"
        raise ConfigError(f"{file} cannot be read: {reason}", "Name another with `suppressions`.") from None
    except ValueError as error:
        raise ConfigError(f"{file}: {error}", "Write one `leak:PATTERN` a line.") from None
    return text


def limits_of(config: Config) -> Limits:
    """How many workers, and what each may take."""
    return default_limits(config.jobs, config.memory, config.timeout)


def store_of(config: Config) -> Store:
    """Where analyses are kept between builds."""
    return Store(config.store or DEFAULT_STORE, config.store_size)
