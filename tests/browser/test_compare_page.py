"""The compare page: its figures are the command's, and it says what cannot be compared and what seems renamed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from command import run_sitegen
from made_captures import PROGRAM, record, write_capture
from playwright.sync_api import Browser, Page, expect

from sitegen.model import full_name
from sitegen.units import format_size

from .accessible import violations_in_both_themes

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "base": (PROGRAM, {}),
    "stepped": ("# a comment\n\n" + PROGRAM.replace("build_index(1000)", "build_index(3000)"), {}),
    "renamed": (PROGRAM.replace("build_index", "make_table"), {}),
    "traced": (PROGRAM, {"trace_python_allocators": True}),
}
METRICS = {"peak": "", "leaks": "#&view=leaks", "allocations": "#&metric=count"}

FIGURES = """() => new Promise(done => {
    sitegen.shown = ({ shown }) => {
        const { groupOf, groups, files } = shown.frames;
        const called = at => at ? [groups[at].name, files[groups[at].file].name] : ["<no frames>", ""];
        const functions = shown.changes(groupOf, groups.length)
            .map((figures, at) => [...called(groupOf[at]), ...figures]).filter(row => row[2] || row[3]);
        const [before, after] = shown.stacks();
        const { parent, frame } = shown.base;
        const stacks = [...before.keys()].filter(node => before[node] !== after[node]).map(node => {
            const path = node ? [] : [[...called(0), 0]];
            for (let at = node; at; at = parent[at]) path.unshift([...called(frame[at]), shown.lines()[at]]);
            return [path, before[node], after[node]];
        });
        const places = [...groups.keys()].map(at => shown.frames.place(groupOf.indexOf(at)));
        done({ functions, stacks, places });
    };
    state.tell("step");
})"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one program as it was, as it grew, with a function renamed, and recorded in another way."""
    home = tmp_path_factory.mktemp("compared")
    for run, (program, options) in VARIANTS.items():
        record(home / "captures" / run / "app.bin", program, **options)
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    return home


@pytest.fixture
def shown(tab: Page, home: Path) -> Callable[..., Page]:
    """Opens the compare page from the disk with two of the captures chosen."""
    return partial(show, tab, home / "site")


def show(page: Page, site: Path, base: str, head: str, settings: str = "") -> Page:
    choice = urlencode({"base": f"{base}/app.bin", "head": f"{head}/app.bin"})
    page.goto("about:blank")
    page.goto(f"{(site / 'compare.html').as_uri()}?{choice}{settings}")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    return page


def commands(home: Path, base: str, head: str, metric: str) -> Any:
    paths = [f"captures/{run}/app.bin" for run in (base, head)]
    done = run_sitegen("compare", *paths, "--format", "json", "--metric", metric, cwd=home)
    return json.loads(done.stdout)


def rows(page: Page) -> list[str]:
    page.wait_for_timeout(200)
    script = "rows => rows.map(row => row.innerText.replace(/\\s+/g, ' ').trim())"
    found: list[str] = page.locator(".viewer-table tbody tr").evaluate_all(script)
    return found


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("head", ["stepped", "renamed"])
def test_every_function_and_stack_has_the_commands_figures(
    shown: Callable[..., Page], home: Path, head: str, metric: str
) -> None:
    """To the byte: own and total, before and after, and every stack with its lines."""
    found = shown("base", head, METRICS[metric]).evaluate(FIGURES)
    expected = commands(home, "base", head, metric)
    names = ("function", "file", "self_delta", "total_delta", "self_before", "self_after")
    totals = ("total_before", "total_after")
    assert sorted(found["functions"]) == sorted(
        [row[name] for name in (*names, *totals)] for row in expected["functions"]
    )
    assert sorted(found["stacks"]) == sorted(
        [
            [[frame["function"], frame["file"], frame["line"]] for frame in row["stack"]],
            row["before"],
            row["after"],
        ]
        for row in expected["stacks"]
    )
    own = sum(row[2] for row in found["functions"])
    assert own == sum(after - before for _, before, after in found["stacks"])
    assert own == expected["after"] - expected["before"]


