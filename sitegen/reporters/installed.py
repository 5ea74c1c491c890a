"""Reporters that other packages bring, found by their entry points."""

from __future__ import annotations

import hashlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sitegen.model import Analysis
from sitegen.reporters.base import NotApplicable, Reporter

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINT = "sitegen.reporters"

# A name becomes an id on the page, a file name and a key in site.json.
_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


class Unavailable(msgspec.Struct, frozen=True):
    """Stands in for a reporter that cannot be used: it costs its own section, not the build."""

    name: str
    title: str
    why: str

    def report(self, _: Analysis) -> NotApplicable:
        return NotApplicable(self.why)


@cache
def installed() -> tuple[Reporter, ...]:
    """A reporter for every entry point, ordered by name."""
    # Imported late: to look for them, and to load what does so, takes as long as to read ten captures.
    from importlib.metadata import entry_points

    found = {entry.name: entry for entry in entry_points(group=ENTRY_POINT)}
    return tuple(_load(found[name]) for name in sorted(found) if _NAME.fullmatch(name))


def identity(reporter: Reporter) -> str:
    """Changes whenever the file that defines the reporter does."""
    try:
        source = Path(inspect.getfile(type(reporter))).read_bytes()
    except (OSError, TypeError):  # a class without a file
        source = b""
    return f"{reporter.name} {hashlib.sha256(source).hexdigest()}"


def _load(entry: EntryPoint) -> Reporter:
    try:
        reporter = entry.load()()
    except Exception as error:  # anybody's code
        return _unavailable(entry, f"could not be loaded: {type(error).__name__}: {error}")
    if not isinstance(reporter, Reporter):
        return _unavailable(entry, "has no name, title and report()")
    if reporter.name != entry.name:
        return _unavailable(entry, f"calls itself '{reporter.name}'")
    return reporter


def _unavailable(entry: EntryPoint, what: str) -> Unavailable:
    title = entry.name.replace("_", " ").replace("-", " ").capitalize()
    return Unavailable(entry.name, title, f"The reporter {entry.value} {what}.")
