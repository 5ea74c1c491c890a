"""The chunks of one process are one process: its peak is theirs, and what they count adds up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from made_analyses import FACTS
from msgspec.structs import replace

from sitegen.analysing import Analysed
from sitegen.capture.runs import Notes, Run
from sitegen.capture.source import Kind, Source
from sitegen.capture.store import Store
from sitegen.chunks import process_figures
from sitegen.config import Config
from sitegen.insight.history import SteadyLeak, Where
from sitegen.judging import findings_of
from sitegen.model import Name, Status, Thread
from sitegen.site import urls
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.views import ModuleView
from sitegen.summary import Figures

MB = 1_000_000


def chunk(number: int, peak: int, leaked: int, status: Status = Status.OK) -> Figures:
    """One second of a process, `number` seconds after its start."""
    facts = replace(FACTS, started=1000 * number, ended=1000 * number + 900)
    return Figures(
        status=status,
        reason="",
        facts=facts,
        peak_bytes=peak,
        peak_rss_bytes=2 * peak,
        leaked_bytes=leaked,
        leaked_allocations=7,
        total_allocations=100_000,
        threads=(Thread(1, ""), Thread(number + 2, "worker")),
        steady=SteadyLeak(leaked, (Where("keep", "app/a.py", leaked),)),
    )


def test_peaks_are_the_largest_and_sums_are_sums() -> None:
    process = process_figures([chunk(1, 9, 5), chunk(0, 7, 2), chunk(2, 4, 3, Status.UNFINISHED)])
    assert (process.peak_bytes, process.peak_rss_bytes) == (9, 18)
    assert (process.leaked_bytes, process.leaked_allocations, process.total_allocations) == (10, 21, 300_000)
    assert process.facts
    assert (process.facts.started, process.facts.ended) == (0, 2900)
    assert process.status is Status.UNFINISHED  # as its last chunk
    assert [thread.id for thread in process.threads] == [1, 2, 3, 4]
    assert process.steady == SteadyLeak(10, (Where("keep", "app/a.py", 10),))


def test_a_sum_is_unknown_where_one_of_its_parts_is() -> None:
    aggregated = replace(chunk(1, 9, 5), total_allocations=None, peak_rss_bytes=None, steady=None)
    process = process_figures([chunk(0, 7, 2), aggregated])
    assert process.total_allocations is None
    assert (process.leaked_bytes, process.peak_rss_bytes) == (7, 14)


def analysed(run: str, chunks: Sequence[Figures]) -> list[Analysed]:
    return [
        Analysed(
            Source(
                path=f"{run}/app~1.{number:03}.bin",
                file=f"app~1.{number:03}.bin",
                kind=Kind.CAPTURE,
                name=Name(run, "app", None, number),
                id=f"{run}/app~1.{number:03}.bin",
                started=figures.facts.started if figures.facts else None,
                size=1,
                modified=0,
                process="1",
            ),
            figures,
            None,
            f"{run}{number}",
            False,
        )
        for number, figures in enumerate(chunks)
    ]


RUNS = (Run("one", started=0), Run("two", started=1))


def test_a_leak_spread_over_chunks_is_found_with_its_sum(tmp_path: Path) -> None:
    """No chunk leaks enough to be told, all of them together do; as many allocations in more chunks are no less."""
    before = analysed("one", [chunk(n, 10 * MB, 40_000) for n in range(4)])
    after = analysed("two", [chunk(n, 10 * MB, 130_000) for n in range(4)])
    findings = findings_of([*before, *after], RUNS, Config(), Store(tmp_path, 10**9))
    steps = {(f.figure, f.before, f.after) for f in findings if f.kind == "step"}
    assert steps == {("leaked", 160_000, 520_000)}


def test_a_process_with_a_damaged_chunk_is_a_gap_and_says_so(tmp_path: Path) -> None:
    """What the other chunks hold is a lower bound, which no baseline may be."""
    before = analysed("one", [chunk(0, 10 * MB, 0), chunk(1, 30 * MB, 0, Status.DAMAGED)])
    after = analysed("two", [chunk(n, 30 * MB, 0) for n in range(2)])
    findings = findings_of([*before, *after], RUNS, Config(), Store(tmp_path, 10**9))
    assert [(f.kind, f.run, f.capture) for f in findings] == [("damaged", "one", before[1].source.id)]


@pytest.mark.parametrize(("figure", "value"), [("peak", 30), ("leaked", 3), ("allocations", 300_000)])
def test_pages_show_the_process(figure: str, value: int) -> None:
    captures = analysed("one", [chunk(0, 10, 1), chunk(1, 30, 1), chunk(2, 20, 1)])
    entries = [
        Entry(c.source.id, c.source.file, c.source.name, c.source.process, c.figures, "key", c.digest)
        for c in captures
    ]
    site = assemble(entries, RUNS[:1], (), Notes("", {}, ()), "Site")
    view = next(page.view for page in site.pages if page.url == urls.module("app"))
    assert isinstance(view, ModuleView)
    chart = next(chart for chart in view.timelines.charts if chart.name == figure)
    assert [point.value for point in chart.chart.lines[0].points] == [value]
    cell = view.module.latest
    assert cell
    assert {"peak": cell.total, "leaked": cell.leaked, "allocations": cell.allocations}[figure] == value
