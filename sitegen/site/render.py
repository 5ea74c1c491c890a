"""Every file of a site, to publish: pages, data, documents about all captures, assets. Made only when it is needed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Any, Protocol

import jinja2

import sitegen
from sitegen.capture.history import Kept, history_json
from sitegen.insight.suppressions import BUILT_IN as BUILT_IN_SUPPRESSIONS
from sitegen.model import Name
from sitegen.site import urls
from sitegen.site.captures import Capture, PartOf
from sitegen.site.catalog import catalog
from sitegen.site.context import context_of
from sitegen.site.drawing import drawn, environment_of
from sitegen.site.fingerprint import Fingerprints, digest
from sitegen.site.followed import data_file
from sitegen.site.hosting import hosting_files
from sitegen.site.publish import File, file_of
from sitegen.site.repeats import smallest_repeats
from sitegen.site.search import search_index
from sitegen.site.sitejson import site_json
from sitegen.site.theme import Theme
from sitegen.site.views import Page, Site

_AT_HAND = 1024
"""So many captures are not looked up again."""


class Parts(Protocol):
    """Where the parts of an analysed capture are kept."""

    def part(self, key: str, part: str) -> bytes:
        """A part of a capture. Raises SitegenError where it is gone, or bad."""


def render(site: Site, theme: Theme, parts: Parts) -> Iterator[File]:
    """Every file of the site. Each has a fingerprint of all that it is made from, so that a file whose
    fingerprint was published before need not be made again.
    """
    environment = environment_of(site, theme)
    known = [[one.pattern for one in some] for some in (site.suppressions, BUILT_IN_SUPPRESSIONS)]
    toolbar = drawn(environment, theme, "parts/toolbar.js", "its toolbar", {"suppressions": known})
    toolbar_url = environment.globals["toolbar_url"] = urls.asset(
        "toolbar.js", hashlib.sha256(toolbar).hexdigest()[:8]
    )
    common = digest(sitegen.__version__, theme.digest, site.title, site.base_url, site.nav, toolbar_url)
    fingerprints = Fingerprints()
    part_of = _part_of(site, parts)
    addresses = []
    for page in site.pages:
        if site.base_url:  # for its sitemaps; those of 10,000 captures take 1.2 MB
            addresses.append(page.url)
        yield File(
            page.url,
            fingerprints.of(common, page),
            partial(_page, environment, theme, page, site.base_url, part_of),
        )
    for capture in site.captures:
        yield from _data_files(capture, part_of)
    for name, content in theme.assets.items():
        yield file_of(theme.asset_url(name), content)
    if len(site.past) > 1:
        shown_in = [(row, [capture.digest for capture in smallest_repeats(own)]) for row, own in site.past]
        yield File(urls.FOLLOWED, digest(common, shown_in), lambda: (_followed(site, part_of),))
    whole = fingerprints.whole(common, site)
    for url, make in _DOCUMENTS.items():
        yield File(url, whole, partial(make, site))
    yield file_of(toolbar_url, toolbar)
    yield from hosting_files(site.base_url, addresses)


def _history(site: Site) -> Iterator[bytes]:
    """What a later build needs to show these captures without having them."""
    kept = (
        Kept(
            id=capture.id,
            file=capture.file,
            name=Name(capture.run, capture.module, capture.instance, capture.chunk),
            started=capture.figures.facts.started if capture.figures.facts else None,
            process=capture.process,
            data=capture.data,
            temporal=capture.temporal,
            reason="" if capture.data else capture.figures.reason,
        )
        for capture in site.captures
    )
    return history_json((run.info for run in site.runs), kept)


def _followed(site: Site, part_of: PartOf) -> bytes:
    return data_file(((row, smallest_repeats(own)) for row, own in site.past), part_of)


def _feed(site: Site) -> tuple[bytes]:
    # Imported late: reading XML's modules takes longer than writing it.
    from sitegen.site.feed import feed

    return (feed(site),)


_DOCUMENTS: dict[str, Callable[[Site], Iterable[bytes]]] = {
    urls.SEARCH: search_index,
    urls.CATALOG: catalog,
    urls.SITE_JSON: site_json,
    urls.HISTORY: _history,
    urls.FEED: _feed,
}
"""What is made of all captures. In pieces: of thousands it is large."""


def _page(
    environment: jinja2.Environment, theme: Theme, page: Page, base_url: str, part_of: PartOf
) -> tuple[bytes]:
    context = {"page": page, "view": page.view, **_links(page, base_url), **context_of(page, part_of)}
    return (drawn(environment, theme, page.template, page.url, context),)


def _links(page: Page, base_url: str) -> dict[str, Any]:
    """How the page links to others, and what its scripts put before a URL of the site."""
    if page.url == urls.NOT_FOUND:
        # Hosts show it in place of any page, at any depth: it knows no way but from the host's root.
        root = urls.root_path(base_url)
        return {"root": root, "link": lambda target: root + target}
    return {
        "root": "../" * page.url.count("/"),
        "link": lambda target: urls.relative(page.url, target),
    }


def _data_files(capture: Capture, part_of: PartOf) -> Iterator[File]:
    for url, part, suffix in ((capture.data, "page", ""), (capture.temporal, "page_temporal", "#temporal")):
        if url is not None:
            yield File(url, capture.digest, partial(_data, capture.id, suffix, part, part_of))


def _data(id_: str, suffix: str, part: str, part_of: PartOf) -> tuple[bytes]:
    """A part of a capture as a script. `suffix` tells its parts from each other."""
    # Base64 in a script: pages opened from a disk can load nothing but scripts.
    name = f"{id_}{suffix}".encode()
    return (b'sitegen.data("%s","%s");\n' % (name, base64.b64encode(part_of(id_, part))),)


def _part_of(site: Site, parts: Parts) -> PartOf:
    """What gives parts by the ids of captures. It remembers where some are kept: most pages ask for the same ones."""
    key = lru_cache(_AT_HAND)(site.captures.key)
    return lambda capture, part: parts.part(key(capture), part)
