"""Captures that are not like others: hostile names, native frames, nothing at all, aggregated, deep, compared."""

from __future__ import annotations

import re
from pathlib import Path

from made_analyses import FACTS, analysis_of
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from sitegen.insight.prune import fold
from sitegen.model import NEVER, FrameKind
from sitegen.reporters.flamegraph import FlameGraph
from sitegen.reporters.leaks import Leaks

from .conftest import open_page, write_data, write_html, write_page

ROOT = "/home/me/project"
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "\"'><img src=x onerror=document.title='owned'>",
    "two\nlines\tand\u202eright to left",
    "&lt;b&gt; {{ 7*7 }} ${7*7}",
    "x" * 20_000,
)


def table(page: Page) -> list[str]:
    """The rows of the table, which may come a moment after what was typed."""
    page.wait_for_timeout(200)
    script = "rows => rows.map(row => row.innerText.replace(/\\s+/g, ' ').trim())"
    found: list[str] = page.locator(".viewer-table tbody tr").evaluate_all(script)
    return found


def test_hostile_names_are_only_text(tab: Page, tmp_path: Path) -> None:
    """In boxes, tooltips, table, legend and search, markup in a name is shown and never run."""
    stacks = [(((name, f"{ROOT}/{name}.py", 3),), 1000 + n, 1) for n, name in enumerate(HOSTILE)]
    page = open_page(tab, write_page(tmp_path, "odd", analysis_of(stacks)), "#flamegraph&irrelevant=show")
    title = page.title()
    shown = page.locator(".viewer-table").inner_text()
    assert all(name[:12] in shown for name in HOSTILE[:2])
    canvas = page.locator(".graph canvas").bounding_box()
    assert canvas is not None
    for share in range(1, 10, 2):
        page.mouse.move(canvas["x"] + canvas["width"] * share / 10, canvas["y"] + 30)
        expect(page.locator(".viewer-tooltip")).to_be_visible()
    page.get_by_label("Search functions and files").fill("<img src=x onerror=document.title='owned'>")
    expect(page.locator(".viewer-matched")).to_contain_text("in 1 place")
    assert len(table(page)) == 1
    page.locator(".viewer-table button[data-key]").first.click()
    assert page.title() == title
    assert page.locator("main img").count() == 0


def test_native_frames_are_told_from_python_ones(tab: Page, tmp_path: Path) -> None:
    """Native boxes are slanted, as the legend says; interpreter frames never show; no name, then the file's."""
    stack = (
        ("main", f"{ROOT}/main.py", 1),
        ("_PyEval_EvalFrameDefault", "Python/ceval.c", 1),
        ("dot_product", "/src/blas/dot.c", 7),
        ("", "/usr/lib/libblas.so.3", 0),
    )
    kinds = {
        "_PyEval_EvalFrameDefault": FrameKind.INTERNAL,
        "dot_product": FrameKind.NATIVE,
        "": FrameKind.NATIVE,
    }
    analysis = analysis_of([(stack, 5000, 1)], kinds=kinds)
    page = open_page(tab, write_page(tmp_path, "odd", analysis), "#flamegraph&irrelevant=show")
    rows = table(page)
    assert [row.split()[0] for row in rows if "100.0" in row and "0.000B" not in row] == ["libblas.so.3"]
    assert not any("EvalFrame" in row for row in rows)
    expect(page.locator(".viewer-legend")).to_contain_text("slanted: native code")


def test_what_a_report_says_first_is_what_its_graph_shows_most_of(tab: Page, tmp_path: Path) -> None:
    """memray's graphs have no frames of the interpreter's own: their memory counts for who called them."""
    stack = [("main", f"{ROOT}/main.py", 1), ("PyBytes_Resize", "Objects/bytesobject.c", 5)]
    kinds = {"PyBytes_Resize": FrameKind.NATIVE, "_PyObject_Malloc": FrameKind.INTERNAL}
    rows = [([*stack, ("_PyObject_Malloc", "Objects/obmalloc.c", 9)], 5000, 7), (stack[:1], 1000, 1)]
    analysis = analysis_of(rows, rows, kinds=kinds)
    shown = table(open_page(tab, write_page(tmp_path, "odd", analysis), "#flamegraph&irrelevant=show"))
    for report in (FlameGraph(), Leaks()):
        first, *others = report.report(analysis).data["functions"]
        assert [row["function"] for row in others] == ["main"]
        assert (first["function"], first["self_bytes"], first["self_count"]) == ("PyBytes_Resize", 5000, 7)
        assert shown[0].startswith("PyBytes_Resize Objects/bytesobject.c 5.000kB 83.3 %")


