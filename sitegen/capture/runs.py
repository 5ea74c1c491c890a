"""What is known of runs beside their captures: run.toml, NOTES.md, the CI job that builds them.

`run.toml` holds `label`, `commit`, `branch`, `url` and `notes`, all texts, all optional. It and `NOTES.md`
lie in the directory that holds the captures, or in one above it that has the run's name. Mistakes in them
cost warnings, never the build.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import msgspec
from msgspec.structs import replace

from sitegen.capture.ci import Job, current_job
from sitegen.capture.leads_to import is_directory
from sitegen.capture.texts import TextError, read_text
from sitegen.errors import did_you_mean
from sitegen.toml_text import parse_toml

CI_AGE = 24 * 3_600_000
"""How long ago (milliseconds) a run may have started that still is what the CI job at hand measured.

A pipeline passes captures on from job to job within hours. Older ones came with the checkout, or from another
pipeline, and the commit that is being built is not theirs.
"""

_FACTS = ("label", "commit", "branch", "url")
_KEYS = (*_FACTS, "notes")


class Run(msgspec.Struct, frozen=True):
    """Captures taken together. `started` in milliseconds; what nobody said is None. `notes` are Markdown."""

    id: str
    started: int
    label: str | None = None
    commit: str | None = None
    branch: str | None = None
    url: str | None = None  # http or https
    notes: str = ""


class FoundRun(msgspec.Struct, frozen=True):
    """A run as its captures show it: where texts about it may lie, and what bundles already say of it."""

    id: str
    started: int
    directories: tuple[Path, ...] = ()
    carried: tuple[Run, ...] = ()


class Runs(msgspec.Struct, frozen=True):
    """Runs, oldest first, and what was wrong with the texts about them."""

    runs: tuple[Run, ...]
    warnings: tuple[str, ...]


class Notes(msgspec.Struct, frozen=True):
    """Markdown of the front page, and of modules by their names."""

    index: str = ""
    modules: Mapping[str, str] = msgspec.field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def runs_of(found: Iterable[FoundRun], environment: Mapping[str, str], now: int) -> Runs:
    """The runs with all that is known of them, ordered by (started, id).

    run.toml comes before what a bundle carries, and both before the CI job. The job is the newest run's
    alone, and only where that started within `CI_AGE` before `now` (milliseconds) and is of no other commit.
    """
    runs: list[Run] = []
    warnings: list[str] = []
    for each in sorted(found, key=lambda run: (run.started, run.id)):
        run = Run(each.id, each.started)
        for directory in each.directories:
            run = _filled(run, _read_directory(directory, run, warnings))
        for carried in each.carried:
            run = _filled(run, replace(carried, url=carried.url if _is_web(carried.url) else None))
        runs.append(run)
    if runs and runs[-1].started >= now - CI_AGE and (job := current_job(environment)):
        runs[-1] = _of_job(runs[-1], job)
    return Runs(tuple(runs), tuple(warnings))


def notes_of(paths: Sequence[Path]) -> Notes:
    """`index.md` and `notes/MODULE.md` in the CAPTURES arguments that are directories, or beside arguments.

    Characters of a module's name that cannot stand in a file's may be percent-encoded. The first that is
    found counts.
    """
    warnings: list[str] = []
    index = ""
    modules: dict[str, str] = {}
    for directory in _places(paths):
        index = index or _text(directory / "index.md", warnings)
        for name in _markdown_names(directory / "notes"):
            text = _text(directory / "notes" / name, warnings)
            modules.setdefault(unquote(name.removesuffix(".md")), text)
    return Notes(index, modules, tuple(warnings))


def note_name(module: str) -> str:
    """The name of the file in `notes/` that `notes_of` takes for the module's; never a path."""
    return quote(module, safe=" ") + ".md"


def _read_directory(directory: Path, run: Run, warnings: list[str]) -> Run:
    facts = _read_run_toml(directory / "run.toml", warnings)
    notes = "\n\n".join(filter(None, [facts.pop("notes", ""), _text(directory / "NOTES.md", warnings)]))
    return Run(run.id, run.started, notes=notes, **facts)


def _read_run_toml(file: Path, warnings: list[str]) -> dict[str, str]:
    text = _text(file, warnings)
    try:
        table = parse_toml(text)
    except ValueError as error:
        warnings.append(f"{file}: is no valid TOML: {error}")
        return {}
    facts: dict[str, str] = {}
    for key, value in table.items():
        if key not in _KEYS:
            warnings.append(f"{file}: unknown key {key}. {did_you_mean(key, list(_KEYS))}")
        elif not isinstance(value, str):
            warnings.append(f"{file}: {key} must be text in quotes")
        elif key == "url" and not _is_web(value):
            warnings.append(f"{file}: url must begin with https:// or http://")
        elif value:
            facts[key] = value
    return facts


def _filled(run: Run, other: Run) -> Run:
    """The run, with what it does not say taken from the other; notes of both."""
    missing = {name: getattr(other, name) for name in _FACTS if getattr(run, name) is None}
    notes = run.notes if other.notes in run.notes else "\n\n".join(filter(None, [run.notes, other.notes]))
    return replace(run, **missing, notes=notes)


def _of_job(run: Run, job: Job) -> Run:
    if run.commit and job.commit and not _same_commit(run.commit, job.commit):
        return run
    return _filled(run, Run(run.id, run.started, job.label, job.commit, job.branch, job.url))


def _same_commit(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _is_web(url: str | None) -> bool:
    try:
        return url is not None and urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def _places(paths: Sequence[Path]) -> list[Path]:
    inside = [path for path in paths if is_directory(path)]
    return list(dict.fromkeys([*inside, *(Path(os.path.realpath(path)).parent for path in paths)]))


def _markdown_names(directory: Path) -> list[str]:
    try:
        return sorted(path.name for path in directory.iterdir() if path.suffix == ".md")
    except OSError:
        return []


def _text(path: Path, warnings: list[str]) -> str:
    try:
        return read_text(path) or ""
    except TextError as error:
        warnings.append(str(error))
        return ""
