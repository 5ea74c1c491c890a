"""A site as hosts show it: the page for what is missing, and a host that forbids scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from made_captures import sample
from playwright.sync_api import Browser, Page
from static_host import hosting

from .accessible import violations_in_both_themes

# What Jenkins sends with archived files unless its administrator changes it.
JENKINS_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self';"
)


@contextmanager
def tab(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A tab, and the requests of it that did not find what they asked for."""
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    missing: list[str] = []
    page.on("response", lambda r: missing.append(r.url) if r.status >= 400 else None)
    yield page, missing
    context.close()


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """A site that knows that it lies below a path."""
    home = tmp_path_factory.mktemp("below")
    (home / ".sitegen-cache").symlink_to(store)
    run = home / "captures" / "one"
    run.mkdir(parents=True)
    shutil.copy(sample("release-2.4/app.report.bin"), run)
    run_sitegen("build", "captures", "-o", "site", "--base-url", "https://example.org/a/b", cwd=home)
    return home / "site"


@pytest.mark.parametrize("path", ["/", "/a/b/"])
def test_what_is_missing_shows_a_page_that_works_at_any_depth(
    browser: Browser, sample_site: Path, below: Path, path: str
) -> None:
    site = sample_site if path == "/" else below
    with hosting(site, path) as base, tab(browser) as (page, missing):
        dead = f"{base}captures/gone/long/ago.html"
        page.goto(dead)
        page.wait_for_selector("html[data-ready=true]", state="attached")
        assert missing == [dead]  # its own style, scripts and icon were found
        assert page.inner_text("h1") == "There is no such page"
        assert not violations_in_both_themes(page)
        page.keyboard.press("/")
        page.keyboard.type("app.report")
        page.wait_for_selector("#found a")
        page.click("#found a")
        page.wait_for_url(f"{base}modules/app.report.html")
        page.goto(dead)
        page.click("main a")
        page.wait_for_url(f"{base}index.html")


def test_under_jenkins_policy_pages_read_well_without_scripts(
    browser: Browser, sample_site: Path, site_json: dict[str, Any]
) -> None:
    capture = next(c for c in site_json["captures"] if c["reports"]["temporal"])
    with hosting(sample_site, "/job/site/", JENKINS_POLICY) as base, tab(browser) as (page, missing):
        page.goto(f"{base}index.html")
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"  # the style sheet holds
        assert page.is_visible("table.figures >> nth=0")
        assert page.is_hidden("header.site .find")
        assert page.is_hidden("header.site .switch")
        page.goto(base + capture["url"])
        assert page.is_hidden(".viewer")
        for report, url in capture["reports"].items():
            if url:
                section = page.locator(f"#{report}")
                assert section.is_visible()
                assert len(section.inner_text()) > 60, report
        assert page.is_visible("#flamegraph table.figures >> nth=0")
        assert page.is_visible("svg.memory-chart >> nth=0")
        assert page.is_visible("#temporal .notice")  # says what needs scripts
        page.click("header.site .brand")
        assert page.url == f"{base}index.html"
        assert missing == []
