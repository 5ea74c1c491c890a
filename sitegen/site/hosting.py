"""The files of a site that static hosts and crawlers read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from sitegen.site import policy, urls
from sitegen.site.publish import File, file_of

SITEMAP_URLS = 50_000
"""How many pages one sitemap may name; sites with more get several and an index of them."""

_SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def hosting_files(base_url: str, pages: Iterable[str]) -> list[File]:
    """`.nojekyll`, `_headers`, `robots.txt`, and sitemaps of the pages where the site's address is known."""
    files = {urls.NO_JEKYLL: b"", urls.HEADERS: headers(), urls.ROBOTS: robots(base_url)}
    if base_url:
        files |= sitemaps(base_url, pages)
    return [file_of(path, data) for path, data in files.items()]


def headers() -> bytes:
    """`_headers`, as Netlify and Cloudflare Pages read it."""
    lines = ["/*", *(f"  {name}: {value}" for name, value in policy.HEADERS.items())]
    lines += [f"/{urls.ASSETS}/*", f"  Cache-Control: {policy.ASSETS_CACHE}"]
    return _text(lines)


def robots(base_url: str) -> bytes:
    """`robots.txt`: pages may be indexed, the data that their scripts load need not be."""
    lines = ["User-agent: *", f"Disallow: {urls.root_path(base_url)}{urls.DATA}/"]
    if base_url:
        lines.append(f"Sitemap: {urls.published(base_url, urls.SITEMAP)}")
    return _text(lines)


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
    document = ElementTree.Element(root, xmlns=_SITEMAP_NAMESPACE)
    for location in locations:
        ElementTree.SubElement(ElementTree.SubElement(document, item), "loc").text = location
    ElementTree.indent(document, "")
    data: bytes = ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
