"""What pages show, as frozen data: made by `assemble`, drawn by templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from sitegen.capture.runs import Run
from sitegen.insight.comparison import Delta
from sitegen.insight.finding import Finding
from sitegen.insight.history import short_commit
from sitegen.insight.suppressions import Suppression
from sitegen.model import Status, full_name
from sitegen.site.captures import Capture, Captures
from sitegen.site.charts import Spark, Spot, Timeline


class Cell(msgspec.Struct, frozen=True):
    """A module in one run: its instances, repeats taken by their smallest peak.

    `largest` is the largest peak of an instance, `total` the sum over the instances, as `leaked`, `allocations`
    and `rss` are. `duration` is the longest, in milliseconds. `instances` counts names.
    """

    run: str
    url: str
    captures: int
    instances: int
    largest: int | None
    total: int | None
    leaked: int | None
    allocations: int | None
    rss: int | None
    duration: int | None
    status: Status


class RunRow(msgspec.Struct, frozen=True):
    """A run with its totals: the largest peak, and what was leaked in all, of captures whose figures are trusted.

    `troubled` counts the others.
    """

    info: Run
    url: str
    captures: int
    modules: int
    peak: int | None
    leaked: int | None
    troubled: int

    @property
    def label(self) -> str:
        """What people call the run."""
        return self.info.label or self.info.id

    @property
    def commit(self) -> str | None:
        """The commit as pages show it."""
        return short_commit(self.info.commit) if self.info.commit else None


class Module(msgspec.Struct, frozen=True):
    """A module over the runs. `cells` has one entry for each of the newest runs of the site, oldest first."""

    id: str
    url: str
    cells: tuple[Cell | None, ...]
    latest: Cell | None
    change: Delta | None
    leak_change: Delta | None
    rss_change: Delta | None
    allocations_change: Delta | None
    baseline: RunRow | None  # the run that the changes are against
    spark: Spark | None
    instances: tuple[str | None, ...]
    captures: int
    status: Status


class FindingRow(msgspec.Struct, frozen=True):
    """A finding with the page that explains it."""

    finding: Finding
    url: str
    module_url: str
    run_url: str
    run_label: str

    @property
    def label(self) -> str:
        """Module and instance."""
        return full_name(self.finding.module, self.finding.instance)


def together(rows: Sequence[FindingRow]) -> tuple[tuple[FindingRow, ...], ...]:
    """The findings of one run about one module and instance as one group: most often they have one cause.

    Groups, and findings in them, keep their order.
    """
    groups: dict[tuple[str, str, str | None], list[FindingRow]] = {}
    for row in rows:
        about = row.finding
        groups.setdefault((about.run, about.module, about.instance), []).append(row)
    return tuple(map(tuple, groups.values()))


class Sheet(msgspec.Struct, frozen=True):
    """Which of several pages of one list this is, counted from the oldest, and the pages beside it."""

    number: int
    of: int
    newer: str | None  # URLs
    older: str | None


class AllRunsView(msgspec.Struct, frozen=True):
    """A page of the list of all runs, newest first."""

    sheet: Sheet
    runs: tuple[RunRow, ...]


class AllCapturesView(msgspec.Struct, frozen=True):
    """A page of the list of all captures of a module, by run, newest first."""

    sheet: Sheet
    module: str
    module_url: str
    captures: tuple[tuple[RunRow, tuple[Capture, ...]], ...]


class FindingsView(msgspec.Struct, frozen=True):
    """All findings by run, newest first."""

    runs: tuple[tuple[RunRow, tuple[FindingRow, ...]], ...]


class Trouble(msgspec.Struct, frozen=True):
    """A capture that did not end well, and how many others of its module ended the same way."""

    capture: Capture
    module_url: str
    others: int


class IndexView(msgspec.Struct, frozen=True):
    """The front page: what is wrong, the modules, the runs. `findings` are the newest run's.

    `standing` are steps up of earlier runs that nothing has taken back since.
    """

    findings: tuple[FindingRow, ...]
    standing: tuple[FindingRow, ...]
    all_findings: int
    modules: tuple[Module, ...]
    columns: tuple[RunRow, ...]
    runs: tuple[RunRow, ...]  # the newest
    all_runs: str | None  # where all are listed; None where these are all
    troubled: tuple[Trouble, ...]
    captures: int
    notes: str


class ModuleInRun(msgspec.Struct, frozen=True):
    """A module on a run's page: its captures there, and its change against the run before."""

    id: str
    url: str
    cell: Cell
    change: Delta | None
    leak_change: Delta | None
    captures: tuple[Capture, ...]


