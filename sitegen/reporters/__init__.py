"""Reports: each a section about one capture. Other packages add theirs by an entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

from sitegen.errors import ConfigError, did_you_mean
from sitegen.reporters.base import NotApplicable, Report, Reporter
from sitegen.reporters.flamegraph import FlameGraph
from sitegen.reporters.leaks import Leaks
from sitegen.reporters.stats import Stats
from sitegen.reporters.table import Table
from sitegen.reporters.temporal import Temporal
from sitegen.reporters.temporary import Temporary

BUILT_IN: tuple[Reporter, ...] = (FlameGraph(), Leaks(), Temporal(), Table(), Stats(), Temporary())
ENTRY_POINT = "sitegen.reporters"

__all__ = ["BUILT_IN", "ENTRY_POINT", "NotApplicable", "Report", "Reporter", "choose"]


def choose(names: tuple[str, ...]) -> tuple[Reporter, ...]:
    """The reporters of these names, in their order; all there are for no names.

    Raises ConfigError for a name that no reporter has.
    """
    known = {reporter.name: reporter for reporter in BUILT_IN}
    for found in entry_points(group=ENTRY_POINT):
        if found.name not in known:
            known[found.name] = found.load()()
    for name in names:
        if name not in known:
            raise ConfigError(f"There is no report '{name}'.", did_you_mean(name, list(known)))
    return tuple(known[name] for name in names) if names else tuple(known.values())
