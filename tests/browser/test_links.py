"""Every page of the sample site as a browser shows it, however the site is published.

Every link leads somewhere; no page complains, or asks for anything outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from static_host import hosting

from .marks import Marks, in_the_file, on_the_page
from .watched import watched


@contextmanager
def published(site: Path, how: str) -> Iterator[str]:
    """The site's address."""
    if how == "from the disk":
        yield f"{site.as_uri()}/"
        return
    with hosting(site, "/teams/memory/") as base:
        yield base


def test_with_scripts_every_page_is_reached_and_every_link_leads_to_what_it_names(
    browser: Browser, sample_site: Path
) -> None:
    """Below a path of a host, where an address that only a host's root or a disk has leads outside."""
    with published(sample_site, "below a path") as base, watched(browser, base) as tab:
        follow(sample_site, base, lambda url: seen(tab, url))


def test_without_scripts_every_page_is_reached_and_every_link_leads_to_what_it_names(
    sample_site: Path,
) -> None:
    """From the disk: what a browser finds there without scripts is what was published."""
    base = f"{sample_site.as_uri()}/"
    follow(sample_site, base, lambda url: in_the_file(url, file_of(sample_site, base, url).read_text()))


def follow(site: Path, base: str, look: Callable[[str], Marks]) -> None:
    """From the front page on: pages, what they load, what their links lead to, and the places that these name."""
    ids: dict[str, set[str]] = {}
    named: set[tuple[str, str, str]] = set()
    waiting = [f"{base}index.html"]
    targets = set(waiting)
    while waiting:
        page = waiting.pop()
        found = look(page)
        ids[page] = set(found["ids"])
        for url in leading_inside(site, base, page, found):
            whole, place = urldefrag(url)
            target = whole.partition("?")[0]
            # What follows `&` are settings of the page's viewer.
            if place := unquote(place).partition("&")[0]:
                named.add((page, target, place))
            if target not in targets:
                targets.add(target)
                if target.endswith(".html"):
                    waiting.append(target)
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {unquote(page.removeprefix(base)) for page in ids} == pages - {"404.html"}
    lost = [(page, target, place) for page, target, place in named if place not in ids.get(target, {place})]
    assert not lost


@pytest.mark.parametrize(
    ("how", "scripts"),
    [("from the disk", True), ("below a path", False)],
    ids=["from the disk", "no scripts"],
)
def test_each_kind_of_page_opens_in_the_browser_and_every_link_on_it_leads_somewhere(
    browser: Browser, sample_site: Path, site_json: dict[str, Any], how: str, scripts: bool
) -> None:
    """What the pages of all runs have in common; and each report of a capture, which shows the first by itself."""
    captures = [c for c in site_json["captures"] if c["run"] == "release-2.4"]
    pages = [path.name for path in sample_site.glob("*.html") if path.name != "404.html"]
    pages += ["runs/release-2.4.html", "functions/release-2.4.html", "modules/app.capture.html"]
    pages += [capture["url"] for capture in captures]
    if scripts:
        pages += filter(None, captures[-1]["reports"].values())
    with (
        published(sample_site, how) as base,
        watched(browser, base, java_script_enabled=scripts) as tab,
    ):
        for page in pages:
            found = seen(tab, base + page) if scripts else shown(tab, base + page)
            assert leading_inside(sample_site, base, page, found)


def shown(tab: Page, url: str) -> Marks:
    tab.goto(url)
    return on_the_page(tab)


def seen(tab: Page, url: str) -> Marks:
    """What is on a page when scripts have done their part."""
    tab.goto(url)
    tab.wait_for_selector("html[data-ready=true]", state="attached")
    return on_the_page(tab)


def leading_inside(site: Path, base: str, page: str, found: Marks) -> list[str]:
    """The addresses of the site's own files on a page: each is there. What a page loads is among them."""
    outside = [url for url in found["loads"] if not url.startswith(base)]
    assert not outside, page
    inside = []
    for url in (*found["loads"], *found["links"]):
        if url.startswith(base):
            assert file_of(site, base, url).is_file(), f"{page} links to {url}"
            inside.append(url)
        else:
            assert urlsplit(url).scheme in ("http", "https"), f"{page} links to {url}"
            assert urlsplit(url).netloc != urlsplit(base).netloc, f"{page} links to {url}"
    return inside


def file_of(site: Path, base: str, url: str) -> Path:
    """The file that a disk, and the plainest of hosts, has for an address."""
    return site / unquote(urldefrag(url)[0].partition("?")[0].removeprefix(base))
