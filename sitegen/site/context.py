"""What a page needs beyond its view: figures of captures that stay in the store until a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sitegen import summary
from sitegen.capture import bundle
from sitegen.insight.comparison import Comparison, FunctionDelta, Metric, StackDelta
from sitegen.insight.holders import Holder, function_holders
from sitegen.insight.moment import functions_at
from sitegen.insight.pairs import Pair, compare_pair
from sitegen.insight.service import POINTS, Process, Service, sampled, service_of
from sitegen.model import Facts, Status
from sitegen.reporters import BUILT_IN_NAMES
from sitegen.site import charts, followed, urls
from sitegen.site.captures import Capture, PartOf
from sitegen.site.overlay import Overlay, joined, overlay
from sitegen.site.repeats import smallest_repeats
from sitegen.site.service_chart import service_chart
from sitegen.site.views import CaptureView, FunctionsView, ModuleView, Page, RunRow, RunView

OVERLAID = 8
"""Runs whose curves are drawn over each other."""

POINTS_OF_OLDER = 80
"""Even moments of the service view of a run whose captures are kept with few points themselves."""

EXPLAINED = 8
"""Functions, and stacks, that explain a change or a moment on a page; and the processes that are asked."""

_VIEWS = {"peak": "flamegraph", "leaks": "leaks", "temporary": "temporary", "temporal": "temporal"}
"""The viewer's views, and the report that shows each: without it, the page does not offer the view."""


def context_of(page: Page, part_of: PartOf) -> dict[str, Any]:
    """What the page's template finds under other names than `view`."""
    match page.view:
        case CaptureView(capture=capture) if capture.data:
            return _of_capture(capture, part_of)
        case RunView():
            return _of_run(page.view, part_of)
        case ModuleView(pairs=pairs):
            return {
                "compared": [_compared(base, head, part_of) for base, head in pairs],
                "overlays": _overlays(page.view, part_of),
                "runs": _runs(page, page.view.runs),
                "steps": [
                    [url and urls.relative(page.url, url) for url in line]
                    for line in page.view.timelines.steps
                ],
            }
        case FunctionsView():
            shown = followed.of_page(page.view, part_of)
            return {**shown, "runs_data": _runs(page, shown["runs"])} if shown["largest"] else shown
        case _:
            return {}


def _runs(page: Page, rows: Sequence[RunRow]) -> list[tuple[str, int, str, str]]:
    """What the charts' script says of runs: label, start, commit, and where they are from this page."""
    return [(row.label, row.info.started, row.commit or "", urls.relative(page.url, row.url)) for row in rows]


def _of_capture(capture: Capture, part_of: PartOf) -> dict[str, Any]:
    shown = summary.from_json(part_of(capture.id, "summary"))
    made = {section.name for section in shown.sections if section.data is not None}
    # Reports of other packages may have something to show of it all the same.
    nothing = capture.figures.holds_nothing and made <= BUILT_IN_NAMES
    return {
        "summary": shown,
        "nothing": nothing,
        "chart": None if nothing else charts.memory_chart(shown.curve),
        "views": [view for view, report in _VIEWS.items() if report in made],
    }


def _of_run(view: RunView, part_of: PartOf) -> dict[str, Any]:
    captures = {capture.id: capture for module in view.modules for capture in module.captures}
    read = {c.id: summary.course_from_json(part_of(c.id, "summary")) for c in captures.values() if c.data}
    processes = [
        _process(captures[id_], facts, course.curve)
        for id_, course in read.items()
        if (facts := captures[id_].figures.facts)
    ]
    older = all(course.brief for course in read.values())
    service = service_of(processes, POINTS_OF_OLDER if older else POINTS)
    if service is None:
        return {"service": None}
    explained, folded = _explained(service, captures, part_of)
    return {
        "service": service,
        "chart": service_chart(service),
        "capture_of": captures,
        "module_of": {module.id: module for module in view.modules},
        "holders": explained[:EXPLAINED],
        "explained": sum(holder.bytes for holder in explained),
        "folded": folded,
    }


def _explained(
    service: Service, captures: Mapping[str, Capture], part_of: PartOf
) -> tuple[tuple[Holder, ...], bool]:
    """Who held the memory of a run at its highest moment, as far as the largest processes can tell.

    And whether small stacks count for their callers: tables of whole trees are kept of peaks alone.
    """
    process_of = {process.capture: process for process in service.processes}
    moment = service.time[service.highest]
    tables, any_folded = [], False
    for share in service.shares[:EXPLAINED]:
        process, capture = process_of[share.capture], captures[share.capture]
        if share.bytes == capture.figures.peak_bytes:
            tables.append((share.module, summary.tables_from_json(part_of(capture.id, "functions")).peak))
            continue
        at = sampled(process, moment)
        data = part_of(capture.id, "page") + (
            part_of(capture.id, "page_temporal") if capture.temporal else b""
        )
        analysis = bundle.decode(data)[0]
        rows = functions_at(analysis, process.time[at]) if at is not None else ()
        any_folded |= bool(rows and analysis.folded)
        tables.append((share.module, rows))
    return function_holders(tables), any_folded


def _overlays(view: ModuleView, part_of: PartOf) -> list[tuple[str, Overlay]]:
    """For every instance the curves of its newest runs."""
    drawn = []
    for instance in view.shown:
        curves = [
            (row.label, own[0].url, _curve(own, part_of), len(own))
            for row, captures in reversed(view.captures[:OVERLAID])
            if (own := _process_of(captures, instance))
        ]
        if chart := overlay(curves):
            drawn.append((instance or view.module.id, chart))
    return drawn


def _process_of(captures: Sequence[Capture], instance: str | None) -> list[Capture]:
    """One process of an instance: all chunks of it, or of repeats the smallest."""
    own = [c for c in captures if c.instance == instance and c.data]
    chunks = [c for c in own if c.chunk is not None]
    if chunks:
        return sorted((c for c in chunks if c.process == chunks[0].process), key=lambda c: c.chunk or 0)
    return list(smallest_repeats(own))


def _curve(captures: Sequence[Capture], part_of: PartOf) -> summary.Curve:
    return joined(
        [
            (capture.figures.facts.started, summary.course_from_json(part_of(capture.id, "summary")).curve)
            for capture in captures
            if capture.figures.facts
        ]
    )


class Compared(msgspec.Struct, frozen=True):
    """Two captures of one module and instance, compared at the peak."""

    base: Capture
    head: Capture
    comparison: Comparison | None
    reasons: tuple[str, ...]

    @property
    def functions(self) -> tuple[FunctionDelta, ...]:
        """The functions whose own memory changed most."""
        rows = self.comparison.functions if self.comparison else ()
        return tuple(row for row in rows if row.own.delta)[:EXPLAINED]

    @property
    def stacks(self) -> tuple[StackDelta, ...]:
        """The stacks that explain nine tenths of what changed; as many as a page can show."""
        return self.comparison.explaining(most=EXPLAINED) if self.comparison else ()


def _compared(base: Capture, head: Capture, part_of: PartOf) -> Compared:
    pair = Pair(head.module, head.instance, *(bundle.decode(part_of(c.id, "page"))[0] for c in (base, head)))
    result = compare_pair(pair, Metric.PEAK)
    return Compared(base, head, result.comparison, result.comparable.reasons)


def _process(capture: Capture, facts: Facts, curve: summary.Curve) -> Process:
    return Process(
        capture=capture.id,
        module=capture.module,
        started=facts.started,
        ended=facts.ended,
        died=capture.figures.status is Status.UNFINISHED,
        time=tuple(facts.started + moment for moment in curve.time),
        heap=curve.heap,
    )
