"""Draws the pages of a site with a theme's templates: files to publish, made only when they are needed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Protocol

import jinja2
import msgspec
from markupsafe import Markup

import sitegen
from sitegen import units
from sitegen.capture.history import Kept, history_json
from sitegen.errors import ConfigError, SitegenError
from sitegen.insight.suppressions import BUILT_IN as BUILT_IN_SUPPRESSIONS
from sitegen.model import Name
from sitegen.reporters import BUILT_IN
from sitegen.site import moments, urls
from sitegen.site.captures import Capture
from sitegen.site.catalog import catalog
from sitegen.site.compiled import compiled_templates
from sitegen.site.context import PartOf, context_of
from sitegen.site.figures import axis_label, in_unit, percent, signed_count, signed_percent, signed_size
from sitegen.site.fingerprint import Fingerprints, digest
from sitegen.site.followed import data_file
from sitegen.site.hosting import hosting_files
from sitegen.site.notes import to_html
from sitegen.site.policy import CONTENT_SECURITY_POLICY
from sitegen.site.publish import File, file_of
from sitegen.site.repeats import smallest_repeats
from sitegen.site.search import search_index
from sitegen.site.sections import draw, explain
from sitegen.site.sitejson import site_json
from sitegen.site.templates import Environment
from sitegen.site.theme import Theme
from sitegen.site.views import Page, Site, together

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
    environment = _environment(site, theme)
    known = [[one.pattern for one in some] for some in (site.suppressions, BUILT_IN_SUPPRESSIONS)]
    toolbar = _drawn(environment, theme, "parts/toolbar.js", "its toolbar", {"suppressions": known})
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
            _page_maker(environment, theme, page, site, part_of),
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


def _page_maker(
    environment: jinja2.Environment, theme: Theme, page: Page, site: Site, part_of: PartOf
) -> Callable[[], Iterable[bytes]]:
    def make() -> Iterable[bytes]:
        context: dict[str, Any] = {
            "page": page,
            "view": page.view,
            **_links(page, site.base_url),
        }
        context |= context_of(page, part_of)
        return (_drawn(environment, theme, page.template, page.url, context),)

    return make


def _drawn(
    environment: jinja2.Environment, theme: Theme, template: str, what: str, context: Mapping[str, Any]
) -> bytes:
    """What a template makes of this. Raises ConfigError, with the template's file and line, where it fails."""
    try:
        return environment.get_template(template).render(context).encode()
    except SitegenError:
        raise
    except Exception as error:  # templates can do anything, and so fail in any way
        cure = (
            "This is a defect of sitegen: please report it."
            if theme.built_in
            else "Mend that template, or choose another theme."
        )
        raise ConfigError(f"The theme cannot draw {what}: {explain(error)}", cure) from error


def _script_value(value: Any) -> Markup:
    """A value as a script file has it. Nothing in such a file needs the escapes of a script inside a page."""
    return Markup(msgspec.json.encode(value, enc_hook=str).decode())


def _compact(html: Any) -> Markup:
    """Markup with one space between words, and none between tags or before one that ends a text."""
    return Markup(re.sub(r"(?<=>) (?=<)| (?=<(?:option|dt|p>|/))", "", " ".join(str(html).split())))


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
            yield File(
                url,
                capture.digest,
                _data_maker(capture.id, suffix, part, part_of),
            )


def _data_maker(id_: str, suffix: str, part: str, part_of: PartOf) -> Callable[[], Iterable[bytes]]:
    # Base64 in a script: pages opened from a disk can load nothing but scripts.
    name = f"{id_}{suffix}".encode()
    return lambda: (b'sitegen.data("%s","%s");\n' % (name, base64.b64encode(part_of(id_, part))),)


def _part_of(site: Site, parts: Parts) -> PartOf:
    """What gives parts by the ids of captures. It remembers where some are kept: most pages ask for the same ones."""
    key = lru_cache(_AT_HAND)(site.captures.key)
    return lambda capture, part: parts.part(key(capture), part)


def _environment(site: Site, theme: Theme) -> jinja2.Environment:
    environment = Environment(
        loader=theme.loader(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=compiled_templates(),
    )
    environment.globals |= {
        "site": site,
        "theme": theme,
        "generator": f"sitegen {sitegen.__version__}",
        "draw": draw,
        "urls": urls,
        "policy": Markup(CONTENT_SECURITY_POLICY),
        "report_titles": {reporter.name: reporter.title for reporter in BUILT_IN},
    }
    environment.filters |= {
        "size": units.format_size,
        "signed_size": signed_size,
        "count": units.format_count,
        "signed_count": signed_count,
        "duration": lambda milliseconds: units.format_duration(milliseconds / 1000),
        "percent": percent,
        "signed_percent": signed_percent,
        "iso": moments.iso,
        "minute": moments.minute,
        "thread": attrgetter("label"),
        "notes": to_html,
        "together": together,
        "number": lambda value: f"{value:g}",
        "axis_size": lambda value: axis_label(value, "bytes"),
        "axis": axis_label,
        "in_unit": in_unit,
        "anchor": urls.anchor,
        "script": _script_value,
        "compact": _compact,
    }
    return environment
