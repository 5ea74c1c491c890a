"""Decides every page of a site and what stands on it. Frozen data in, frozen data out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, islice

from sitegen.capture.runs import Notes, Run
from sitegen.insight.finding import Finding
from sitegen.insight.standing import standing
from sitegen.model import PREVIOUS, Baseline, Status
from sitegen.site import urls
from sitegen.site.captures import Capture, Captures, Entry, captures_of
from sitegen.site.modules import (
    MATRIX_RUNS,
    cell_of,
    change,
    largest_change_first,
    largest_instance_first,
    leak_change,
    module_over_runs,
    newest_pairs,
)
from sitegen.site.repeats import smallest_repeats
from sitegen.site.sheets import NEWEST, all_captures_pages, all_runs_pages
from sitegen.site.timelines import shown_instances, timelines
from sitegen.site.troubles import troubles
from sitegen.site.views import (
    CaptureView,
    Cell,
    FindingRow,
    FindingsView,
    FunctionsView,
    IndexView,
    Module,
    ModuleInRun,
    ModuleView,
    Page,
    Pages,
    RunRow,
    RunView,
    Site,
)

FUNCTION_RUNS = 20
"""How many runs a function is followed over."""

MOST_SIBLINGS = 8
"""How many captures of its module and run a capture's page links to."""


def assemble(
    entries: Sequence[Entry],
    runs: Sequence[Run],
    findings: Sequence[Finding],
    notes: Notes,
    title: str,
    base_url: str = "",
    baseline: Baseline = PREVIOUS,
) -> Site:
    """The site of these captures. `runs` are oldest first and name every run of the entries."""
    captures = captures_of(entries, {run.id: run.label or run.id for run in runs})
    of_run, of_module = captures.by_run(), captures.by_module()
    rows = tuple(_run_row(run, of_run[run.id]) for run in runs)
    modules = tuple(
        sorted(
            (module_over_runs(id_, of_module[id_], rows, baseline) for id_ in of_module),
            key=largest_change_first,
        )
    )
    found = _finding_rows(findings, rows, captures)
    comparable = len([*islice((capture for capture in captures if capture.data), 2)]) == 2

    def pages() -> Iterator[Page]:
        all_runs = all_runs_pages(rows)
        yield Page(urls.INDEX, "index.html", title, _index(modules, rows, captures, found, notes, all_runs))
        yield from all_runs
        yield from _run_pages(rows, of_run, found)
        yield from _functions_pages(rows, of_run)
        yield from _module_pages(rows, modules, of_module, found, notes, baseline)
        yield from _capture_pages(rows, of_module)
        if comparable:
            yield Page(urls.COMPARE, "compare.html", "Compare", None)
        yield Page(urls.FINDINGS, "findings.html", "Findings", _findings_view(found, rows))
        yield Page(urls.NOT_FOUND, "404.html", "Not found", None)

    nav = (
        ("Overview", urls.INDEX),
        ("Findings", urls.FINDINGS),
        *((("Functions", urls.FUNCTIONS),) if rows else ()),
        *((("Compare", urls.COMPARE),) if comparable else ()),
    )
    past = tuple((row, of_run[row.info.id]) for row in rows[-FUNCTION_RUNS:])
    return Site(title, base_url, rows, modules, captures, found, Pages(pages), nav, past)


def _run_row(run: Run, captures: Sequence[Capture]) -> RunRow:
    captures = tuple(captures)
    trusted = [capture for capture in captures if capture.trusted]
    return RunRow(
        info=run,
        url=urls.run(run.id),
        captures=len(captures),
        modules=len({capture.module for capture in captures}),
        peak=max((c.figures.peak_bytes or 0 for c in trusted), default=None),
        leaked=sum(c.figures.leaked_bytes or 0 for c in trusted) if trusted else None,
        troubled=sum(not capture.trusted for capture in captures),
    )


def _finding_rows(
    findings: Sequence[Finding], rows: Sequence[RunRow], captures: Captures
) -> tuple[FindingRow, ...]:
    row_of = {row.info.id: row for row in rows}
    return tuple(
        FindingRow(
            finding=finding,
            url=_explanation(finding, captures),
            module_url=urls.module(finding.module),
            run_url=row_of[finding.run].url,
            run_label=row_of[finding.run].label,
        )
        for finding in findings
    )


def _explanation(finding: Finding, captures: Captures) -> str:
    """The comparison that a finding is of; else the capture it is about; else its module."""
    head, base = captures.find(finding.capture or ""), captures.find(finding.base_capture or "")
    if head and base and head.data and base.data:
        return urls.comparison(base.id, head.id, finding.figure or "peak")
    return head.url if head else urls.module(finding.module)


def _findings_view(found: Sequence[FindingRow], rows: Sequence[RunRow]) -> FindingsView:
    by_run: dict[str, list[FindingRow]] = defaultdict(list)
    for row in found:
        by_run[row.finding.run].append(row)
    return FindingsView(
        tuple((run, tuple(by_run[run.info.id])) for run in reversed(rows) if by_run[run.info.id])
    )


def _index(
    modules: tuple[Module, ...],
    rows: tuple[RunRow, ...],
    captures: Sequence[Capture],
    found: Sequence[FindingRow],
    notes: Notes,
    all_runs: Sequence[Page],
) -> IndexView:
    newest = rows[-1].info.id if rows else ""
    present = {module.id for module in modules if module.latest and module.latest.run == newest}
    row_of = {row.finding: row for row in found}
    return IndexView(
        findings=tuple(row for row in found if row.finding.run == newest),
        standing=tuple(row_of[finding] for finding in standing(row_of, newest, present)),
        all_findings=len(found),
        modules=modules,
        columns=rows[-MATRIX_RUNS:],
        runs=rows[: -NEWEST - 1 : -1],
        all_runs=_newest_url(all_runs),
        troubled=troubles(captures, rows),
        captures=len(captures),
        notes=notes.index,
    )


