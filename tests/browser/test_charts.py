"""Charts say under the pointer and the arrow keys what api/site.json says, and lead to what explains it."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from command import run_sitegen
from made_history import BEGUN, DAY, write_history
from playwright.sync_api import Locator, Page, expect
from svg_paths import stretches

from sitegen.units import format_size

from .accessible import violations_in_both_themes
from .conftest import open_page

RUNS = 8
NONE = "\N{EN DASH}"
STEP = 5  # instance `a` grows in this run
GAP = 3  # instance `b` was not captured in this run


def peak(run: int, instance: int) -> int | None:
    if instance:
        return None if run == GAP else 400_000 + 11 * run
    return (30_000_000 if run >= STEP else 20_000_000) + 1_001 * run


def started(run: int) -> int:
    """A run a day, then one an hour."""
    return BEGUN + (run * DAY if run < 4 else 4 * DAY + run * DAY // 24)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a made-up history of module `app`."""
    home = tmp_path_factory.mktemp("history")
    write_history(home / "captures", RUNS, ["a", "b"], peak, started)
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    return home / "site"


@pytest.fixture
def module(tab: Page, made: Path) -> Page:
    """The module's page of the made-up history."""
    return open_page(tab, made / "modules" / "app.html")


def figure(page: Page, title: str) -> Locator:
    return page.locator("figure", has=page.get_by_role("heading", name=title, exact=True))


def legend(chart: Locator) -> list[str]:
    return [text.strip() for text in chart.locator("figcaption b").all_inner_texts()]


def hover(page: Page, chart: Locator, x: float, share: float = 0.5) -> None:
    """Puts the pointer on a chart at an x of its own units."""
    svg = chart.locator("svg")
    svg.scroll_into_view_if_needed()
    box, width = svg.bounding_box(), svg.evaluate("svg => svg.viewBox.baseVal.width")
    assert box
    page.mouse.move(box["x"] + x / width * box["width"], box["y"] + share * box["height"])


def circles(chart: Locator, line: int) -> list[tuple[float, float]]:
    """The centres of a line's points, which are one path of circles."""
    drawn = chart.locator(f'[data-line="{line}"] .dots').get_attribute("d") or ""
    return [
        (float(x), round(float(y) + float(r), 1))
        for x, y, r in re.findall(r"M([\d.]+) ([\d.]+)a([\d.]+) ", drawn)
    ]


def capture_of(site: Path, run: int, instance: str) -> str:
    captures = json.loads((site / "api" / "site.json").read_text())["captures"]
    (found,) = (c["id"] for c in captures if c["run"] == f"run-{run:03}" and c["instance"] == instance)
    return str(found)


def by_run(site: Path, instance: str, name: str) -> list[int | None]:
    captures = json.loads((site / "api" / "site.json").read_text())["captures"]
    held = {c["run"]: c[name] for c in captures if c["instance"] == instance}
    return [held.get(f"run-{run:03}") for run in range(RUNS)]


def test_on_a_telephone_a_chart_that_scrolls_begins_with_the_newest_run(tab: Page, made: Path) -> None:
    """And so do its heading and what is said below it: none of them is scrolled away."""
    tab.set_viewport_size({"width": 390, "height": 800})
    chart = figure(open_page(tab, made / "modules" / "app.html"), "Peak memory")
    edges = "shape => { const { left, right } = shape.getBoundingClientRect(); return [left, right]; }"
    left, right = chart.evaluate(edges)
    drawn = chart.locator("svg").evaluate(edges)
    assert drawn[0] < left - 100
    assert abs(drawn[1] - right) < 1
    for part in ("h3", "figcaption"):
        assert [round(edge) for edge in chart.locator(part).evaluate(edges)] == [round(left), round(right)]


@pytest.mark.parametrize(
    ("title", "name"), [("Peak memory", "peak_bytes"), ("Leaked memory", "leaked_bytes")]
)
def test_hover_says_what_site_json_says(module: Page, made: Path, title: str, name: str) -> None:
    """Run by run, with its label, commit and time; a missing figure is a dash, not a zero."""
    chart = figure(module, title)
    for run, (x, _) in enumerate(circles(chart, 0)):
        hover(module, chart, x)
        figures = [by_run(made, instance, name)[run] for instance in ("a", "b")]
        assert legend(chart) == [NONE if value is None else format_size(value) for value in figures]
        expect(chart.locator(".chart-readout")).to_contain_text(
            re.compile(rf"^run {run} · .*2025.* · commit 0000000000")
        )


