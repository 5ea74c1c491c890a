"""Timelines as geometry: points where their figures are, gaps where there are none, marks where findings are."""

from __future__ import annotations

import pytest
from made_analyses import FACTS
from msgspec.structs import replace
from svg_paths import stretches

from sitegen.capture.runs import Notes, Run
from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding, Kind, Told
from sitegen.insight.history import Figure
from sitegen.model import Name, Status
from sitegen.site import urls
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.charts import Spot, path, timeline
from sitegen.site.timelines import SHOWN
from sitegen.site.views import ModuleView, TimelineChart
from sitegen.summary import Figures

MB = 1_000_000


def test_a_path_leaves_out_what_lies_on_a_level_and_ends_where_it_should() -> None:
    """However many points there are: steps are between rounded places, so that nothing adds up."""
    assert stretches(path([0.4, 10, 20, 30, 40.6], [5, 5, 5.2, 4.9, 9])) == [[(0, 5), (30, 5), (41, 9)]]
    xs, ys = [i * 0.7 for i in range(1000)], [100 + (i * 37 % 50) * 1.3 for i in range(1000)]
    (drawn,) = stretches(path(xs, ys))
    assert drawn[-1] == (round(xs[-1]), round(ys[-1]))
    assert max(y for _, y in drawn) == round(max(ys))
    assert stretches(path([3], [4])) == [[(3, 4)]]


def test_points_lie_where_their_figures_say() -> None:
    """The axis begins at 0, runs stand in the middle of equal parts, and a gap breaks the line."""
    chart = timeline([("a", [0, 10, None, 20, 15])], runs=5)
    assert chart is not None
    box, line = chart.plot.box, chart.lines[0]
    assert [p.index for p in line.points] == [0, 1, 3, 4]
    assert [p.value for p in line.points] == [0, 10, 20, 15]
    assert list(line.values) == [0, 10, None, 20, 15]
    width, height = (box.right - box.left) / 5, box.bottom - box.top
    for point in line.points:
        assert point.x == pytest.approx(box.left + (point.index + 0.5) * width, abs=0.06)
        assert point.y == pytest.approx(box.bottom - point.value / 20 * height, abs=0.06)
    a, b, c, d = line.points
    drawn = [[(round(p.x), round(p.y)) for p in joined] for joined in ((a, b), (c, d))]
    assert stretches(line.path) == drawn


def test_a_mark_stands_at_its_point_or_on_the_axis() -> None:
    chart = timeline([("a", [10, None]), ("b", [20, 20])], runs=2)
    assert chart is not None
    assert chart.place(Spot(0, 0)) == (chart.x[0], chart.lines[0].points[0].y)
    assert chart.place(Spot(1, 0)) == (chart.x[1], chart.plot.box.bottom)
    assert chart.place(Spot(1, None)) == (chart.x[1], chart.plot.box.bottom)


def test_a_line_without_any_figure_is_empty_beside_others() -> None:
    """As allocations are of an instance that is always recorded with aggregation."""
    chart = timeline([("a", [None, None]), ("b", [1, 2])], runs=2)
    assert chart is not None
    first = chart.lines[0]
    assert (first.name, first.path, first.points) == ("a", "", ())
    assert chart.dots(chart.lines[0]) == ""
    assert stretches(chart.lines[1].path) == [[(round(p.x), round(p.y)) for p in chart.lines[1].points]]


def test_an_instance_that_could_never_be_read_costs_no_chart_of_the_others() -> None:
    entries = [*(entry(run, "a", None) for run in range(2)), *(entry(run, "b", 20 * MB) for run in range(2))]
    site = assemble(entries, RUNS[:2], [], Notes(), "Site")
    view = next(page.view for page in site.pages if page.url == urls.module("app"))
    assert [line.points != () for line in chart_of(view, "peak").chart.lines] == [False, True]


def test_many_points_are_small_ones() -> None:
    few = timeline([("a", [1, 2])], 2)
    many = timeline([("a", [1] * 200)], 200)
    assert few
    assert many
    assert few.radius == 4
    assert 2 * many.radius < (many.plot.box.right - many.plot.box.left) / 100


RUNS = tuple(Run(f"r{i}", started=i) for i in range(4))


def entry(run: int, instance: str, peak: int | None) -> Entry:
    name = Name(f"r{run}", "app", instance)
    id_ = f"r{run}/app-{instance}.bin"
    if peak is None:
        return Entry(id_, id_, name, None, Figures(Status.FAILED, "broken"), None, id_)
    facts = replace(FACTS, started=1000 * run, ended=1000 * run + 500)
    return Entry(id_, id_, name, None, Figures(Status.OK, "", facts, peak, None, 7), "key", id_)


