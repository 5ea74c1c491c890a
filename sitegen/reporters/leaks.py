"""What was never freed while the capture ran."""

from __future__ import annotations

from sitegen.model import Analysis, View
from sitegen.reporters.base import Report
from sitegen.reporters.rows import largest_branches, top_functions, top_packages


class Leaks:
    """The call tree of memory that was still held at the end."""

    name = "leaks"
    title = "Leaks"

    def report(self, analysis: Analysis) -> Report:
        return Report(
            {
                "bytes": analysis.leaked_bytes,
                "allocations": analysis.leaked_allocations,
                "functions": top_functions(analysis, View.LEAKS),
                "packages": top_packages(analysis, View.LEAKS),
                "tree": largest_branches(analysis, analysis.leaks),
                # pymalloc's arenas are freed late or never: memray's own pages warn of it too.
                "arenas": analysis.facts.allocator.startswith(("pymalloc", "mimalloc"))
                and not analysis.facts.python_allocators_traced,
            }
        )