def test_the_arrow_keys_say_the_same_to_those_who_do_not_see_it(module: Page, made: Path) -> None:
    """The cursor is a slider: its text has the run, the commit and every line's value."""
    chart = figure(module, "Peak memory")
    cursor = chart.get_by_role("slider", name="Position in the chart")
    cursor.focus()
    for run in reversed(range(RUNS)):
        text = cursor.get_attribute("aria-valuetext") or ""
        assert text.startswith(f"run {run} ")
        assert cursor.get_attribute("aria-valuenow") == str(run)
        assert f"a {format_size(by_run(made, 'a', 'peak_bytes')[run] or 0)}" in text
        module.keyboard.press("ArrowLeft")
    module.keyboard.press("End")
    assert cursor.get_attribute("aria-valuenow") == str(RUNS - 1)
    module.keyboard.press("Home")
    assert cursor.get_attribute("aria-valuenow") == "0"


def test_every_step_leads_to_its_comparison(module: Page, made: Path) -> None:
    """Enter goes from the cursor to the run and the links; the comparison shows both captures."""
    chart = figure(module, "Peak memory")
    chart.get_by_role("slider").focus()
    for _ in range(RUNS - 1 - STEP):
        module.keyboard.press("ArrowLeft")
    module.keyboard.press("Enter")
    assert module.evaluate("document.activeElement.textContent") == f"run {STEP}"
    links = chart.locator("figcaption b a")
    query = parse_qs(urlsplit(links.first.get_attribute("href") or "").query)
    assert query == {"base": [capture_of(made, STEP - 1, "a")], "head": [capture_of(made, STEP, "a")]}
    links.first.click()
    module.wait_for_selector("html[data-ready=true]", state="attached")
    expect(module.locator("#answer")).to_contain_text("%")


def test_across_a_gap_a_step_is_against_the_last_run_that_has_a_figure(module: Page, made: Path) -> None:
    chart = figure(module, "Peak memory")
    hover(module, chart, circles(chart, 0)[GAP + 1][0])
    link = chart.locator("figcaption b").nth(1).locator("a").get_attribute("href") or ""
    assert parse_qs(urlsplit(link).query)["base"] == [capture_of(made, GAP - 1, "b")]


def test_findings_are_marked_where_they_are_and_say_what_they_are(module: Page, made: Path) -> None:
    findings = json.loads((made / "api" / "site.json").read_text())["findings"]
    step = next(f for f in findings if f["kind"] == "step" and f["metric"] == "peak")
    mark = figure(module, "Peak memory").locator("a.mark")
    assert mark.count() == 1
    assert mark.locator("title").text_content() == step["message"]
    assert (mark.get_attribute("href") or "").removeprefix("../") == step["url"]
    x, y = circles(figure(module, "Peak memory"), 0)[STEP]
    assert mark.get_attribute("transform") == f"translate({x:g} {y:g})"


def test_scripts_draw_a_timeline_as_python_did(module: Page, made: Path) -> None:
    """Else it would jump when the page is loaded."""
    drawn = (made / "modules" / "app.html").read_text()
    before = re.findall(r'data-line="\d+"><path d="([^"]+)"', drawn)
    after = module.locator("[data-line] path:not(.dots)").evaluate_all(
        "all => all.map(path => path.getAttribute('d'))"
    )
    assert len(before) == len(after) > 0
    for old, new in zip(before, after, strict=True):
        ends = [[*stretch[0], *stretch[-1]] for stretch in stretches(old)]
        now = [re.findall(r"[\d.]+", stretch) for stretch in new.split("M")[1:]]
        assert ends == [pytest.approx([float(n) for n in (*one[:2], *one[-2:])], abs=0.51) for one in now]
    chart = drawn.partition("timeline-chart")[2].partition("</svg>")[0]
    points = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', chart)
    lines = module.locator(".timeline-chart").first.locator("[data-line]").count()
    moved = [point for line in range(lines) for point in circles(figure(module, "Peak memory"), line)]
    assert [(float(x), float(y)) for x, y in points] == [pytest.approx(place, abs=0.11) for place in moved]
    ticks = re.findall(r'<text class="tick y"[^>]*>([^<]+)<', drawn.partition('id="curves"')[0])
    assert module.locator(".timeline-chart .tick.y").all_text_contents() == ticks


