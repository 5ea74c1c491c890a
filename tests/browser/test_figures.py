"""Every figure of the viewer equals memray's own answer to the same question about the same capture."""

from __future__ import annotations

import csv
import html
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import memray
import pytest
from memray.reporters.flamegraph import FlameGraphReporter
from memray.reporters.table import TableReporter
from playwright.sync_api import Page

from sitegen.insight.leaks import find_leaks, moments
from sitegen.insight.suppressions import Suppression
from sitegen.model import NEVER, Analysis
from sitegen.units import format_size, percent

from .conftest import open_page

Place = tuple[str, str, int]
Graph = dict[tuple[Place, ...], tuple[int, int]]

MODEL = """
async function loaded() {
    const made = model(await sitegen.load("profiled"));
    Object.assign(made.columns, (await sitegen.load("profiled#temporal", "profiled.temporal.js")).columns);
    return made;
}
function described(model, graph) {
    const { functions, files, functionOf, fileOf, lineOf } = model.frames;
    const rows = [];
    const waiting = [[0, []]];
    while (waiting.length) {
        const [node, path] = waiting.pop();
        rows.push([path, graph.bytes[node], graph.count[node]]);
        for (const child of graph.children(node)) {
            const frame = graph.frame[child];
            waiting.push([child, [...path, [functions[functionOf[frame]], files[fileOf[frame]].path, lineOf[frame]]]]);
        }
    }
    return JSON.stringify(rows);
}
"""

SETTINGS: dict[str, Any] = {
    "view": "peak",
    "metric": "bytes",
    "thread": -1,
    "irrelevant": True,
    "imports": True,
    "inverted": False,
    "of": 0,
    "range": "",
    "mode": "",
    "life": "",
    "suppressed": True,
    "gone": True,
}


@pytest.fixture(scope="module")
def page(browser: Any, site: Path) -> Iterator[Page]:
    """The page of the capture, and a second model of it to ask."""
    page = browser.new_page()
    open_page(page, site)
    yield page
    page.close()


def ours(page: Page, **settings: Any) -> Graph:
    """The graph that the viewer draws with these settings."""
    text = page.evaluate(
        f"async settings => {{ {MODEL} const m = await loaded(); m.settings = settings;"
        " return described(m, m.panes()[0]); }",
        SETTINGS | settings,
    )
    rows = {tuple(map(tuple, path)): (size, count) for path, size, count in json.loads(text)}
    return {path: row for path, row in rows.items() if row[0]}


