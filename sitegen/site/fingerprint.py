"""Fingerprints of pages: equal for equal views, without encoding again what many pages share."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import msgspec

from sitegen.site.captures import Capture, Captures
from sitegen.site.views import FindingRow, Module, Page, RunRow, Site

_SHARED = (RunRow, Module, FindingRow)
_LISTS = (tuple, Captures)

_encode = msgspec.json.Encoder(order="deterministic").encode

_AT_HAND = 1024
"""So many captures are kept with their hashes: pages that follow each other show the same ones, and some show all."""


def digest(*what: Any) -> str:
    """A SHA-256 of plain data and bytes, in hexadecimal."""
    hashed = hashlib.sha256()
    for item in what:
        hashed.update(item if isinstance(item, bytes) else _encode(item))
        hashed.update(b"\0")
    return hashed.hexdigest()


class Fingerprints:
    """Makes the fingerprints of a site's pages. Runs, modules and findings are encoded once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytes]] = {}  # by identity; kept with the object, so that it stays

    def of(self, common: str, page: Page) -> str:
        """The fingerprint of a page; `common` stands for what it shares with all others."""
        view = page.view
        parts = msgspec.structs.astuple(view) if view is not None else ()
        return digest(common, (page.url, page.template, page.title), b"".join(map(self._of, parts)))

    def whole(self, common: str, site: Site) -> str:
        """The fingerprint of what is made of all captures, runs, modules and findings."""
        # The digest of `common` and of these four in a tuple, as `_of` writes it, captures one at a time: there can be
        # thousands.
        hashed = hashlib.sha256(_encode(common) + b"\0((")
        for capture in site.captures:
            hashed.update(_of_capture(capture))
        rest = map(self._of, (site.runs, site.modules, site.findings))
        hashed.update(b")" + b"".join(rest) + b")\0")
        return hashed.hexdigest()

    def _of(self, part: Any) -> bytes:
        """What stands for a part of a view: the hashes of what views share, the rest as JSON, lists in brackets."""
        if isinstance(part, Capture):
            return _of_capture(part)
        if isinstance(part, _LISTS):
            return b"(%b)" % b"".join(map(self._of, part))
        if not isinstance(part, _SHARED):
            return _encode(part) + b"\0"
        known = self._known.get(id(part))
        if known is None:
            known = self._known[id(part)] = part, hashlib.sha256(_encode(part)).digest()
        return known[1]


@lru_cache(_AT_HAND)  # not by identity: it is made anew when it is looked at again
def _of_capture(capture: Capture) -> bytes:
    return hashlib.sha256(_encode(capture)).digest()