def _newest_url(sheets: Sequence[Page]) -> str | None:
    return sheets[-1].url if sheets else None


def _run_pages(
    rows: tuple[RunRow, ...], of_run: Mapping[str, Captures], found: Sequence[FindingRow]
) -> Iterator[Page]:
    before: dict[str, Cell] = {}
    for position, row in enumerate(rows):
        here, cells, troubled = [], {}, []
        for module, own in of_run[row.info.id].by_module().items():
            captures = tuple(own)
            last, cell = before.get(module), cell_of(row, captures)
            cells[module] = cell
            troubled += [capture for capture in captures if capture.figures.status is not Status.OK]
            here.append(
                ModuleInRun(
                    id=module,
                    url=urls.module(module),
                    cell=cell,
                    change=change(last, cell),
                    leak_change=leak_change(last, cell),
                    captures=largest_instance_first(captures),
                )
            )
        view = RunView(
            run=row,
            findings=tuple(f for f in found if f.finding.run == row.info.id),
            previous=rows[position - 1] if position else None,
            following=rows[position + 1] if position + 1 < len(rows) else None,
            modules=tuple(sorted(here, key=lambda m: (-(m.cell.total or 0), m.id))),
            gone=tuple(sorted(before.keys() - cells.keys())),
            troubled=tuple(sorted(troubled, key=lambda capture: capture.id)),
            notes=row.info.notes,
        )
        yield Page(row.url, "run.html", f"Run {row.label}", view)
        before = cells


def _functions_pages(rows: tuple[RunRow, ...], of_run: Mapping[str, Captures]) -> Iterator[Page]:
    leads_on = len(rows) > 1
    for row in rows if leads_on else ():  # where there is one run, the page that has many says it all
        title = f"Functions of run {row.label}"
        own = ((row, smallest_repeats(of_run[row.info.id])),)
        view = FunctionsView(row, own, functions=10, packages=6, leads_on=leads_on)
        yield Page(urls.functions(row.info.id), "functions.html", title, view)
    if rows:
        # One page alone has many, and looks back, at an address of its own: those of the runs, of which there is
        # one each, stay small and need not change with a new run.
        past = tuple((row, smallest_repeats(of_run[row.info.id])) for row in rows[-FUNCTION_RUNS:])
        view = FunctionsView(rows[-1], past, functions=40, packages=12, leads_on=leads_on)
        yield Page(urls.FUNCTIONS, "functions.html", "Functions", view)


def _module_pages(
    rows: tuple[RunRow, ...],
    modules: tuple[Module, ...],
    of_module: Mapping[str, Captures],
    found: Sequence[FindingRow],
    notes: Notes,
    baseline: Baseline,
) -> Iterator[Page]:
    for module in modules:
        captures = {run: tuple(here) for run, here in of_module[module.id].by_run().items()}
        own = tuple(f for f in found if f.finding.module == module.id)
        listed = tuple(
            (row, largest_instance_first(captures[row.info.id])) for row in rows if row.info.id in captures
        )
        all_captures = all_captures_pages(module, listed)
        shown = shown_instances(module, chain.from_iterable(captures.values()), own)
        view = ModuleView(
            module=module,
            findings=own,
            runs=rows,
            shown=shown,
            timelines=timelines(module, shown, rows, captures, own),
            pairs=newest_pairs(module, shown, rows, captures, baseline),
            captures=listed[: -NEWEST - 1 : -1],
            all_captures=_newest_url(all_captures),
            present=len(listed),
            notes=notes.modules.get(module.id, ""),
        )
        yield Page(module.url, "module.html", f"Module {module.id}", view)
        yield from all_captures


def _capture_pages(rows: tuple[RunRow, ...], of_module: Mapping[str, Captures]) -> Iterator[Page]:
    position = {row.info.id: i for i, row in enumerate(rows)}
    for captures in of_module.values():
        # Besides those that are shown: the capture itself, and one that says that there are others.
        beside = {run: tuple(here[: MOST_SIBLINGS + 2]) for run, here in captures.by_run().items()}
        for line in captures.by_instance().values():
            in_order = sorted(line, key=lambda c: (position[c.run], c.id))
            runs = [tuple(here) for _, here in groupby(in_order, key=lambda c: c.run)]
            for earlier, here, later in zip([(), *runs], runs, [*runs[1:], ()], strict=False):
                for capture in here:
                    yield _capture_page(
                        capture,
                        before=earlier[-1] if earlier else None,
                        after=later[0] if later else None,
                        siblings=tuple(other for other in beside[capture.run] if other.id != capture.id),
                    )


def _capture_page(
    capture: Capture, before: Capture | None, after: Capture | None, siblings: tuple[Capture, ...]
) -> Page:
    view = CaptureView(
        capture=capture,
        run_url=urls.run(capture.run),
        module_url=urls.module(capture.module),
        before=before,
        after=after,
        siblings=siblings[:MOST_SIBLINGS],
        has_more_siblings=len(siblings) > MOST_SIBLINGS,
    )
    template = "capture.html" if capture.data else "failed.html"
    title = f"{capture.label} in {capture.run_label} ({capture.file})"
    return Page(capture.url, template, title, view)
