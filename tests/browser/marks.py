"""What lies on a page: where its links lead, what it loads, and the places that have a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypedDict
from urllib.parse import urljoin

from playwright.sync_api import Page

LOADED = ("src", "data-src", "data-temporal", "data-index")
"""What names a file that a page, or a script on it, loads."""


class Marks(TypedDict):
    """Addresses are whole ones, as a browser would ask for them."""

    links: list[str]
    loads: list[str]
    ids: list[str]


_FOUND = """loaded => {
    const told = (name, places) => [...document.querySelectorAll(places.replaceAll("*", `[${name}]`))]
        .map((element) => new URL(element.getAttribute(name), document.baseURI).href);
    return {
        links: told("href", "a*"),
        loads: loaded.flatMap((name) => told(name, "*")).concat(told("href", "link*")),
        ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
    };
}"""


def on_the_page(tab: Page) -> Marks:
    """Of the page as the browser has it: with what scripts have put there."""
    found: Marks = tab.evaluate(_FOUND, LOADED)
    return found


def in_the_file(url: str, html: str) -> Marks:
    """Of the page with this address as it was published: what a reader without scripts gets."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.marks


@dataclass
class _Reader(HTMLParser):
    url: str
    marks: Marks = field(default_factory=lambda: Marks(links=[], loads=[], ids=[]))

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "base", "all addresses are relative to something else"
        told = {name: value or "" for name, value in attrs}
        if "id" in told:
            self.marks["ids"].append(told["id"])
        if "href" in told and tag in ("a", "link"):
            self.marks["links" if tag == "a" else "loads"].append(urljoin(self.url, told["href"]))
        self.marks["loads"] += [urljoin(self.url, told[name]) for name in LOADED if name in told]