def memrays(
    data: Mapping[str, Any], nodes: Mapping[str, list[Any]], hide: str = "", thread: str = ""
) -> Graph:
    """The graph that memray's page draws of its data, with what its switches hide and its thread filter."""
    strings = data["strings"]
    found: dict[tuple[Place, ...], list[int]] = defaultdict(lambda: [0, 0])
    top = [0, 0]
    waiting: list[tuple[int, tuple[Place, ...]]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        for child in nodes["children"][node]:
            if thread and strings[nodes["thread_id"][child]] != thread:
                continue
            below = path
            if not (hide == "irrelevant" and not nodes["interesting"][child]) and not (
                hide == "imports" and nodes["import_system"][child]
            ):
                function, file = strings[nodes["function"][child]], strings[nodes["filename"][child]]
                below = (*path, (html.unescape(function), html.unescape(file), nodes["lineno"][child]))
                found[below][0] += nodes["value"][child]
                found[below][1] += nodes["n_allocations"][child]
            if node == 0:
                top[0] += nodes["value"][child]
                top[1] += nodes["n_allocations"][child]
            waiting.append((child, below))
    found[()] = top if thread else [nodes["value"][0], nodes["n_allocations"][0]]
    return {path: (size, count) for path, (size, count) in found.items() if size}


def flamegraph(records: Iterable[Any], inverted: bool = False) -> Mapping[str, Any]:
    """What memray puts into its page."""
    reporter = FlameGraphReporter.from_snapshot(
        records, memory_records=(), native_traces=False, merge_threads=False, inverted=inverted
    )
    return reporter.data


@pytest.fixture(scope="module")
def reader(capture: Path) -> Iterator[memray.FileReader]:
    with closing(memray.FileReader(capture)) as reader:
        yield reader


RECORDS: dict[str, Callable[[memray.FileReader], Iterable[Any]]] = {
    "peak": lambda reader: reader.get_high_watermark_allocation_records(merge_threads=False),
    "leaks": lambda reader: reader.get_leaked_allocation_records(merge_threads=False),
    "temporary": lambda reader: reader.get_temporary_allocation_records(threshold=1, merge_threads=False),
}


@pytest.mark.parametrize("view", RECORDS)
@pytest.mark.parametrize("hide", ["", "irrelevant", "imports"])
def test_the_graph_is_memrays(page: Page, reader: memray.FileReader, view: str, hide: str) -> None:
    """Every stack's bytes and allocations, with nothing hidden, irrelevant frames or the import system's."""
    data = flamegraph(RECORDS[view](reader))
    expected = memrays(data, data["nodes"], hide)
    assert expected
    assert ours(page, view=view, irrelevant=hide != "irrelevant", imports=hide != "imports") == expected


def test_every_thread_has_its_own_graph(page: Page, reader: memray.FileReader, analysis: Analysis) -> None:
    """The thread filter shows what memray's shows for `--split-threads`."""
    data = flamegraph(RECORDS["peak"](reader))
    threads = [data["strings"][thread] for thread in data["unique_threads"]]
    assert len(threads) == len(analysis.threads) > 2
    for index, thread in enumerate(analysis.threads):
        name = f"{hex(thread.id)} ({thread.name})" if thread.name else hex(thread.id)
        # memray's page leaves memory without frames out of its thread filter.
        found = ours(page, thread=index, irrelevant=False)
        expected = memrays(data, data["nodes"], "irrelevant", thread=name)
        assert {path: row for path, row in found.items() if path} == {
            path: row for path, row in expected.items() if path
        }


def test_the_inverted_graph_is_memrays(page: Page, reader: memray.FileReader) -> None:
    """As memray's data for `--inverted`, with and without the import system."""
    data = flamegraph(RECORDS["peak"](reader), inverted=True)
    assert ours(page, inverted=True) == memrays(data, data["nodes"])
    assert ours(page, inverted=True, irrelevant=False) == memrays(data, data["nodes"], "irrelevant")
    expected = memrays(data, data["inverted_no_imports_nodes"])
    assert ours(page, inverted=True, imports=False) == expected


def stacks(records: Iterable[Any], keep: Callable[[Any], bool]) -> Graph:
    """What every prefix of every stack holds, of the intervals that count."""
    found: dict[tuple[Place, ...], list[int]] = defaultdict(lambda: [0, 0])
    for record in records:
        held = [interval for interval in record.intervals if keep(interval)]
        size, count = sum(i.n_bytes for i in held), sum(i.n_allocations for i in held)
        path = tuple(record.stack_trace()[::-1])
        for depth in range(len(path) + 1):
            found[path[:depth]][0] += size
            found[path[:depth]][1] += count
    return {path: (size, count) for path, (size, count) in found.items() if size}


def windows(times: list[int], begin: int, end: int) -> tuple[int, int]:
    """The snapshots that memray's temporal page takes for a range of time."""
    first = next((i for i, time in enumerate(times) if time >= begin), 0)
    last = next((i for i, time in enumerate(times) if time > end), len(times))
    return first, last


@pytest.fixture(scope="module")
def ranges(analysis: Analysis) -> list[str]:
    """Ranges of all sizes, the whole time and one that holds no snapshot included."""
    length = analysis.facts.ended - analysis.facts.started
    chance = random.Random(4)
    pairs = [sorted(chance.sample(range(length), 2)) for _ in range(12)]
    return ["", f"0,{length}", f"{length},{length + 5}", *(f"{begin},{end}" for begin, end in pairs)]


def bounds(text: str, analysis: Analysis) -> tuple[int, int]:
    times = list(analysis.snapshots.time)
    if not text:
        return 0, len(times)
    begin, end = (analysis.facts.started + int(part) for part in text.split(","))
    return windows(times, begin, end)


def test_the_highest_point_of_a_range_is_memrays(
    page: Page, reader: memray.FileReader, analysis: Analysis, ranges: list[str]
) -> None:
    """As memray computes it from its interval records: the highest window's allocations."""
    records, marks = reader.get_temporal_high_water_mark_allocation_records(merge_threads=False)
    records = list(records)
    # It has none where the last snapshot comes after the last allocation: what was in use then still is.
    marks += analysis.snapshots.heap[len(marks) - 1 :]
    for text in ranges:
        first, last = bounds(text, analysis)
        high = max(range(first, last + 1), key=lambda window: (marks[window], -window))

        def counts(interval: Any, high: int = high) -> bool:
            freed = interval.deallocated_before_snapshot
            return bool(interval.allocated_before_snapshot <= high and (freed is None or freed > high))

        assert ours(page, view="temporal", range=text) == stacks(records, counts), text


def test_what_a_range_keeps_is_memrays(
    page: Page, reader: memray.FileReader, analysis: Analysis, ranges: list[str]
) -> None:
    """As memray computes it for temporal leaks: allocated in the range and not freed by its end."""
    records = list(reader.get_temporal_allocation_records(merge_threads=False))
    for text in ranges:
        first, last = bounds(text, analysis)

        def counts(interval: Any, first: int = first, last: int = last) -> bool:
            freed = interval.deallocated_before_snapshot
            return bool(
                first <= interval.allocated_before_snapshot <= last and (freed is None or freed > last)
            )

        assert ours(page, view="temporal", mode="kept", range=text) == stacks(records, counts), text


@pytest.mark.parametrize("life", ["within:30", "longer:30", "end", "never"])
def test_lifetimes_choose_what_they_say(page: Page, analysis: Analysis, ranges: list[str], life: str) -> None:
    """Of what a range allocates, the part that lived so long, as far as the snapshots tell."""
    lifetimes, times = analysis.lifetimes, list(analysis.snapshots.time)
    assert lifetimes is not None
    ends = [*times, max(analysis.facts.ended, times[-1])]

    def lived(allocated: int, freed: int) -> bool:
        age = (ends[-1] if freed == NEVER else ends[freed]) - ends[allocated]
        return {
            "within:30": freed != NEVER and age <= 30,
            "longer:30": age > 30,
            "end": freed != NEVER and freed >= int(len(times) * 0.98),
            "never": freed == NEVER,
        }[life]

    for text in ranges[:6]:
        first, last = bounds(text, analysis)
        held = sum(
            size
            for allocated, freed, size in zip(
                lifetimes.allocated, lifetimes.freed, lifetimes.bytes, strict=True
            )
            if first <= allocated <= last and lived(allocated, freed)
        )
        found = ours(page, view="temporal", mode="made", range=text, life=life)
        assert found.get((), (0, 0))[0] == held


def bars(analysis: Analysis, node: int) -> tuple[int, ...]:
    """What a stack never freed, by when it was allocated: twenty equal parts of the capture's time."""
    assert analysis.lifetimes
    when, rows, parts = moments(analysis), analysis.lifetimes, [0] * 20
    for of, window, freed, size in zip(rows.node, rows.allocated, rows.freed, rows.bytes, strict=True):
        if of == node and freed == NEVER:
            parts[min(int(when[window] * 20), 19)] += size
    return tuple(parts)


def test_leaks_are_of_the_kinds_that_the_findings_say(page: Page, analysis: Analysis) -> None:
    """Every stack's kind, its bytes over time and what is suppressed are those of the Python side."""
    text = page.evaluate(
        f"""async settings => {{
            {MODEL}
            const m = await loaded();
            m.settings = settings;
            const kinds = leaks.kinds(m, node => node, () => true);
            const {{ stacks, bytes }} = m.suppressed();
            const rows = Object.entries(kinds).map(([node, kind]) => [+node, leaks.RANK[kind.rank], kind.bins]);
            return JSON.stringify([rows, stacks, bytes]);
        }}""",
        SETTINGS,
    )
    kinds, stacks, size = json.loads(text)
    expected = find_leaks(analysis, (Suppression("^build_cache$"),))
    every = find_leaks(analysis).stacks
    known = {node: (kind, tuple(bins)) for node, kind, bins in kinds}
    assert len(every) > 20
    assert {
        stack.node: (stack.kind.value, bars(analysis, stack.node)) for stack in every
    }.items() <= known.items()
    assert (stacks, size) == (len(expected.suppressed), sum(stack.bytes for stack in expected.suppressed))


def test_the_places_are_those_of_memrays_table(
    opened: Callable[..., Page], reader: memray.FileReader
) -> None:
    """The downloaded table of places has the bytes and allocations of memray's for every file and line.

    Where a stack has several allocators memray's rows name one of them, ours each.
    """
    page = opened("#table&by=places")
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = TableReporter.from_snapshot(
        reader.get_high_watermark_allocation_records(merge_threads=False),
        memory_records=(),
        native_traces=False,
    )
    assert figures_by_line(
        (row["where"].rpartition("·")[0].strip(), int(row["Own"]), int(row["Allocations"])) for row in rows
    ) == figures_by_line(
        (html.unescape(row["stack_trace"]).partition(" at ")[2], row["size"], row["n_allocations"])
        for row in table.data
    )


def figures_by_line(rows: Iterable[tuple[str, int, int]]) -> dict[str, tuple[int, int]]:
    """Bytes and allocations by file and line, the file without its directories."""
    figures: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for place, size, count in rows:
        before = figures[Path(place).name]
        figures[Path(place).name] = (before[0] + size, before[1] + count)
    return dict(figures)


@pytest.mark.parametrize("function", ["recurse", "leak_steadily", "parse", "worker", "main"])
def test_a_search_says_what_the_stacks_with_it_hold(
    opened: Callable[..., Page], reader: memray.FileReader, function: str
) -> None:
    """Typing a function's name shows the share and the bytes of all stacks that have it, each once."""
    records = list(RECORDS["leaks"](reader))
    hit = [
        record
        for record in records
        if any(function in name.lower() or function in file.lower() for name, file, _ in record.stack_trace())
    ]
    whole = sum(record.size for record in records)
    held = sum(record.size for record in hit)
    page = opened("#leaks&irrelevant=show&suppressed=show")
    page.get_by_label("Search functions and files").fill(function)
    text = page.locator(".viewer-matched").inner_text()
    if not held:
        assert text == "No match"
        return
    assert text.startswith(f"{percent(held / whole)}, {format_size(held)} in ")
