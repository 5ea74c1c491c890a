"""Pages of a site of many runs: they load as those of few do, and nothing is out of reach, with scripts or without."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from made_history import write_history
from playwright.sync_api import Browser, Page, expect

from sitegen.site.sheets import NEWEST
from sitegen.units import format_size

from .accessible import violations_in_both_themes
from .conftest import open_page
from .test_charts import figure, hover, legend

INSTANCES = "abcdefg"  # the last is drawn with rings
FEW, MANY = 16, 32
PAGES = ("index.html", "modules/app.html", "functions.html")
LISTS = ("runs/all/1.html", "modules/all/app-1.html", "modules/all/app-2.html")


def peak(run: int, instance: int) -> int:
    return 1_000_000 * (instance + 1) + 1_001 * run


def built(home: Path, runs: int) -> Path:
    write_history(home / "captures", runs, list(INSTANCES), peak)
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    return home / "site"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("many"), MANY)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tab without scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def nodes(tab: Page, page: Path) -> int:
    open_page(tab, page)
    return int(tab.evaluate("document.querySelectorAll('*').length"))


@pytest.mark.parametrize("page", PAGES)
def test_twice_as_many_runs_make_no_larger_page(tab: Page, few: Path, many: Path, page: str) -> None:
    """Charts have a longer path and other labels; tables list as many runs."""
    assert nodes(tab, many / page) == pytest.approx(nodes(tab, few / page), abs=40)


@pytest.mark.parametrize("page", [*PAGES, *LISTS])
def test_scripts_do_not_have_a_page_laid_out_again_and_again(tab: Page, many: Path, page: str) -> None:
    """A page with a hundred times in it was laid out a hundred times: that was half of what opening it cost."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable")
    open_page(tab, many / page)
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    assert metrics["LayoutCount"] < 10


def test_without_scripts_every_run_and_capture_is_reached(plain: Page, many: Path) -> None:
    told = json.loads((many / "api" / "site.json").read_text())
    plain.goto((many / "index.html").as_uri())
    assert plain.locator("section[aria-labelledby=runs] tbody th a").count() == NEWEST
    plain.get_by_role("link", name=f"All {MANY} runs").click()
    shown = plain.locator("tbody th a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert [f"runs/{href.removeprefix('../')}" for href in shown] == [
        run["url"] for run in told["runs"][::-1]
    ]
    plain.goto((many / "modules" / "app.html").as_uri())
    plain.get_by_role("link", name=f"Captures of all {MANY} runs").click()
    found = []
    while True:
        found += plain.locator(".member a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        older = plain.get_by_role("link", name="Older")
        if not older.count():
            break
        older.click()
    assert sorted(href.replace("../../", "") for href in found) == sorted(c["url"] for c in told["captures"])
    plain.get_by_role("link", name="Newer").click()
    expect(plain.locator("h1")).to_have_text("All captures of app, page 2 of 2")


def dots(page: Page) -> Any:
    return page.locator(".timeline-chart .dots").evaluate_all(
        "all => all.map(path => path.getAttribute('d'))"
    )


def test_points_that_are_many_are_one_path_with_scripts_and_without(
    tab: Page, plain: Page, many: Path
) -> None:
    """Python draws it where the script does."""
    plain.goto((many / "modules" / "app.html").as_uri())
    drawn = dots(plain)
    assert [path.count("M") for path in drawn] == [MANY] * len(drawn)
    assert plain.locator(".timeline-chart circle").count() == 0
    moved = dots(open_page(tab, many / "modules" / "app.html"))
    assert len(moved) == len(drawn) == 3 * len(INSTANCES)
    for before, after in zip(drawn, moved, strict=True):
        numbers = [[float(n) for n in re.findall(r"\d*\.?\d+", path)] for path in (before, after)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.11)


def test_each_of_many_points_says_its_value_and_leads_to_its_step(tab: Page, many: Path) -> None:
    """Under the pointer: value, run, commit, and the comparison with the run before."""
    page = open_page(tab, many / "modules" / "app.html")
    chart = figure(page, "Peak memory")
    starts = [float(x) for x in re.findall(r"M([\d.]+) ", dots(page)[0])]
    for run in (1, 13, MANY - 1):
        hover(page, chart, starts[run])
        assert legend(chart) == [format_size(peak(run, place)) for place in range(len(INSTANCES))]
        expect(chart.locator(".chart-readout")).to_contain_text(
            re.compile(rf"^run {run} · .*2025.* · commit 0000000000")
        )
        step = chart.locator("figcaption b a").first.get_attribute("href") or ""
        assert f"base=run-{run - 1:03}" in step
        assert f"head=run-{run:03}" in step


def test_axe_finds_nothing_on_pages_of_many_runs(tab: Page, many: Path) -> None:
    for page in (*PAGES, *LISTS):
        open_page(tab, many / page)
        assert not violations_in_both_themes(tab), page
