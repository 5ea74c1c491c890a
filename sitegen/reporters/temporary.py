"""What was allocated only to be freed at once."""

from __future__ import annotations

from sitegen.model import Analysis, View
from sitegen.reporters.base import AGGREGATED, NotApplicable, Report
from sitegen.reporters.rows import largest_branches, top_functions


class Temporary:
    """Allocations freed before `threshold` others were made, as memray counts them."""

    name = "temporary"
    title = "Temporary"

    def report(self, analysis: Analysis) -> Report | NotApplicable:
        if analysis.temporary is None:
            if analysis.facts.aggregated:
                return NotApplicable(AGGREGATED.format("no single allocations"))
            return NotApplicable("The temporary allocations of this capture were not read.")
        return Report(
            {
                "threshold": analysis.temporary_threshold,
                "bytes": sum(analysis.temporary.bytes),
                "allocations": sum(analysis.temporary.count),
                "functions": top_functions(analysis, View.TEMPORARY),
                "tree": largest_branches(analysis, analysis.temporary),
            }
        )