def test_allocations_at_the_peak_are_not_taken_for_all_that_were_made(
    shown: Callable[..., Page], home: Path
) -> None:
    """A finding speaks of all, of which no capture knows the stacks: the page and the command say what they compare."""
    site = json.loads((home / "site" / "api" / "site.json").read_text())
    made = {capture["run"]: f"{capture['total_allocations']:,}" for capture in site["captures"]}
    said = f"Allocations at the peak, of {made['base']} and {made['stepped']} made: "
    expect(shown("base", "stepped", METRICS["allocations"]).locator("#answer")).to_contain_text(said)
    compared = ("compare", "captures/base", "captures/stepped", "--metric", "allocations")
    assert "app: allocations at the peak " in run_sitegen(*compared, cwd=home).stdout
    assert (
        "| Allocations at the peak before |"
        in run_sitegen(*compared, "--format", "markdown", cwd=home).stdout
    )


def test_a_box_of_the_difference_is_named_by_its_file_alone(shown: Callable[..., Page]) -> None:
    """It stands for a function in both captures, whose lines need not be the same, nor be one: stacks have them."""
    places = shown("base", "stepped").evaluate(FIGURES)["places"]
    assert "app.bin.py" in places
    assert not [place for place in places if re.search(r":\d+$", place)]


def test_a_planted_step_is_said_on_top_and_first_in_every_list(shown: Callable[..., Page]) -> None:
    """The sentence has totals and cause; functions, files and stacks begin with it."""
    page = shown("base", "stepped")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("above all in build_index")
    expect(answer).to_contain_text(" in base, ")
    expect(answer).to_contain_text(" in stepped: +2.01")
    assert rows(page)[0].startswith("build_index app.bin.py +2.01")
    page.get_by_role("button", name="Stacks").click()
    assert rows(page)[0].startswith("build_index app.bin.py:")
    expect(page.locator(".viewer-table")).to_contain_text("1 of ")


def test_a_capture_does_not_differ_from_itself(shown: Callable[..., Page]) -> None:
    page = shown("base", "base")
    expect(page.locator("#answer")).to_contain_text("nothing changed")
    assert rows(page) == ["Nothing."]
    page.get_by_role("button", name="Stacks").click()
    assert rows(page) == ["Nothing."]


def test_swapping_mirrors(shown: Callable[..., Page]) -> None:
    """Every figure keeps its size and changes its sign; before and after change places."""
    page = shown("base", "stepped")
    there = page.evaluate(FIGURES)
    page.get_by_title("Swap base and head").click()
    page.wait_for_url("**base=stepped**")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    back = page.evaluate(FIGURES)
    assert sorted(
        [name, file, -own, -total, b, a, d, c] for name, file, own, total, a, b, c, d in back["functions"]
    ) == sorted(there["functions"])
    assert sorted((before, after) for _, after, before in back["stacks"]) == sorted(
        (before, after) for _, before, after in there["stacks"]
    )


def test_a_renamed_function_is_offered_and_can_be_taken_as_one(shown: Callable[..., Page]) -> None:
    page = shown("base", "renamed")
    offer = page.locator("#renames")
    expect(offer).to_contain_text("build_index app.bin.py may now be make_table app.bin.py")
    assert [row.split()[0] for row in rows(page)] == ["build_index", "make_table"]
    offer.get_by_role("link", name="Take them as one function").click()
    page.wait_for_url("**renamed=join**")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    expect(page.locator("#answer")).to_contain_text("nothing changed")
    assert rows(page) == ["Nothing."]


def test_what_cannot_be_compared_is_refused_or_marked_with_the_reason(shown: Callable[..., Page]) -> None:
    """By one figure the pair is compared and marked; by another it is refused, and the page goes on."""
    page = shown("base", "traced")
    expect(page.locator("#notices")).to_contain_text("objects are counted beside the arenas")
    expect(page.locator(".comparison canvas")).to_be_visible()
    page.locator("[name=figure]").select_option("Allocations")
    expect(page.locator("#answer")).to_contain_text("cannot be compared by this figure")
    expect(page.locator("#notices")).to_contain_text("which counts every object")
    expect(page.locator(".comparison canvas")).to_be_hidden()
    expect(page).to_have_url(re.compile("metric=count"))
    page.locator("[name=figure]").select_option("Leaked")
    expect(page.locator(".comparison canvas")).to_be_visible()
    expect(page).to_have_url(re.compile("view=leaks$"))
    expect(page.locator("#answer")).to_contain_text("Leaked: ")