def test_a_capture_of_nothing_is_drawn(tab: Page, tmp_path: Path) -> None:
    """No allocation, no snapshot: an empty graph, an empty table, and every control still works."""
    page = open_page(tab, write_page(tmp_path, "odd", analysis_of([])))
    expect(page.locator(".viewer-strip")).to_contain_text("0.000B, 0.0 % of all")
    assert table(page) == ["Nothing."]
    for key in ("i", "o", "b", "n", "s", "Enter", "ArrowDown", "Escape"):
        page.locator(".graph").focus()
        page.keyboard.press(key)
    page.get_by_role("tab", name="Leaks").click()
    assert table(page) == ["Nothing."]


def test_memory_without_frames_counts(tab: Page, tmp_path: Path) -> None:
    """What no stack is known of is a row of its own and part of the whole."""
    analysis = analysis_of([((), 400, 1), ((("main", f"{ROOT}/main.py", 1),), 600, 2)])
    page = open_page(tab, write_page(tmp_path, "odd", analysis))
    expect(page.locator(".viewer-strip")).to_contain_text("1.000kB, 100.0 % of all")
    assert any(row.startswith("<no frames> 400.000B 40.0 %") for row in table(page))
    page.get_by_label("Inverted").check()
    expect(page.locator(".viewer-strip")).to_contain_text("1.000kB, 100.0 % of all")


def test_a_stack_of_20000_frames_can_be_scrolled(tab: Page, tmp_path: Path) -> None:
    """The graph is as high as it must be, draws what is in sight, and reaches the deepest frame."""
    stack = [("recurse", f"{ROOT}/main.py", 1 + n % 2) for n in range(20_000)]
    page = open_page(tab, write_page(tmp_path, "odd", analysis_of([(stack, 1000, 1)])))
    graph = page.locator(".graph")
    assert graph.evaluate("graph => graph.scrollHeight") == 20_001 * 20
    graph.evaluate("graph => graph.scrollTo(0, 1e9)")
    box = graph.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + box["height"] - 12)
    expect(page.locator(".viewer-tooltip")).to_contain_text("recurse")
    expect(page.locator(".viewer-tooltip")).not_to_contain_text("of it itself")
    row = table(page)[0]
    assert row.startswith("recurse main.py 1.000kB 100.0 % 1.000kB 100.0 %")


def test_an_aggregated_capture_shows_what_it_has(tab: Page, tmp_path: Path) -> None:
    """Without intervals there is no report over time and no kind of leak; the rest works."""
    leaked = ((("main", f"{ROOT}/main.py", 1),), 600, 2)
    facts = replace(FACTS, aggregated=True)
    page = open_page(tab, write_page(tmp_path, "odd", analysis_of([leaked], [leaked], facts=facts)), "#leaks")
    assert table(page) == ["main main.py 600.000B 100.0 % 600.000B 100.0 % 2"]
    page.get_by_role("tab", name="Temporal").click()
    expect(page.locator(".viewer")).to_be_hidden()
    page.get_by_role("tab", name="Flame graph").click()
    expect(page.locator("section#flamegraph canvas")).to_be_visible()


