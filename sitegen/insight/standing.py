"""What stepped up earlier and is still up: no finding of the newest run, and still worth a word."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sitegen.insight.finding import Finding, Kind


def standing(findings: Iterable[Finding], newest: str, present: Collection[str]) -> tuple[Finding, ...]:
    """The last step of every figure, where it led up and is of a run before the newest.

    `findings` are in the order of `find`, the newest run's first; `present` are the modules of the newest run.
    """
    last: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        if finding.kind is Kind.STEP and finding.module in present:
            last.setdefault((finding.module, finding.instance, finding.figure), finding)
    return tuple(f for f in last.values() if f.run != newest and (f.after or 0) > (f.before or 0))
