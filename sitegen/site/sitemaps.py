"""Sitemaps: the pages of a site, for crawlers (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from sitegen.site import urls

SITEMAP_URLS = 50_000
"""How many pages one sitemap may name; sites with more get several and an index of them."""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemaps(base_url: str, urls_of_pages: Iterable[str], most: int = SITEMAP_URLS) -> dict[str, bytes]:
    """`sitemap.xml`, naming every page but 404.html; with more than `most` pages, an index of several."""
    pages = [urls.published(base_url, url) for url in urls_of_pages if url != urls.NOT_FOUND]
    if len(pages) <= most:
        return {urls.SITEMAP: _xml("urlset", "url", pages)}
    parts = {
        urls.sitemap(number): _xml("urlset", "url", pages[start : start + most])
        for number, start in enumerate(range(0, len(pages), most), 1)
    }
    index = [urls.published(base_url, url) for url in parts]
    return {urls.SITEMAP: _xml("sitemapindex", "sitemap", index), **parts}


def _xml(root: str, item: str, locations: Sequence[str]) -> bytes:
    document = ElementTree.Element(root, xmlns=_NAMESPACE)
    for location in locations:
        ElementTree.SubElement(ElementTree.SubElement(document, item), "loc").text = location
    ElementTree.indent(document, "")
    data: bytes = ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)
    return data + b"\n"