def test_switches_move_the_points_and_keep_their_values(module: Page) -> None:
    """Log and dated: other places, equal values, gaps that stay gaps; and back again."""
    chart = figure(module, "Peak memory")
    before = [circles(chart, line) for line in (0, 1)]
    module.get_by_label("Log scale").check()
    log = [circles(chart, line) for line in (0, 1)]
    assert [[x for x, _ in line] for line in log] == [[x for x, _ in line] for line in before]
    assert log[1][0][1] < before[1][0][1] - 20  # small figures leave the floor
    module.get_by_label("Spaced by date").check()
    dated = [x for x, _ in circles(chart, 0)]
    days, hours = [b - a for a, b in itertools.pairwise(dated[:4])], dated[6] - dated[5]
    assert max(days) - min(days) < 0.3
    assert hours == pytest.approx(days[0] / 24, abs=0.2)
    hover(module, chart, dated[2])
    assert legend(chart) == [format_size(peak(2, 0) or 0), format_size(peak(2, 1) or 0)]
    d = chart.locator('[data-line="1"] path:not(.dots)').get_attribute("d") or ""
    assert d.count("M") == 2
    assert len(circles(chart, 1)) == RUNS - 1
    expect(module).to_have_url(re.compile("scale=log"))
    expect(module).to_have_url(re.compile("spacing=dated"))
    module.reload()
    module.wait_for_selector("html[data-ready=true]", state="attached")
    assert [x for x, _ in circles(chart, 0)] == dated
    module.get_by_label("Log scale").uncheck()
    module.get_by_label("Spaced by date").uncheck()
    assert [circles(chart, line) for line in (0, 1)] == before


def test_a_line_can_be_hidden_in_all_timelines(module: Page) -> None:
    button = module.get_by_role("button", name="Show b").first
    button.focus()
    module.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    shown = "all => all.map(line => getComputedStyle(line).visibility)"
    lines = module.locator('.timeline-chart [data-line="1"]')
    assert set(lines.evaluate_all(shown)) == {"hidden"}
    module.keyboard.press("Enter")
    assert set(lines.evaluate_all(shown)) == {"visible"}


