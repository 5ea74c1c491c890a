"""The whole site in a real browser: in both themes, in narrow and wide windows, and with hostile names.

That no page complains or asks for anything outside is proved of every page in `test_links`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from command import run_sitegen
from made_captures import write_capture
from playwright.sync_api import Browser, Page, ViewportSize
from static_host import hosting

from .accessible import violations_in_both_themes
from .watched import watched

KINDS = (
    "index.html",
    "runs/release-2.4.html",
    "modules/app.capture.html",
    "functions.html",
    "functions/release-2.5.html",
    "compare.html",
)
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "\"'><img src=x onerror=document.title='owned'>",
    "two\nlines\tand\u202eright to left\u200b",
    "&lt;b&gt; {{ 7*7 }} ${7*7} %s",
    "</title></textarea></style><svg onload=document.title='owned'>",
)


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready=true]", state="attached")


def pages_of(site_json: dict[str, Any]) -> list[str]:
    captures = [c for c in site_json["captures"] if c["run"] == "release-2.4"]
    reports = [url for url in captures[-1]["reports"].values() if url]
    return [*KINDS, *(capture["url"] for capture in captures), *reports]


def test_times_are_those_of_the_readers_zone(browser: Browser, sample_site: Path) -> None:
    """A page says UTC; a script writes the same moment as the reader's clock shows it, and keeps the other."""
    with (
        hosting(sample_site, "/reports/") as base,
        watched(browser, base, timezone_id="Asia/Kolkata") as page,
    ):
        opened(page, base + "index.html")
        times = page.eval_on_selector_all("time", "all => all.map(t => [t.dateTime, t.title, t.textContent])")
    assert times
    for moment, utc, shown in times:
        at = datetime.fromisoformat(moment)
        assert utc == f"{at:%Y-%m-%d %H:%M} UTC"
        assert shown == f"{at + timedelta(hours=5, minutes=30):%Y-%m-%d %H:%M}"


SHIFTS = """() => new Promise(done => {
    const sum = entries => entries.reduce((sum, { value }) => sum + value, 0);
    new PerformanceObserver(list => done(sum(list.getEntries()))).observe({ type: "layout-shift", buffered: true });
    setTimeout(done, 300, 0);
})"""
"""How far things have jumped since the page was asked for: the browser's own measure, of which 0.1 is good."""


FITS = """() => new Promise(done => {
    // Scripts that go by the width have had their turn in the first frame.
    const fits = () => done(document.documentElement.scrollWidth <= innerWidth);
    requestAnimationFrame(() => requestAnimationFrame(fits));
})"""


@pytest.mark.parametrize("widths", [(1280, 1440), (390, 320)], ids=["wide", "narrow"])
def test_nothing_jumps_while_a_page_loads_and_no_page_is_wider_than_the_window(
    browser: Browser, sample_site: Path, site_json: dict[str, Any], widths: tuple[int, int]
) -> None:
    """Scripts bring their controls, tabs and graphs to places that were kept for them.

    A page, and each of its reports, fits the window that it was loaded in, and what this window becomes.
    """
    sizes: list[ViewportSize] = [{"width": width, "height": 900} for width in widths]
    jumped, wider = {}, []
    with hosting(sample_site, "/reports/") as base, watched(browser, base) as page:
        for url in pages_of(site_json):
            page.set_viewport_size(sizes[0])
            opened(page, base + url)
            if "#" not in url:  # otherwise it is there already, and shows another report
                jumped[url] = page.evaluate(SHIFTS)
            for size in sizes:
                page.set_viewport_size(size)
                wider += [] if page.evaluate(FITS) else [(url, size)]
    assert {url: far for url, far in jumped.items() if far > 0.05} == {}
    assert wider == []


def test_a_name_of_a_hundred_letters_pushes_no_figure_out_of_sight(browser: Browser, tmp_path: Path) -> None:
    """Tests with parameters are called so. No legend is wider than its page, and the first figure of a row is seen."""
    stack = [("load", "tests.py", 3)]
    for run in ("one", "two"):
        for instance in ("test_load", f"test_names[{'x' * 100}]"):
            write_capture(tmp_path / "captures" / run / f"tests@{instance}.bin", [(stack, 500_000)])
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    figure = """page => [...page.querySelectorAll("tbody tr")].filter(row => row.querySelector("td")).map(row =>
        row.querySelector("td").getBoundingClientRect().right < row.closest(".scroll").getBoundingClientRect().right)"""
    with hosting(tmp_path / "site", "/reports/") as base, watched(browser, base) as page:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for url in ("index.html", "runs/two.html", "modules/tests.html", "compare.html"):
                opened(page, base + url)
                assert page.evaluate(FITS), (url, width)
                assert set(page.locator("main").evaluate(figure)) == {True}, (url, width)


