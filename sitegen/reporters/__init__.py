"""Reports: each a section about one capture. Other packages add theirs by an entry point."""

from __future__ import annotations

from pathlib import Path

from sitegen.errors import ConfigError, did_you_mean
from sitegen.reporters.base import NotApplicable, Report, Reporter, WithTemplates
from sitegen.reporters.flamegraph import FlameGraph
from sitegen.reporters.installed import ENTRY_POINT, identity, installed
from sitegen.reporters.leaks import Leaks
from sitegen.reporters.stats import Stats
from sitegen.reporters.table import Table
from sitegen.reporters.temporal import Temporal
from sitegen.reporters.temporary import Temporary

BUILT_IN: tuple[Reporter, ...] = (FlameGraph(), Leaks(), Temporal(), Table(), Stats(), Temporary())
BUILT_IN_NAMES = frozenset(reporter.name for reporter in BUILT_IN)

__all__ = [
    "BUILT_IN",
    "BUILT_IN_NAMES",
    "ENTRY_POINT",
    "NotApplicable",
    "Report",
    "Reporter",
    "choose",
    "identities",
    "templates_of",
]


def choose(names: tuple[str, ...]) -> tuple[Reporter, ...]:
    """The reporters of these names, in their order; all there are for no names.

    Raises ConfigError for a name that no reporter has.
    """
    known = {reporter.name: reporter for reporter in BUILT_IN}
    if not names or not known.keys() >= set(names):
        for reporter in installed():
            known.setdefault(reporter.name, reporter)
    for name in names:
        if name not in known:
            raise ConfigError(f"There is no report '{name}'.", did_you_mean(name, list(known)))
    return tuple(known[name] for name in names) if names else tuple(known.values())


def identities(reporters: tuple[Reporter, ...]) -> tuple[str, ...]:
    """Texts that change whenever the code of those reporters does that are not sitegen's own."""
    return tuple(identity(reporter) for reporter in reporters if reporter not in BUILT_IN)


def templates_of(reporters: tuple[Reporter, ...]) -> tuple[Path, ...]:
    """The directories of templates that reporters bring."""
    return tuple(reporter.templates for reporter in reporters if isinstance(reporter, WithTemplates))
