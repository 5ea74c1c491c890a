"""The findings as an Atom feed (RFC 4287), for those who would rather be told than look."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from sitegen.site import urls
from sitegen.site.moments import iso
from sitegen.site.views import Site

# Names in captures can hold any character; XML has no way to write these. (All but those that it can write would be
# the same, but takes 15 ms to compile.)
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ATOM = "http://www.w3.org/2005/Atom"
MOST = 50
"""Entries of the feed: the newest findings."""


def feed(site: Site) -> bytes:
    """The feed. Links are absolute where the site's address is known, relative to the feed elsewhere."""
    started = {run.info.id: run.info.started for run in site.runs}
    base = site.base_url
    root = ElementTree.Element("feed", xmlns=_ATOM)
    _text(root, "id", base or f"urn:sitegen:{site.title}")
    _text(root, "title", f"{site.title}: findings")
    _text(root, "updated", iso(max(started.values(), default=0)) or "")
    ElementTree.SubElement(root, "link", href=urls.published(base, urls.FINDINGS))
    told: Counter[str] = Counter()
    for row in site.findings[:MOST]:
        finding = row.finding
        entry = ElementTree.SubElement(root, "entry")
        name = "/".join(filter(None, (finding.run, row.label, finding.kind, finding.figure)))
        told[name] += 1
        # Of one name can be both budgets of a figure, and repeats that are damaged; readers keep one entry of an id.
        again = f"/{told[name]}" if told[name] > 1 else ""
        _text(entry, "id", f"{base or 'urn:sitegen:'}{name}{again}")
        _text(entry, "title", finding.message)
        _text(entry, "updated", iso(started[finding.run]) or "")
        author = ElementTree.SubElement(entry, "author")
        _text(author, "name", "sitegen")
        ElementTree.SubElement(entry, "category", term=finding.kind)
        ElementTree.SubElement(entry, "link", href=urls.published(base, row.url))
        where = ", ".join(f"{place.function} ({place.file})" for place in finding.telling)
        _text(entry, "summary", where or finding.message)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
