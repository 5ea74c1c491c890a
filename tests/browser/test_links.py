"""Every page of the sample site as a browser shows it, however the site is published.

Every link leads somewhere; no page complains, or asks for anything outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page
from static_host import hosting

from .watched import watched

_FOUND = """() => {
    const told = (name, places) => [...document.querySelectorAll(places.replaceAll("*", `[${name}]`))]
        .map((element) => new URL(element.getAttribute(name), document.baseURI).href);
    return {
        links: told("href", "a*"),
        loads: ["src", "data-src", "data-temporal", "data-index"].flatMap((name) => told(name, "*"))
            .concat(told("href", "link*")),
        ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
    };
}"""


@contextmanager
def published(site: Path, how: str) -> Iterator[str]:
    """The site's address."""
    if how == "from the disk":
        yield f"{site.as_uri()}/"
        return
    with hosting(site, "/teams/memory/") as base:
        yield base


@pytest.mark.parametrize(
    ("how", "scripts"),
    [("below a path", True), ("from the disk", True), ("below a path", False)],
    ids=["below a path", "from the disk", "below a path, no scripts"],
)
def test_every_page_is_reached_and_every_link_leads_to_what_it_names(
    browser: Browser, sample_site: Path, site_json: dict[str, Any], how: str, scripts: bool
) -> None:
    """From the front page on: pages, what they load, what their links lead to, and the places that these name.

    Also each report of a capture, of which the page of the capture shows the first.
    """
    ids: dict[str, set[str]] = {}
    named: set[tuple[str, str, str]] = set()
    capture = next(c for c in reversed(site_json["captures"]) if c["run"] == "release-2.4")
    with (
        published(sample_site, how) as base,
        watched(browser, base, java_script_enabled=scripts) as tab,
    ):
        if scripts:
            for url in filter(None, capture["reports"].values()):
                seen(tab, base + url, scripts)
        waiting = [f"{base}index.html"]
        targets = set(waiting)
        while waiting:
            page = waiting.pop()
            found = seen(tab, page, scripts)
            ids[page] = set(found["ids"])
            outside = [url for url in found["loads"] if not url.startswith(base)]
            assert not outside, page
            for url in (*found["loads"], *found["links"]):
                if not url.startswith(base):
                    assert urlsplit(url).scheme in ("http", "https"), f"{page} links to {url}"
                    continue
                whole, place = urldefrag(url)
                target = whole.partition("?")[0]
                # What follows `&` are settings of the page's viewer.
                if place := unquote(place).partition("&")[0]:
                    named.add((page, target, place))
                if target not in targets:
                    targets.add(target)
                    assert is_there(target), f"{page} links to {url}"
                    if target.endswith(".html"):
                        waiting.append(target)
        pages = {path.relative_to(sample_site).as_posix() for path in sample_site.rglob("*.html")}
        assert {unquote(page.removeprefix(base)) for page in ids} == pages - {"404.html"}
        lost = [
            (page, target, place) for page, target, place in named if place not in ids.get(target, {place})
        ]
        assert not lost


def seen(tab: Page, url: str, scripts: bool) -> dict[str, list[str]]:
    """What is on a page when it is drawn: the links on it, what it loads, its ids."""
    tab.goto(url)
    if scripts:
        tab.wait_for_selector("html[data-ready=true]", state="attached")
    found: dict[str, list[str]] = tab.evaluate(_FOUND)
    return found


def is_there(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).is_file()
    with urlopen(Request(url, method="HEAD")) as answer:  # raises for what is missing
        return bool(answer.status == 200)
