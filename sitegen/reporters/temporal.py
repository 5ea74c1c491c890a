"""How the memory moved over time."""

from __future__ import annotations

from sitegen.model import Analysis
from sitegen.reporters.base import AGGREGATED, NotApplicable, Report


class Temporal:
    """Memory over time, with the call tree of any range of it."""

    name = "temporal"
    title = "Over time"

    def report(self, analysis: Analysis) -> Report | NotApplicable:
        if analysis.high_water is None:
            if analysis.facts.aggregated:
                return NotApplicable(AGGREGATED.format("no history of its allocations"))
            return NotApplicable("The history of this capture's allocations was not read.")
        return Report(
            {
                "snapshots": len(analysis.snapshots.time),
                "intervals": len(analysis.high_water.node),
            }
        )
