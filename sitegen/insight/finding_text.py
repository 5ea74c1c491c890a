"""Findings in one plain sentence each: with the run that they are of, and without it."""

from __future__ import annotations

from sitegen.insight.budgets import Breach
from sitegen.insight.finding import Finding, Told
from sitegen.insight.history import Captured, Figure, Run, run_name
from sitegen.model import Status
from sitegen.units import format_count, format_size

_CALLED = {
    Figure.PEAK: "peak",
    Figure.LEAKED: "leaked memory",
    Figure.ALLOCATIONS: "number of allocations",
    Figure.THREADS: "number of threads",
}


def step(run: Run, name: str, finding: Finding) -> Told:
    """`peak of app.embeddings rose from 12.700MB to 18.000MB (+42 %) at run 7 (commit abc), in build_index`."""
    moved = "rose" if (finding.after or 0) > (finding.before or 0) else "fell"
    return _told(f"{_of(finding, name)} {moved} {_from_to(finding)}", f" at {_run(run)}", _in(finding))


def growth(base: Run, head: Run, name: str, finding: Finding, slope: float) -> Told:
    """Steady growth over runs, with what it grows by in a run."""
    what = f"{_of(finding, name)} grows steadily, {_from_to(finding)} since"
    by = f"by {_amount(finding.figure or Figure.PEAK, round(slope))} a run"
    return Told(
        f"{what} {base.label or base.id}, {by}{_in(finding)}",
        f"{what} {_run(base)}, {by}, last at {_run(head)}{_in(finding)}",
    )


def leak(run: Run, name: str, finding: Finding) -> Told:
    """A leak inside a run."""
    what = f"{name} leaks steadily while it runs: {format_size(finding.after or 0)}"
    return _told(what, f" at {_run(run)}", _in(finding))


def threads(run: Run, name: str, started: int) -> Told:
    """Threads without end inside a run."""
    return _told(
        f"{name} started threads until its end", f" at {_run(run)}", f": {format_count(started)} in all"
    )


def budget(run: Run, name: str, breach: Breach) -> Told:
    """A broken budget."""
    called, value = _CALLED[breach.figure], _amount(breach.figure, breach.value)
    if breach.baseline is None or breach.growth is None:
        limit = _amount(breach.figure, breach.limit)
        return _told(f"{called} of {name} is {value}", f" at {_run(run)}", f", over its budget of {limit}")
    allowed = (
        _percent(breach.growth.share)
        if breach.growth.share is not None
        else _amount(breach.figure, breach.growth.amount or 0)
    )
    before = _amount(breach.figure, breach.baseline.value)
    return _told(
        f"{called} of {name} grew from {before} to {value}{_share(breach.baseline.value, breach.value)}",
        f" at {_run(run)}",
        f", over its budget of {allowed} more than {breach.baseline.called}",
    )


def new(run: Run, module: str, peak: int | None) -> Told:
    """A module that was never captured before."""
    return _told(
        f"{module} is new", f" in {_run(run)}", f", with a peak of {format_size(peak)}" if peak else ""
    )


def missing(run: Run, before: Run, name: str) -> Told:
    """A module or an instance that is captured no more."""
    return _told(
        f"{name} has no capture", f" in {_run(run)}", f", as it had in {run_name(before.id, before.label)}"
    )


def damaged(run: Run, name: str, capture: Captured) -> Told:
    """A capture that cannot be believed."""
    state = "is damaged" if capture.status is Status.DAMAGED else "could not be read"
    # Reasons are sentences, often several.
    reason = f". {capture.reason}" if capture.reason else ""
    return _told(f"the capture of {name}", f" in {run_name(run.id, run.label)}", f" {state}{reason}")


def _told(what: str, run: str, more: str) -> Told:
    return Told(f"{what}{more}", f"{what}{run}{more}")


def _of(finding: Finding, name: str) -> str:
    return f"{_CALLED[finding.figure or Figure.PEAK]} of {name}"


def _from_to(finding: Finding) -> str:
    figure, before, after = finding.figure or Figure.PEAK, finding.before or 0, finding.after or 0
    return f"from {_amount(figure, before)} to {_amount(figure, after)}{_share(before, after)}"


def _share(before: int, after: int) -> str:
    if not before:
        return ""
    change = (after - before) / before
    if abs(change) < 0.005:
        return " (<1 %)"
    return f" ({change:+.0%})".replace("%", " %").replace("-", "\N{MINUS SIGN}")


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _amount(figure: Figure, amount: int) -> str:
    return format_size(amount) if figure in (Figure.PEAK, Figure.LEAKED) else format_count(amount)


def _run(run: Run) -> str:
    return run_name(run.id, run.label, run.commit)


def _in(finding: Finding) -> str:
    return f", in {finding.where[0].function}" if finding.where else ""