def test_leaks_say_when_they_were_allocated(tab: Page, tmp_path: Path) -> None:
    """A cache filled at the start and memory kept round after round are told apart, and ranked."""

    def stack(function: str) -> list[tuple[str, str, int]]:
        return [("main", f"{ROOT}/main.py", 1), (function, f"{ROOT}/main.py", 9)]

    cache = [(stack("cache"), 1 + n % 4, NEVER, 9000, 1) for n in range(40)]
    steady = [(stack("steady"), n, NEVER, 1000, 1) for n in range(100)]
    freed = [(stack("freed"), n, n + 1, 50_000, 1) for n in range(99)]
    leaked = [(stack("cache"), 360_000, 40), (stack("steady"), 100_000, 100)]
    analysis = analysis_of(leaked, leaked, lifetimes=[*cache, *steady, *freed], heap=[1000] * 100)
    page = open_page(tab, write_page(tmp_path, "odd", analysis), "#leaks")
    assert [row.rpartition("% ")[2] for row in table(page)] == ["40 start", "100 steady", "0"]
    page.get_by_role("button", name="When").click()
    assert table(page)[0].startswith("steady main.py 100.000kB")


def test_a_folded_capture_lists_every_function_all_the_same(tab: Page, tmp_path: Path) -> None:
    """Small stacks are counted at their callers in the graph; the table is that of the whole capture."""
    stacks = [
        ([("main", f"{ROOT}/main.py", 1), (f"work{n}", f"{ROOT}/lib{n % 3}.py", 9)], 1000 + n, 1)
        for n in range(40)
    ]
    folded = fold(analysis_of(stacks), keep_nodes=10)
    assert folded.folded is not None
    page = open_page(tab, write_page(tmp_path, "odd", folded), "#table")
    rows = table(page)
    assert len(rows) == 41
    assert rows[0].startswith("work39 lib0.py 1.039kB")
    assert rows[-1].startswith("main main.py 0.000B 0.0 % 40.780kB 100.0 %")
    page = open_page(tab, tmp_path / "odd.html")
    expect(page.locator(".viewer-strip")).to_contain_text("40.780kB, 100.0 % of all")


def compared(tab: Page, folder: Path, fragment: str = "") -> Page:
    """A page that compares two captures: one function grew, one is new, one is gone, one stayed."""

    def stack(*functions: str, line: int = 1) -> list[tuple[str, str, int]]:
        return [
            ("main", f"{ROOT}/main.py", line),
            *((name, f"{ROOT}/lib.py", line + 3) for name in functions),
        ]

    before = [(stack("grows"), 1000, 10), (stack("goes"), 2000, 20), (stack("stays", "<listcomp>"), 3000, 30)]
    after = [
        (stack("grows", line=7), 1500, 15),
        (stack("comes", line=7), 4000, 40),
        (stack("stays", line=7), 3000, 30),
    ]
    write_data(folder, "before", analysis_of(before, before[:1]), {})
    write_data(folder, "after", analysis_of(after, after[:1]), {})
    path = write_html(folder / "two_captures.html", "two_captures.html", before="before", after="after")
    return open_page(tab, path, fragment)


def test_a_comparison_says_what_changed(tab: Page, tmp_path: Path) -> None:
    """Functions are matched whatever their lines; comprehensions count for their function; the largest change first."""
    page = compared(tab, tmp_path)
    assert table(page) == [
        "comes lib.py new +4.000kB 61.5 % +4.000kB 0.000B 4.000kB 0.000B 4.000kB",
        "goes lib.py gone \N{MINUS SIGN}2.000kB 30.8 % \N{MINUS SIGN}2.000kB 2.000kB 0.000B 2.000kB 0.000B",
        "grows lib.py +500.000B 7.7 % +500.000B 1.000kB 1.500kB 1.000kB 1.500kB",
        "main main.py 0.000B 0.0 % +2.500kB 0.000B 0.000B 6.000kB 8.500kB",
    ]
    expect(page.locator(".viewer-strip")).to_contain_text("6.000kB before, 8.500kB after · +2.500kB, grown")
    legend = page.locator(".viewer-legend")
    expect(legend).to_contain_text("+ new +4.000kB")
    expect(legend).to_contain_text("grown +500.000B")
    expect(legend).to_contain_text("\N{MULTIPLICATION SIGN} gone \N{MINUS SIGN}2.000kB")