def test_a_pair_that_is_refused_at_first_is_shown_by_another_figure(shown: Callable[..., Page]) -> None:
    page = shown("base", "traced", "#&metric=count")
    expect(page.locator(".comparison canvas")).to_be_hidden()
    page.locator("[name=figure]").select_option("Peak")
    expect(page.locator(".comparison canvas")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("Peak: ")


def test_two_runs_are_compared_by_the_chosen_figure(tab: Page, home: Path) -> None:
    """The figure stays chosen on the way to a module's captures and back; reasons stand beside what has some."""
    page = tab
    page.goto(f"{(home / 'site' / 'compare.html').as_uri()}?base-run=base&head-run=stepped")
    expect(page.locator("#answer")).to_have_text(
        re.compile(r"^Peak of \w+: [\d.]+MB, then [\d.]+MB: [^,]+\.$")
    )
    page.locator("[name=figure]").select_option("Leaked")
    expect(page.locator("#pairs th").nth(1)).to_have_text("Leaked before")
    page.locator("#pairs a").click()
    page.wait_for_selector(".comparison canvas")
    expect(page).to_have_url(re.compile("view=leaks$"))
    page.locator("[name=head-run]").select_option("traced")
    page.wait_for_url("**head=traced**")
    expect(page).to_have_url(re.compile("view=leaks$"))
    page.goto(f"{(home / 'site' / 'compare.html').as_uri()}?base-run=base&head-run=traced#&metric=count")
    page.reload()
    expect(page.locator("#pairs")).to_contain_text("not comparable")
    expect(page.locator("#pairs")).to_contain_text("which counts every object")


def test_of_repeats_and_chunks_the_same_stand_for_a_run_as_in_the_command(tab: Page, tmp_path: Path) -> None:
    """The smallest repeat, the largest chunk: what a process held at its peak is in one of its chunks alone."""
    for run, more in (("base", 0), ("head", 70_000)):
        for name, sizes in (("repeated", (30_000, 10_000)), ("chunked@w", (20_000, 50_000, 40_000))):
            for number, size in enumerate(sizes, 1):
                ending = f"~7.{number:03}" if "@" in name else f"~{number}"
                stack = [("main", "/p/app.py", 1)]
                write_capture(tmp_path / "captures" / run / f"{name}{ending}.bin", [(stack, size + more)])
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    told = run_sitegen("compare", "captures/base", "captures/head", "--format", "json", cwd=tmp_path).stdout
    figures = {
        full_name(row["module"], row["instance"]): [format_size(row["before"]), format_size(row["after"])]
        for row in json.loads(told)["modules"]
    }
    assert figures == {"chunked:w": ["50.000kB", "120.000kB"], "repeated": ["10.000kB", "80.000kB"]}
    tab.goto(f"{(tmp_path / 'site' / 'compare.html').as_uri()}?base-run=base&head-run=head")
    tab.wait_for_selector("html[data-ready=true]", state="attached")
    shown = tab.locator("#pairs tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    assert {row[0]: row[1:3] for row in shown} == figures
    # The like of one that was chosen is what stands for it in the other run, too.
    tab.locator("[name=base]").select_option("repeated (base/repeated~1.bin)")
    tab.wait_for_url("**head=**")
    expect(tab.locator("[name=head] option:checked")).to_have_text("repeated (head/repeated~2.bin)")


def test_a_capture_that_the_site_does_not_have_is_said(shown: Callable[..., Page]) -> None:
    expect(shown("base", "nowhere").locator("#notices")).to_have_text(
        "This site has no capture nowhere/app.bin."
    )


@pytest.mark.parametrize("settings", ["", "#&by=stacks", "#&by=files&width=before"])
def test_the_page_is_accessible(browser: Browser, home: Path, settings: str) -> None:
    context = browser.new_context()
    page = show(context.new_page(), home / "site", "base", "renamed", settings)
    assert not violations_in_both_themes(page)
    context.close()


def test_new_and_gone_differ_by_more_than_colour(shown: Callable[..., Page]) -> None:
    """Boxes of what one side alone has carry a pattern and a sign; the legend says the same."""
    page = shown("base", "renamed")
    expect(page.locator(".viewer-legend")).to_contain_text("+ new")
    expect(page.locator(".viewer-legend")).to_contain_text("\N{MULTIPLICATION SIGN} gone")
    patterns = page.locator(".viewer-legend .swatch").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundImage !== 'none')"
    )
    assert patterns == [True, False, False, False, True]
    # Of boxes of one colour, only a pattern gives more than two shades beside the text: look right of it.
    shades = page.evaluate(
        """() => {
            const canvas = document.querySelector(".graph canvas");
            const pen = canvas.getContext("2d");
            const row = y => {
                const { data } = pen.getImageData(canvas.width * .62, y, canvas.width * .05, 16);
                const pixels = Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3));
                return new Set(pixels.map(String)).size;
            };
            return [row(22), row(62)];
        }"""
    )
    assert shades[0] <= 2 < shades[1]