def finding(kind: Kind, run: int, instance: str | None, figure: Figure | None) -> Finding:
    return Finding(
        kind, Severity.WARN, "app", instance, f"r{run}", figure, 1, 2, Told(kind, f"{kind} at r{run}")
    )


def module_view() -> ModuleView:
    """Instance `a` in all runs but the third, which failed; `b` from the second run on."""
    entries = [
        *(entry(run, "a", None if run == 2 else 10 * MB + run) for run in range(4)),
        *(entry(run, "b", 20 * MB) for run in range(1, 4)),
    ]
    findings = [
        finding(Kind.STEP, 3, "a", Figure.PEAK),
        finding(Kind.LEAK, 3, "b", Figure.LEAKED),
        finding(Kind.DAMAGED, 2, "a", None),
        finding(Kind.GROWTH, 3, "b", Figure.THREADS),
        finding(Kind.MISSING, 3, None, Figure.PEAK),
    ]
    site = assemble(entries, RUNS, findings, Notes(), "Site")
    view = next(page.view for page in site.pages if page.url == urls.module("app"))
    assert isinstance(view, ModuleView)
    return view


def chart_of(view: ModuleView, name: str) -> TimelineChart:
    return next(chart for chart in view.timelines.charts if chart.name == name)


def test_every_instance_is_a_line_with_gaps_where_nothing_is_known() -> None:
    peak = chart_of(module_view(), "peak").chart
    assert [(line.name, line.values) for line in peak.lines] == [
        ("a", (10 * MB, 10 * MB + 1, None, 10 * MB + 3)),
        ("b", (None, 20 * MB, 20 * MB, 20 * MB)),
    ]


@pytest.mark.parametrize(("others", "leaked"), [(Status.OK, (7, None, 7)), (Status.UNFINISHED, (7, 7, 7))])
def test_what_a_killed_process_held_is_no_point_among_leaks(
    others: Status, leaked: tuple[int | None, ...]
) -> None:
    """Unless all of a service's processes end like that. Its peak is one in any case."""
    entries = [
        replace(one, figures=replace(one.figures, status=Status.UNFINISHED if run == 1 else others))
        for run in range(3)
        for one in [entry(run, "a", 9 * MB)]
    ]
    site = assemble(entries, RUNS[:3], [], Notes(), "Site")
    view = next(page.view for page in site.pages if page.url == urls.module("app"))
    assert isinstance(view, ModuleView)
    values = {name: chart_of(view, name).chart.lines[0].values for name in ("peak", "leaked")}
    assert values == {"peak": (9 * MB,) * 3, "leaked": leaked}


def test_of_many_instances_those_with_findings_and_the_largest_are_drawn() -> None:
    """More lines cannot be told apart; the order stays that of the names."""
    entries = [entry(run, f"i{i:02}", i * MB) for run in range(2) for i in range(1, 41)]
    site = assemble(entries, RUNS, [finding(Kind.STEP, 1, "i03", Figure.PEAK)], Notes(), "Site")
    view = next(page.view for page in site.pages if page.url == urls.module("app"))
    expected = ["i03", *(f"i{i}" for i in range(40 - SHOWN + 2, 41))]
    assert [line.name for line in chart_of(view, "peak").chart.lines] == expected
    assert [head.instance for _, head in view.pairs] == expected
    assert sum(len(captures) for _, captures in view.captures) == 80


def test_a_figure_that_no_run_has_gets_no_chart() -> None:
    assert [chart.name for chart in module_view().timelines.charts] == ["peak", "leaked", "duration"]


def test_findings_are_marked_on_the_chart_of_their_figure() -> None:
    """What has no chart of its own, as damage and threads, is marked on the first."""
    view = module_view()
    marks = {
        chart.name: {(m.finding.finding.kind, m.spot.run, m.spot.line) for m in chart.marks}
        for chart in view.timelines.charts
    }
    assert marks == {
        "peak": {("step", 3, 0), ("damaged", 2, 0), ("growth", 3, 1), ("missing", 3, None)},
        "leaked": {("leak", 3, 1)},
        "duration": set(),
    }
    peak = chart_of(view, "peak")
    step = next(m for m in peak.marks if m.finding.finding.kind is Kind.STEP)
    assert (step.x, step.y) == (peak.chart.lines[0].points[-1].x, peak.chart.lines[0].points[-1].y)


def test_every_step_leads_to_its_comparison_with_the_last_run_before_that_has_it() -> None:
    a, b = module_view().timelines.steps
    assert a == (
        None,
        urls.comparison("r0/app-a.bin", "r1/app-a.bin"),
        None,
        urls.comparison("r1/app-a.bin", "r3/app-a.bin"),
    )
    assert b[:3] == (None, None, urls.comparison("r1/app-b.bin", "r2/app-b.bin"))
