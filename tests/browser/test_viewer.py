"""The viewer as a person uses it: with the mouse, with the keyboard, by links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from sitegen.model import Analysis
from sitegen.units import format_size

Open = Callable[..., Page]


def find(page: Page, text: str) -> None:
    """Searches, and goes to the largest match with the keyboard."""
    box = page.get_by_label("Search functions and files")
    box.fill(text)
    box.press("Enter")


def place_of(page: Page, text: str) -> FloatRect:
    """Where the largest box of a search is drawn."""
    find(page, text)
    page.locator(".graph").focus()
    ring = page.locator(".graph-focus").bounding_box()
    assert ring is not None
    page.get_by_label("Search functions and files").fill("")
    return ring


def hover(page: Page, text: str) -> Locator:
    """The tooltip of the largest box of a search."""
    box = place_of(page, text)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    return page.locator(".viewer-tooltip")


def click(page: Page, text: str) -> None:
    box = place_of(page, text)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)


def rows(page: Page) -> list[list[str]]:
    """The cells of the table, which may come a moment after what was typed."""
    page.wait_for_timeout(200)
    script = (
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.replace(/\\s+/g, ' ').trim()))"
    )
    found: list[list[str]] = page.locator(".viewer-table tbody tr").evaluate_all(script)
    return found


def picture(page: Page) -> str:
    """The pixels of the graph, as text."""
    image: str = page.locator(".graph canvas").evaluate("canvas => canvas.toDataURL()")
    return image


def strip(page: Page) -> Locator:
    return page.locator(".viewer-strip")


def test_the_page_draws_the_peak_from_a_file(opened: Open, analysis: Analysis) -> None:
    """Opened from disk, the page decodes its data, draws the graph and says the peak."""
    page = opened()
    expect(page.locator(".viewer canvas")).to_be_visible()
    expect(strip(page)).to_contain_text(format_size(analysis.peak_bytes))


def test_the_page_draws_the_peak_over_http(tab: Page, served: str) -> None:
    """The same page works over HTTP under the same policy."""
    tab.goto(served)
    tab.wait_for_selector("html[data-ready=true]", state="attached")
    expect(tab.locator(".viewer canvas")).to_be_visible()


def test_a_fragment_opens_a_tab_and_the_others_close(opened: Open) -> None:
    """`#leaks` shows the leaks; a click on another tab changes report and address; going back returns."""
    page = opened("#leaks")
    expect(page.locator("section#leaks")).to_be_visible()
    expect(page.locator("section#flamegraph")).to_be_hidden()
    page.get_by_role("tab", name="Temporary").click()
    expect(page.locator("section#temporary canvas")).to_be_visible()
    expect(page).to_have_url(re.compile("#temporary$"))
    page.go_back()
    expect(page.locator("section#leaks canvas")).to_be_visible()


def test_tabs_are_walked_with_the_arrow_keys(opened: Open) -> None:
    """Arrows move along the tabs and around the ends; only the open tab is in the tab order."""
    page = opened()
    page.get_by_role("tab", name="Flame graph").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Temporary")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="Flame graph")).to_be_focused()
    assert page.locator("[role=tab][tabindex='0']").count() == 1


def test_a_tooltip_says_what_a_box_is(opened: Open) -> None:
    """Function, file and line, bytes, share, allocations, thread."""
    page = opened("#leaks")
    tooltip = hover(page, "leak_steadily")
    text = tooltip.inner_text()
    assert re.search(r"^leak_steadily\n.*profiled\.py:\d+\n600\.\d+kB, \d+\.\d % of all", text)
    assert "15 allocations" in text
    assert "main thread 0x" in text
    page.mouse.move(2, 2)
    expect(tooltip).to_be_hidden()


def test_a_click_zooms_and_escape_returns(opened: Open) -> None:
    """A click makes the box as wide as the graph; the address says so; back and Escape take it back."""
    page = opened("#leaks")
    click(page, "leak_steadily")
    expect(page).to_have_url(re.compile("zoom="))
    page.locator(".graph").focus()
    ring = page.locator(".graph-focus").bounding_box()
    graph = page.locator(".graph-sheet").bounding_box()
    assert ring is not None
    assert graph is not None
    assert ring["width"] == pytest.approx(graph["width"], abs=2)
    page.go_back()
    expect(page).not_to_have_url(re.compile("zoom="))
    page.go_forward()
    expect(page).to_have_url(re.compile("zoom="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("zoom="))


def test_a_link_shows_what_its_sender_saw(opened: Open) -> None:
    """View, zoom, measure, search, thread, orientation, colours: a fresh page of the address looks the same."""
    page = opened("#leaks")
    page.get_by_label("Measure").select_option("Allocations")
    page.locator("[name=thread]").select_option(index=1)
    page.get_by_label("Flames").check()
    click(page, "leak_steadily")
    page.get_by_label("Search functions and files").fill("main")
    page.locator("summary", has_text="Show").click()
    page.get_by_label("Colour by").select_option("Depth")
    page.mouse.move(0, 0)
    before, address = picture(page), page.url
    again = opened(f"#{address.partition('#')[2]}")
    assert again.get_by_label("Search functions and files").input_value() == "main"
    assert again.get_by_label("Flames").is_checked()
    assert picture(again) == before


def test_the_zoom_stays_when_the_view_changes(opened: Open) -> None:
    """From the leaks to the peak, and from bytes to allocations, the graph stays where it is."""
    page = opened("#leaks&suppressed=show")
    click(page, "build_cache")
    zoom = re.search(r"zoom=\d+", page.url)
    assert zoom is not None
    page.get_by_role("tab", name="Flame graph").click()
    page.get_by_label("Measure").select_option("Allocations")
    expect(page).to_have_url(re.compile(re.escape(zoom[0])))
    expect(strip(page)).to_contain_text("build_cache")
    expect(strip(page)).to_contain_text("601 allocations")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("build_cache", r"^\d+\.\d %, \d+\.\d+kB in 1 place$"),
        ("/^build_(cache|nothing)$/", r"^\d+\.\d %, \d+\.\d+kB in 1 place$"),
        ("profiled.py:14", r"^\d+\.\d %, \d+\.\d+kB in 1 place$"),
        ("profiled.py:99999", r"^No match$"),
        ("/(/", r"^No regular expression$"),
        ("<b>no</b>", r"^No match$"),
    ],
)
def test_a_search_says_how_much_it_means(opened: Open, query: str, said: str) -> None:
    """Plain text, expression or place: the share of the memory, the bytes, the places; text is only text."""
    page = opened("#leaks&suppressed=show")
    page.get_by_label("Search functions and files").fill(query)
    expect(page.locator(".viewer-matched")).to_have_text(re.compile(said))


def test_the_next_match_is_found_with_n_and_p(opened: Open) -> None:
    """Matches are visited largest first, around the end, and named to screen readers."""
    page = opened("#leaks")
    find(page, "profiled.py")
    live = page.locator(".viewer-live")
    expect(live).to_contain_text("Match 1 of ")
    page.locator(".graph").focus()
    page.keyboard.press("n")
    expect(live).to_contain_text("Match 2 of ")
    page.keyboard.press("p")
    page.keyboard.press("p")
    last = re.search(r"Match (\d+) of (\d+)", live.inner_text())
    assert last is not None
    assert last[1] == last[2]


def test_arrow_keys_walk_the_graph_and_say_where(opened: Open) -> None:
    """Down to the widest callee, up again, sideways; Enter zooms. Every frame is announced with its figures."""
    page = opened("#leaks")
    live = page.locator(".viewer-live")
    page.locator(".graph").focus()
    page.keyboard.press("ArrowDown")
    expect(live).to_have_text(re.compile(r"^\w+, .+\.py:\d+, \d+\.\d+[kM]B, \d+\.\d % of all"))
    first = live.inner_text()
    page.keyboard.press("ArrowDown")
    assert live.inner_text() != first
    page.keyboard.press("ArrowUp")
    assert live.inner_text() == first
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("zoom="))


def test_keys_do_what_the_overlay_lists(opened: Open) -> None:
    """`?` opens the list of keys, Escape closes it; letters work the controls, and not while typing."""
    page = opened()
    page.locator(".graph").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    for key, part in [
        ("i", "inverted=1"),
        ("o", "flames=1"),
        ("b", "metric=count"),
        ("h", "irrelevant=show"),
    ]:
        page.locator(".graph").focus()
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(part)))
    page.keyboard.press("/")
    page.keyboard.type("ib")
    assert page.get_by_label("Search functions and files").input_value() == "ib"
    expect(page).to_have_url(re.compile("inverted=1"))


def test_the_sandwich_shows_callers_and_callees(opened: Open) -> None:
    """A function in the middle, by button and by key; the note names it; Escape leads back."""
    page = opened()
    click(page, "recurse")
    page.get_by_role("button", name="Callers and callees").click()
    expect(page.locator(".viewer-note")).to_contain_text("Callers above and callees below recurse")
    expect(page).to_have_url(re.compile("of="))
    page.locator(".graph").focus()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("of="))
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("of="))


def test_choosing_in_the_table_marks_the_graph_and_the_other_way_round(opened: Open) -> None:
    """One choice for both: a row marks its boxes, a box its row, on whatever page it is."""
    page = opened("#leaks")
    plain = picture(page)
    page.get_by_role("button", name="leak_steadily").click()
    assert picture(page) != plain
    expect(page).to_have_url(re.compile("fn="))
    page.get_by_role("button", name="leak_steadily").click()
    assert picture(page) == plain
    click(page, "/^work$/")
    expect(page.locator(".viewer-table tr.chosen")).to_contain_text("work")


def test_the_table_sorts_filters_and_turns_pages(opened: Open) -> None:
    """Heads sort and say so; the search filters; pages follow each other without repeating a row."""
    page = opened("#table")
    largest = rows(page)[0]
    page.get_by_role("button", name="Own", exact=True).click()
    assert rows(page)[-1] == largest
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Own")
    page.get_by_role("button", name="Function", exact=True).click()
    listed = [row[0] for row in rows(page)]
    assert listed == sorted(listed)
    page.get_by_label("Search functions and files").fill("recurse")
    assert [row[0] for row in rows(page)] == ["recurse profiled.py"]
    page.get_by_label("Search functions and files").fill("")
    page = opened("#leaks")
    first = [row[0] for row in rows(page)]
    page.get_by_role("button", name="Next page").click()
    second = [row[0] for row in rows(page)]
    assert second
    assert not set(first) & set(second)


def test_the_tree_opens_branch_by_branch(opened: Open) -> None:
    """The tree lists the largest branch first and opens with a click."""
    page = opened("#leaks&by=tree")
    tree = page.locator(".viewer-tree")
    shown = tree.locator("details[open]").count()
    lines = tree.locator("li:visible").count()
    tree.locator("details:not([open]) > summary").first.click()
    expect(tree.locator("details[open]")).to_have_count(shown + 1)
    expect(tree.locator("li:visible").nth(lines)).to_be_visible()


def test_small_figures_can_be_left_out(opened: Open) -> None:
    """The smallest size shown thins out graph and table."""
    page = opened("#leaks")
    everything = int(page.locator(".viewer-pages").inner_text().split(" of ")[1].split("\n")[0])
    page.locator("summary", has_text="Show").click()
    page.get_by_label("Smallest shown").select_option("100 kB")
    assert 0 < len(rows(page)) < everything
    assert all("kB" in row[2] or "MB" in row[2] for row in rows(page))


def test_suppressed_leaks_are_counted_and_can_be_shown(opened: Open, analysis: Analysis) -> None:
    """What a suppression hides is named with its bytes; a switch shows it; both together are all leaks."""
    page = opened("#leaks")
    note = page.locator(".viewer-note")
    expect(note).to_contain_text(re.compile(r"^\d+ suppressed, [\d.]+[kM]B"))
    assert not [row for row in rows(page) if row[0].startswith("build_cache")]
    page.get_by_role("button", name="Show them").click()
    assert [row for row in rows(page) if row[0].startswith("build_cache")]
    expect(strip(page)).to_contain_text(format_size(analysis.leaked_bytes))


def test_a_range_is_drawn_on_the_chart(opened: Open) -> None:
    """Dragging over the chart chooses a range; its highest point is marked; double click zooms the chart."""
    page = opened("#temporal")
    chart = page.locator("svg.memory-chart")
    box = chart.bounding_box()
    assert box is not None
    whole = strip(page).inner_text()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.15, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, y, steps=3)
    page.mouse.move(box["x"] + box["width"] * 0.3, y, steps=3)
    page.mouse.up()
    expect(page.locator(".chart-band")).to_have_attribute("visibility", "visible")
    expect(page.locator(".chart-slice")).to_have_attribute("visibility", "visible")
    expect(page.locator(".viewer-range")).to_have_text(
        re.compile(r"^\d+\.\d+ s to \d+\.\d+ s; highest point")
    )
    assert strip(page).inner_text() != whole
    band = page.locator(".chart-band").bounding_box()
    assert band is not None
    page.get_by_role("button", name="Zoom the chart").click()
    wider = page.locator(".chart-band").bounding_box()
    assert wider is not None
    assert wider["width"] > 3 * band["width"]
    page.get_by_role("button", name="Whole time").click()
    assert strip(page).inner_text() == whole
    page.go_back()
    expect(page).to_have_url(re.compile("range="))


def test_a_range_is_moved_with_the_keyboard(opened: Open) -> None:
    """Both handles are sliders that say their time."""
    page = opened("#temporal")
    end = page.get_by_role("slider", name="End of the range")
    before = float(end.get_attribute("aria-valuenow") or 0)
    end.focus()
    for _ in range(5):
        page.keyboard.press("PageDown")
    assert float(end.get_attribute("aria-valuenow") or 0) < before * 0.6
    expect(page).to_have_url(re.compile("range="))


def test_the_chart_says_the_memory_under_the_pointer(opened: Open) -> None:
    """The cursor snaps to the nearest snapshot and reads its heap and resident memory."""
    page = opened("#temporal")
    chart = page.locator("svg.memory-chart")
    box = chart.bounding_box()
    assert box is not None
    # Near the end: how late the first allocations come on a busy machine, nobody knows.
    chart.hover(position={"x": box["width"] * 0.95, "y": 60})
    expect(page.locator(".chart-readout")).to_have_text(
        re.compile(r"^\d+\.\d+ s: heap \d+\.\d{3}MB, resident \d+\.\d{3}MB$")
    )


def test_ranges_mean_what_is_chosen(opened: Open) -> None:
    """Held at the highest point, kept, or merely allocated: more and more is counted; lifetimes choose of it."""
    page = opened("#temporal&range=0,400")

    def allocations() -> int:
        found = re.search(r"([\d,]+) allocations", strip(page).inner_text())
        assert found is not None
        return int(found[1].replace(",", ""))

    page.locator("[name=mode]").select_option("allocated in the range, not freed by its end")
    kept = allocations()
    page.locator("[name=mode]").select_option("allocated in the range")
    made = allocations()
    page.get_by_label("Lifetime").select_option("freed within 100 ms")
    assert 0 < allocations() < made
    assert 0 < kept < made


@pytest.mark.parametrize("view", ["#leaks", "#temporal&range=100,300", "#temporary"])
def test_downloads_hold_what_is_shown(opened: Open, view: str) -> None:
    """speedscope, collapsed stacks and CSV add up to the figure on the page, and to each other."""
    page = opened(view)
    found: dict[str, str] = {}
    for name in ("speedscope", "Collapsed stacks", "Stacks as CSV"):
        if not page.locator("details.menu[open]").count():
            page.locator("summary", has_text="Download").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.startswith("profiled-")
        found[name] = Path(download.value.path()).read_text()
    speedscope = json.loads(found["speedscope"])
    whole = speedscope["profiles"][0]["endValue"]
    assert format_size(whole) in strip(page).inner_text()
    assert sum(int(line.rpartition(" ")[2]) for line in found["Collapsed stacks"].splitlines()) == whole
    assert sum(int(line.split(",")[1]) for line in found["Stacks as CSV"].splitlines()[1:]) == whole
    frames = speedscope["shared"]["frames"]
    assert {"name", "file", "line"} == set(frames[-1])


def test_pictures_can_be_downloaded(opened: Open) -> None:
    """The SVG names its boxes, the PNG is one."""
    page = opened("#leaks")
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Graph as SVG").click()
    text = Path(download.value.path()).read_text()
    assert text.startswith("<svg")
    assert "leak_steadily profiled.py" in text.replace(", ", " ")
    with page.expect_download() as download:
        page.get_by_role("button", name="Graph as PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_memory_over_time_can_be_downloaded(opened: Open, analysis: Analysis) -> None:
    """Every snapshot is a row of the CSV."""
    page = opened("#temporal")
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Memory over time as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    shots = analysis.snapshots
    expected = [f"{t},{h},{r}" for t, h, r in zip(shots.time, shots.heap, shots.rss, strict=True)]
    assert lines == ["timestamp,heap_size_bytes,resident_size_bytes", *expected]


def test_colours_follow_the_choice_and_the_theme(opened: Open) -> None:
    """Package, kind of code, depth and thread colour differently; so does the dark theme, at once."""
    page = opened("#leaks")
    pictures = {picture(page)}
    for colours in ("origin", "depth", "thread"):
        pictures.add(picture(opened(f"#leaks&colour={colours}")))
    page = opened("#leaks")
    light = picture(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(50)  # observers run after the script that changed what they observe
    assert picture(page) != light
    pictures.add(picture(page))
    assert len(pictures) == 5


def test_the_legend_searches_for_its_package(opened: Open) -> None:
    """A package of the legend is searched for with a click, and no more with the next."""
    page = opened("#leaks")
    item = page.locator(".viewer-legend button").first
    item.click()
    expect(page).to_have_url(re.compile("q="))
    item.click()
    expect(page).not_to_have_url(re.compile("q="))


def test_module_code_is_named_by_its_file(opened: Open) -> None:
    """No row or box is called `<module>`."""
    page = opened("#table")
    assert any(row[0] == "profiled.py" for row in rows(page))
    assert not any("<module>" in row[0] for row in rows(page))


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_nothing_is_wider_than_the_window(opened: Open, tab: Page, width: int) -> None:
    """On a telephone as on a large screen, no tab scrolls sideways."""
    tab.set_viewport_size({"width": width, "height": 800})
    for fragment in ("", "#leaks", "#temporal", "#table", "#leaks&by=tree"):
        page = opened(fragment)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, fragment


RESTED = """() => {
    const { kept } = window.seen.shown;
    return ["rowsbytestrue true", "rowsbytesfalse false", "rowscountfalse true"].every(name => kept.has(name));
}"""
"""Whether the tables of what each switch leads to are there."""

COUNT_WORK = """() => {
    window.made = [];
    for (const name of ["regrow", "weigh", "sumUp", "byGroup", "graph", "inverted"]) {
        const make = calltree[name];
        calltree[name] = (...given) => (window.made.push(name), make.apply(calltree, given));
    }
}"""


@pytest.mark.parametrize(
    ("switch", "setting"),
    [
        ("irrelevant", "irrelevant=show"),
        ("imports", "imports=hide"),
        ("inverted", "inverted=1"),
        ("metric", "metric=count"),
    ],
)
def test_while_the_page_rests_it_makes_what_the_next_click_asks_for(
    opened: Open, switch: str, setting: str
) -> None:
    """The first click of each switch sums up nothing, and shows what a page opened in that state shows."""
    fresh = opened(f"#flamegraph&{setting}")
    expected = [picture(fresh), rows(fresh)]
    page = opened()
    page.evaluate("() => { sitegen.shown = viewer => (window.seen = viewer); state.tell('step'); }")
    before = [picture(page), rows(page)]
    page.wait_for_function(RESTED)
    page.evaluate(COUNT_WORK)
    assert [picture(page), rows(page)] == before
    if switch == "metric":
        page.locator("[name=metric]").select_option("count")
    else:
        page.locator(f"[name={switch}]").evaluate("box => box.click()")
    assert page.evaluate("window.made") == []
    assert [picture(page), rows(page)] == expected


def test_menus_lie_on_the_page_however_wide_it_is(opened: Open) -> None:
    """Their buttons come to stand anywhere in a row where the controls take several."""
    page = opened()
    for width in (320, 390, 480, 600, 700, 800, 900, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for menu in page.locator(".viewer-bar details").all():
            menu.locator("summary").click()
            box = menu.locator(".menu-body").bounding_box()
            menu.locator("summary").click()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
