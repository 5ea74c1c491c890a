"""Where the memory was at the peak."""

from __future__ import annotations

from sitegen.model import Analysis, View
from sitegen.reporters.base import Report
from sitegen.reporters.rows import largest_branches, top_functions, top_packages


class FlameGraph:
    """The call tree at the moment of the highest heap."""

    name = "flamegraph"
    title = "Flame graph"

    def report(self, analysis: Analysis) -> Report:
        return Report(
            {
                "bytes": analysis.peak_bytes,
                "functions": top_functions(analysis, View.PEAK),
                "packages": top_packages(analysis, View.PEAK),
                "tree": largest_branches(analysis, analysis.peak),
            }
        )