def test_reports_of_a_theme_without_tabs_are_shown_below_each_other(
    browser: Browser, sample_site: Path, site_json: dict[str, Any]
) -> None:
    """What is hidden until tabs are there is shown where none come."""
    url = site_json["captures"][-1]["url"]
    html = re.sub(r'<nav class="tabs".*?</nav>', "", (sample_site / url).read_text(), flags=re.DOTALL)
    with hosting(sample_site, "/reports/") as base, watched(browser, base) as page:
        page.route(f"**/{url}", lambda route: route.fulfill(body=html, content_type="text/html"))
        opened(page, base + url)
        shown = page.locator(".report > h2").evaluate_all("all => all.map(h2 => h2.checkVisibility())")
    assert len(shown) > 4
    assert all(shown)


def test_axe_finds_no_violation(browser: Browser, sample_site: Path, site_json: dict[str, Any]) -> None:
    capture = next(c for c in site_json["captures"] if c["status"] == "unfinished")
    reports = [url for url in capture["reports"].values() if url]
    with hosting(sample_site, "/reports/") as base, watched(browser, base) as page:
        for url in (*KINDS, *reports):
            opened(page, base + url)
            assert not violations_in_both_themes(page), url


def test_the_theme_switch_is_remembered(browser: Browser, sample_site: Path) -> None:
    with hosting(sample_site, "/reports/") as base, watched(browser, base, color_scheme="light") as page:
        opened(page, f"{base}index.html")
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("header.site .switch")
        after = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert before != after
        opened(page, f"{base}modules/app.web.html")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after


def test_the_search_box_finds_modules_captures_and_functions(browser: Browser, sample_site: Path) -> None:
    base = f"{sample_site.as_uri()}/"
    with watched(browser, base) as page:
        opened(page, f"{base}index.html")
        page.keyboard.press("/")
        page.keyboard.type("build_index")
        page.wait_for_selector("#found a")
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-ready=true]", state="attached")
        assert page.inner_text("h1").startswith("app.embeddings")


def test_hostile_names_are_shown_as_text_and_run_nothing(browser: Browser, tmp_path: Path) -> None:
    run = tmp_path / "captures" / HOSTILE[1].replace("/", "_")
    long = "x" * 100_000
    stacks = [
        (((name, f"/srv/{name}.py", 3), (long, f"/{long}.py", 1)), 5_000 + n)
        for n, name in enumerate(HOSTILE)
    ]
    name = HOSTILE[4].replace("/", "_")
    write_capture(run / f"{name}.bin", stacks, command_line=HOSTILE[0], threads=HOSTILE)
    (run / "NOTES.md").write_text(
        f"# {HOSTILE[0]}\n\n[link](javascript:document.title='owned') {HOSTILE[1]}\n"
    )
    run_sitegen("build", "captures", "-o", "site", "--title", HOSTILE[0], cwd=tmp_path)
    site = tmp_path / "site"
    base = f"{site.as_uri()}/"
    with watched(browser, base) as page:
        # 404.html finds its style and scripts from a host's root alone.
        for path in sorted(set(site.rglob("*.html")) - {site / "404.html"}):
            opened(page, base + quote(path.relative_to(site).as_posix()))
            assert page.title() != "owned"
            assert page.locator("img, [onerror], [onload], a[href^=javascript]").count() == 0
        text = page.inner_text("body")
        assert HOSTILE[0] in text
    capture = next((site / "captures").rglob("*.html"))
    assert capture.stat().st_size < 5_000_000


def test_any_two_captures_can_be_compared_from_the_disk_and_the_choice_is_in_the_address(
    browser: Browser, sample_site: Path
) -> None:
    base = f"{sample_site.as_uri()}/"
    with watched(browser, base) as page:
        opened(page, f"{base}runs/release-2.3.html")
        page.click("text=Compare with 2.2")
        page.wait_for_selector("html[data-ready=true]", state="attached")
        page.click("#pairs a:text-is('app.embeddings')")
        page.wait_for_selector(".comparison canvas")
        page.wait_for_selector("html[data-ready=true]", state="attached")
        assert "base=release-2.2" in page.url
        assert page.inner_text(".comparison tbody tr:first-child th").startswith("build_index")
        assert "+53.5 %" in page.inner_text("#answer")
        page.select_option("select[name=base-run]", "release-2.1")
        page.wait_for_url("**base=release-2.1**")
        page.go_back()
        page.wait_for_url("**base=release-2.2**")
