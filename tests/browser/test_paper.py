"""The theme for printing: always light, and whole on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import run_sitegen
from made_captures import sample
from playwright.sync_api import Browser, Page
from static_host import hosting

from .accessible import violations

REPORTS = ("flamegraph", "leaks", "temporal", "table", "stats", "temporary")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    home = tmp_path_factory.mktemp("paper")
    (home / ".sitegen-cache").symlink_to(store)
    for run in ("release-2.4", "release-2.5"):
        (home / "captures" / run).mkdir(parents=True)
        shutil.copy(sample(f"{run}/app.review.bin"), home / "captures" / run)
    run_sitegen("build", "captures", "-o", "site", "--theme", "paper", cwd=home)
    return home / "site"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of somebody who likes it dark, and that fails for any complaint on the console."""
    context = browser.new_context(color_scheme="dark", reduced_motion="reduce")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    yield page
    context.close()
    assert wrong == []


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready=true]", state="attached")


def test_every_page_is_white_and_every_kind_of_page_passes_axe(page: Page, paper: Path) -> None:
    """Of runs, captures and functions, which have a page each, the newest run's is looked at."""
    kinds: set[Path] = set()
    with hosting(paper) as base:
        for path in sorted(paper.rglob("*.html"), reverse=True):
            opened(page, base + path.relative_to(paper).as_posix())
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            assert page.is_hidden("header.site .switch")
            kind = path if path.parent == paper else paper / path.relative_to(paper).parts[0]
            if kind not in kinds:
                assert not violations(page), path
            kinds.add(kind)


def test_a_printed_capture_holds_every_report_whichever_was_open(page: Page, paper: Path) -> None:
    opened(page, next((paper / "captures" / "release-2.5").glob("*.html")).as_uri())
    page.evaluate("location.hash = 'leaks'")
    page.emulate_media(media="print")
    for report in REPORTS:
        assert page.is_visible(f"#{report}"), report
    assert page.is_visible("#table table.figures")
    for screen_only in ("header.site", ".viewer", ".contents"):
        assert all(place.is_hidden() for place in page.locator(screen_only).all())
    branches = page.locator("#leaks .branches").first
    assert branches.locator("li").last.is_visible()  # however far down the tree
    assert page.is_visible(".colophon")