def test_overlaid_curves_say_every_run_at_a_moment(module: Page) -> None:
    """At the newest run's highest moment each run says its own peak, for all are shaped alike."""
    chart = module.locator("figure", has=module.locator(".overlay-chart")).first
    chart.get_by_role("slider").focus()
    newest_first = [format_size(peak(run, 0) or 0) for run in reversed(range(RUNS))]
    assert legend(chart) == newest_first
    hover(module, chart, 64)
    assert legend(chart) == [format_size((peak(run, 0) or 0) // 4) for run in reversed(range(RUNS))]
    chart.get_by_role("button", name=f"Show run {RUNS - 1}", exact=True).click()
    assert not chart.locator('[data-line="0"]').is_visible()


# The service view


@pytest.fixture
def service(tab: Page, sample_site: Path) -> Page:
    return open_page(tab, sample_site / "runs" / "release-2.4.html")


def sizes(texts: list[str]) -> float:
    units = {"B": 1, "kB": 1e3, "MB": 1e6}
    found = [re.fullmatch(r"([\d.]+)(\w*B)", text) for text in texts if text != NONE]
    return sum(float(match[1]) * units[match[2]] for match in found if match)


def test_the_service_view_says_time_total_and_every_module(service: Page) -> None:
    """The cursor begins at the highest moment, which the page explains in words; modules add up to the total."""
    chart = service.locator("figure.service")
    readout = chart.locator(".chart-readout")
    answer = service.locator("#service + .answer").inner_text()
    moment, total = re.findall(r"moment, (.+?) after .+ the run held ([\d.]+MB)", answer)[0]
    expect(readout).to_contain_text(f"{moment}: {total} in all")
    for x in (100, 300, 500, 700):
        hover(service, chart, x, 0.3)
        said = re.search(r"^[\d.]+ s: ([\d.]+\w*B) in all", readout.inner_text())
        assert said
        assert sizes(legend(chart)) == pytest.approx(sizes([said[1]]), rel=1e-3)


def test_the_service_view_names_functions_at_the_highest_moment(service: Page) -> None:
    rows = service.locator("#service ~ .scroll tbody tr")
    assert rows.count() > 3
    assert rows.first.locator("td").first.inner_text().endswith("MB")


def test_a_range_of_the_service_view_says_its_highest_moment(service: Page) -> None:
    chart = service.locator("figure.service")
    end = chart.get_by_role("slider", name="End of the range")
    end.focus()
    for _ in range(8):
        service.keyboard.press("PageDown")
    expect(service).to_have_url(re.compile("range=0,"))
    expect(chart.locator(".chart-band")).to_have_attribute("visibility", "visible")
    expect(chart.locator(".chart-readout")).to_contain_text("the highest of the range")
    moment = re.match(r"([\d.]+) s", chart.locator(".chart-readout").inner_text())
    assert moment
    assert float(moment[1]) <= float(end.get_attribute("aria-valuenow") or 0) / 1000 + 0.01


def test_the_address_keeps_a_range(tab: Page, sample_site: Path) -> None:
    """A link to a range shows it, with its highest moment."""
    page = open_page(tab, sample_site / "runs" / "release-2.4.html", "#&range=1000,2500")
    expect(page.locator(".chart-band")).to_have_attribute("visibility", "visible")
    expect(page.locator(".chart-readout")).to_have_text(
        re.compile(r"^2\.\d+ s: [\d.]+MB in all, the highest of the range$")
    )


def test_a_range_is_drawn_over_the_processes_without_following_their_links(service: Page) -> None:
    before = service.url
    svg = service.locator(".service-chart")
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    assert box
    y = box["y"] + box["height"] * 0.6  # inside the areas, which are links
    service.mouse.move(box["x"] + box["width"] * 0.4, y)
    service.mouse.down()
    service.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    service.mouse.move(box["x"] + box["width"] * 0.6, y, steps=4)
    service.mouse.up()
    service.wait_for_timeout(100)
    assert service.url.partition("#")[0] == before
    expect(service).to_have_url(re.compile(r"range=\d+,\d+"))


def test_bands_and_lives_lead_to_captures(service: Page, sample_site: Path) -> None:
    """A process's life to its capture; the band of a module to its only capture, or to its row."""
    links = service.locator(".service-chart a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    lives = [link for link in links if "captures/" in link]
    assert len(lives) >= 6
    for link in lives:
        assert (sample_site / "runs" / link).resolve().is_file()
    (row,) = [link for link in links if link.startswith("#")]
    assert service.locator(f'[id="{row[1:]}"]').count() == 1
    assert service.locator(".service-chart .death").count() == 1


# One function over the runs


def followed(site: Path) -> list[list[Any]]:
    text = (site / "data" / "functions.js").read_text()
    rows: list[list[Any]] = json.loads(text[len("sitegen.functions(") : text.rindex(")")])
    return rows


def test_any_function_can_be_followed_with_the_keyboard(tab: Page, sample_site: Path) -> None:
    """One that is in no table is typed, its figures are those of the data file, and the address keeps it."""
    page = open_page(tab, sample_site / "functions.html")
    shown = set(page.locator("tbody code").all_inner_texts())
    name, file, held, left = next(
        row for row in followed(sample_site) if row[0] not in shown and None not in row[2]
    )
    page.get_by_role("combobox", name="Function").focus()
    page.keyboard.type(f"{file}:{name}")
    page.keyboard.press("Enter")
    section = page.locator("[data-followed]")
    expect(section.locator("h3")).to_have_text(f"{name} {file}")
    chart = section.locator("figure")
    cursor = chart.get_by_role("slider")
    cursor.focus()
    for run in reversed(range(len(held))):
        assert legend(chart) == [format_size(held[run]), format_size(left[run])]
        page.keyboard.press("ArrowLeft")
    page.reload()
    page.wait_for_selector("html[data-ready=true]", state="attached")
    expect(section.locator("h3")).to_have_text(f"{name} {file}")


def test_an_older_run_leads_to_its_functions_over_the_runs(tab: Page, sample_site: Path) -> None:
    page = open_page(tab, sample_site / "functions" / "release-2.1.html")
    link = page.get_by_role("link", name="expose", exact=True).first
    link.click()
    page.wait_for_url(re.compile("/functions.html#one&function="))
    expect(page.locator("[data-followed] h3")).to_have_text("expose app/capture.py")
    peak_of = {(row[0], row[1]): row[2] for row in followed(sample_site)}
    expected = format_size(peak_of["expose", "app/capture.py"][-1])
    assert legend(page.locator("[data-followed] figure"))[0] == expected


def test_a_function_that_is_none_is_said_to_be_none(tab: Page, sample_site: Path) -> None:
    page = open_page(tab, sample_site / "functions.html")
    page.get_by_role("combobox", name="Function").fill("no/such.py:thing")
    page.keyboard.press("Enter")
    expect(page.locator("[data-followed] output")).to_have_text(
        "None of the functions that held most is called that."
    )


def test_axe_finds_nothing_with_charts_in_use(module: Page) -> None:
    module.get_by_label("Log scale").check()
    hover(module, figure(module, "Peak memory"), 400)
    module.get_by_role("button", name="Show b").first.click()
    assert not violations_in_both_themes(module)


def test_without_scripts_charts_are_drawn_marked_and_have_titles(browser: Any, made: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((made / "modules" / "app.html").as_uri())
    assert (
        page.locator(".timeline-chart circle title").first.text_content()
        == f"a, run 0: {format_size(peak(0, 0) or 0)}"
    )
    assert page.locator(".timeline-chart a.mark").count() >= 1
    assert not page.locator(".switches").is_visible()
    context.close()