class RunView(msgspec.Struct, frozen=True):
    """A run's page."""

    run: RunRow
    findings: tuple[FindingRow, ...]
    previous: RunRow | None
    following: RunRow | None
    modules: tuple[ModuleInRun, ...]
    gone: tuple[str, ...]
    troubled: tuple[Capture, ...]
    notes: str


class FunctionsView(msgspec.Struct, frozen=True):
    """The functions of a run.

    `past` are the runs whose figures its sparklines show, oldest first: all that functions are followed over, or
    the run alone. `leads_on` is whether names link to the page that follows them over the runs.
    """

    run: RunRow
    past: tuple[tuple[RunRow, tuple[Capture, ...]], ...]
    functions: int  # how many its tables list at the most
    packages: int
    leads_on: bool


class Mark(msgspec.Struct, frozen=True):
    """A finding that is marked on a timeline: where in the chart's view box, and which run and line that is."""

    x: float
    y: float
    spot: Spot
    finding: FindingRow


class TimelineChart(msgspec.Struct, frozen=True):
    """One figure over the runs, with the findings marked."""

    name: str
    title: str
    unit: str  # as `units.in_unit` has it
    chart: Timeline
    marks: tuple[Mark, ...] = ()


class Timelines(msgspec.Struct, frozen=True):
    """Figures over the same runs. `steps[line][run]` is the comparison with the run before; None without one."""

    charts: tuple[TimelineChart, ...]
    steps: tuple[tuple[str | None, ...], ...] = ()


class ModuleView(msgspec.Struct, frozen=True):
    """A module's page."""

    module: Module
    findings: tuple[FindingRow, ...]
    runs: tuple[RunRow, ...]  # of the timelines
    shown: tuple[str | None, ...]  # the instances that charts and comparisons are of
    timelines: Timelines
    pairs: tuple[tuple[Capture, Capture], ...]  # of every instance: the run before, and the newest
    captures: tuple[tuple[RunRow, tuple[Capture, ...]], ...]  # of the newest runs
    all_captures: str | None  # where those of all are listed; None where these are all
    present: int  # how many runs have it
    notes: str


class CaptureView(msgspec.Struct, frozen=True):
    """A capture's page. `before` and `after` are the same module and instance in the runs beside it.

    It shows no figure of its run or the site: one capture more would change the pages of all.
    """

    capture: Capture
    run_url: str
    module_url: str
    before: Capture | None
    after: Capture | None
    siblings: tuple[Capture, ...]
    has_more_siblings: bool


class Page(msgspec.Struct, frozen=True):
    """One page: where it lies, which template draws it, and what it shows."""

    url: str
    template: str
    title: str
    view: Any


class Pages(msgspec.Struct, frozen=True):
    """Pages that are made whenever they are gone through: what thousands show is not kept."""

    make: Callable[[], Iterator[Page]]

    def __iter__(self) -> Iterator[Page]:
        return self.make()


class Site(msgspec.Struct, frozen=True):
    """A whole site, before it is drawn."""

    title: str
    base_url: str
    runs: tuple[RunRow, ...]
    modules: tuple[Module, ...]
    captures: Captures
    findings: tuple[FindingRow, ...]
    pages: Iterable[Page]
    nav: tuple[tuple[str, str], ...]
    past: tuple[tuple[RunRow, Captures], ...] = ()  # the runs that functions are followed over
    suppressions: tuple[Suppression, ...] = ()  # known leaks, besides the built-in ones
