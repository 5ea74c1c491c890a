"""The files of a site that static hosts and crawlers read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sitegen.site import policy, urls
from sitegen.site.publish import File, file_of


def hosting_files(base_url: str, pages: Iterable[str]) -> list[File]:
    """`.nojekyll`, `_headers`, `robots.txt`, and sitemaps of the pages where the site's address is known."""
    files = {urls.NO_JEKYLL: b"", urls.HEADERS: headers(), urls.ROBOTS: robots(base_url)}
    if base_url:
        # Imported late: most sites have none, and XML's modules take a moment.
        from sitegen.site.sitemaps import sitemaps

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


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
