"""Pages as the preview shows them: the site's, with the script that reloads them, and a few of its own."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import jinja2
import msgspec

from sitegen.preview.files import opened
from sitegen.preview.outcome import Failed
from sitegen.site import urls

RESERVED = "/_sitegen"
"""The path, from the server's root, of what belongs to the preview and not to the site."""

STATIC = Path(__file__).parent / "static"
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LOADED = re.compile(rb'="([^"<>]+\.js)"')
_BODY_END = b"</body>"


class Shown(msgspec.Struct, frozen=True):
    """A page: its status and HTML, and a version that changes whenever it or the data that it loads does."""

    status: int
    html: bytes
    version: str


def site_page(root: Path, path: str, digests: Mapping[str, str]) -> Shown | None:
    """A page of the site, or its page for what is not there; None where it has not even that.

    `digests` are of the site's files, taken before: of a page that is newer than they are, the version is
    one that it will not have again, which costs a reload and misses none.
    """
    for status, name in ((200, path), (404, urls.NOT_FOUND)):
        with opened(root, name) as file:
            if file is not None:
                html = file.read()
                return Shown(status, html, _version(status, name, html, digests))
    return None


def waiting_page(problem: Failed | None, progress: str) -> Shown:
    """What is shown while there is no site yet, and why there is none."""
    html = _templates.get_template("waiting.html").render(
        problem=problem, progress=progress, reserved=RESERVED
    )
    said = repr(problem and (problem.message, problem.hint))
    return Shown(503, html.encode(), f"waiting-{hashlib.sha256(said.encode()).hexdigest()[:16]}")


def elsewhere_page(home: str) -> bytes:
    """What is shown outside the path that the site is served under."""
    return _templates.get_template("elsewhere.html").render(home=home, reserved=RESERVED).encode()


def with_script(shown: Shown, path: str) -> bytes:
    """The page's HTML with the script that reloads it when it changes. `path` is the page's in the site."""
    events = f"{RESERVED}/events?page={quote(path)}&version={shown.version}"
    script = _templates.get_template("script.html").render(events=events, reserved=RESERVED).encode()
    head, end, tail = shown.html.rpartition(_BODY_END)
    return head + script + end + tail if end else shown.html + script


def _version(status: int, page: str, html: bytes, digests: Mapping[str, str]) -> str:
    digest = hashlib.sha256(b"%d" % status + html)
    for match in _LOADED.finditer(html):
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(page), match[1].decode(errors="replace"))
        )
        # What the search box finds is loaded when it is used: no reason to disturb a reader.
        if target != urls.SEARCH:
            digest.update(digests.get(target, "").encode())
        if target == urls.CATALOG:  # a page that loads whatever one chooses on it
            of_data = (text for path, text in sorted(digests.items()) if path.startswith(f"{urls.DATA}/"))
            digest.update("".join(of_data).encode())
    return digest.hexdigest()[:16]