def test_a_comparison_lists_files_packages_and_the_stacks_that_explain_it(tab: Page, tmp_path: Path) -> None:
    """Every list by the one table; a stack opens to its callers."""
    page = compared(tab, tmp_path)
    page.get_by_role("button", name="Files").click()
    assert table(page) == [
        "lib.py lib +2.500kB 100.0 % +2.500kB 6.000kB 8.500kB 6.000kB 8.500kB",
        "main.py main 0.000B 0.0 % +2.500kB 0.000B 0.000B 6.000kB 8.500kB",
    ]
    page.get_by_role("button", name="Stacks").click()
    # 92 % of 6.5 kB of changes; the 500 bytes that grew are the rest.
    assert table(page) == [
        "comes lib.py:10 +4.000kB 61.5 % 0.000B 4.000kB",
        "goes lib.py:4 \N{MINUS SIGN}2.000kB 30.8 % 2.000kB 0.000B",
    ]
    expect(page.locator(".viewer-table")).to_contain_text("2 of 3 stacks that changed explain 90 %")
    page.locator(".viewer-table summary").first.click()
    expect(page.locator(".viewer-table li")).to_have_text("main main.py:7")
    expect(page).to_have_url(re.compile("by=stacks"))


def test_boxes_are_as_wide_as_the_larger_side_or_the_side_that_is_chosen(tab: Page, tmp_path: Path) -> None:
    """What is gone keeps its place until the widths of one side alone are asked for."""
    page = compared(tab, tmp_path)
    page.get_by_label("Search functions and files").fill("goes")
    expect(page.locator(".viewer-matched")).to_contain_text("in 1 place")
    page.get_by_label("Widths").select_option("after")
    expect(page.locator(".viewer-matched")).to_have_text("No match")
    expect(page).to_have_url(re.compile("width=after"))
    expect(page.locator(".viewer-legend")).not_to_contain_text("gone -")
    page.get_by_label("Widths").select_option("before")
    expect(page.locator(".viewer-matched")).to_contain_text("33.3 %, 2.000kB in 1 place")
    expect(page.locator(".viewer-legend")).not_to_contain_text("new +")


def test_every_view_and_measure_can_be_compared(tab: Page, tmp_path: Path) -> None:
    """Leaks and allocations too, upright, inverted and around one function."""
    page = compared(tab, tmp_path, "#&metric=count")
    expect(page.locator(".viewer-strip")).to_contain_text("60 before, 85 after · +25, grown")
    page.evaluate("state.set({ metric: '', view: 'leaks' })")
    expect(page.locator(".viewer-strip")).to_contain_text("1.000kB before, 1.500kB after")
    page.get_by_label("Inverted").check()
    expect(page.locator(".viewer-strip")).to_contain_text("+500.000B, grown")
    page.locator(".viewer-table button[data-key]", has_text="grows").click()
    page.locator(".graph").focus()
    page.keyboard.press("s")
    expect(page.locator(".viewer-note")).to_have_text(re.compile("Callers above and callees below grows"))
    expect(page.locator(".viewer-strip")).to_contain_text("+500.000B, grown")


def test_packages_have_colours_of_their_own_as_long_as_there_are_some_the_project_s_first(
    tab: Page, tmp_path: Path
) -> None:
    """There are nine. Of more packages, those of the standard library share."""
    own = [f"{ROOT}/{name}/one.py" for name in "ajsbk"]  # as numbers, all but two are equal to nine
    others = [
        f"/usr/lib/python3.11/{name}.py" for name in ("abc", "ast", "cmd", "csv", "gzip", "json", "stat")
    ]
    for packages, distinct in (([*own, *others[:4]], 9), ([*others, *own], 5)):
        stacks = [([("f", file, 1)], 5000 + 100 * ("project" in file), 1) for file in packages]
        page = open_page(tab, write_page(tmp_path, "odd", analysis_of(stacks)), "#flamegraph&irrelevant=show")
        colours = page.locator(".viewer-legend .swatch").evaluate_all(
            "swatches => swatches.map(swatch => swatch.style.backgroundColor)"
        )
        assert len(set(colours[:distinct])) == distinct
