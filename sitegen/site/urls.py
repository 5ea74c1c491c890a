"""Every URL of a site, relative to its root. Nothing else puts one together."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from sitegen.slugs import slug

INDEX = "index.html"
COMPARE = "compare.html"
FINDINGS = "findings.html"
FUNCTIONS = "functions.html"
FEED = "findings.xml"
NOT_FOUND = "404.html"
SEARCH = "data/search.js"
CATALOG = "data/captures.js"
FOLLOWED = "data/functions.js"
SITE_JSON = "api/site.json"
HISTORY = "api/history.json"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
HEADERS = "_headers"
NO_JEKYLL = ".nojekyll"
ASSETS = "assets"
DATA = "data"


@lru_cache(maxsize=1024)  # as that of a module: every capture's page names both
def run(run_id: str) -> str:
    """A run's page."""
    return f"runs/{slug(run_id)}.html"


RUN_SECTIONS = frozenset({"content", "findings", "service", "modules", "troubled"})
"""Ids of a run's page that are not those of modules."""


def anchor(module_id: str) -> str:
    """The id that a module's rows have on a run's page, and the fragment that leads there."""
    name = slug(module_id)
    return f"-{name}" if name in RUN_SECTIONS else name  # no slug begins so


def module_in_run(run_id: str, module_id: str) -> str:
    """A module's rows on a run's page."""
    return f"{run(run_id)}#{anchor(module_id)}"


def functions(run_id: str) -> str:
    """The functions of a run."""
    return f"functions/{slug(run_id)}.html"


def function(file: str, name: str) -> str:
    """One function over the runs."""
    return f"{FUNCTIONS}#one&function={quote(f'{file}:{name}', safe='/')}"


def all_runs(number: int) -> str:
    """One of the pages that list all runs."""
    return f"runs/all/{number}.html"


@lru_cache(maxsize=1024)
def module(module_id: str) -> str:
    """A module's page."""
    return f"modules/{slug(module_id)}.html"


def all_captures(module_id: str, number: int) -> str:
    """One of the pages that list all captures of a module."""
    return f"modules/all/{slug(module_id)}-{number}.html"


def capture(capture_id: str) -> str:
    """A capture's page; its id is a path of slugs already."""
    return f"captures/{capture_id}.html"


def report(capture_id: str, name: str) -> str:
    """One report on a capture's page."""
    return f"{capture(capture_id)}#{name}"


def data(capture_id: str) -> str:
    """The call tree of a capture, as a script."""
    return f"{DATA}/{capture_id}.js"


def temporal(capture_id: str) -> str:
    """The intervals of a capture, as a script."""
    return f"{DATA}/{capture_id}.temporal.js"


def asset(name: str, digest: str) -> str:
    """A theme's file; the digest of its content lets hosts cache it for ever."""
    stem, dot, ending = name.rpartition(".")
    return f"{ASSETS}/{stem}.{digest}{dot}{ending}"


def sitemap(number: int) -> str:
    """One of several sitemaps."""
    return f"sitemap-{number}.xml"


def published(base_url: str, target: str) -> str:
    """The full address of a page; `base_url` ends with a slash."""
    return base_url + ("" if target == INDEX else target)


def root_path(base_url: str) -> str:
    """Where the site lies on its host: `/memory/`; `/` where its address is not known."""
    return urlsplit(base_url).path or "/"


_COMPARED = {"leaked": "#&view=leaks", "allocations": "#&metric=count"}


def comparison(base_id: str, head_id: str, figure: str = "peak") -> str:
    """The compare page with two captures and the figure `peak`, `leaked` or `allocations` chosen."""
    return f"{COMPARE}?{urlencode({'base': base_id, 'head': head_id})}{_COMPARED.get(figure, '')}"


def run_comparison(base_run: str, head_run: str) -> str:
    """The compare page with two runs chosen."""
    return f"{COMPARE}?{urlencode({'base-run': base_run, 'head-run': head_run})}"


def relative(page: str, target: str) -> str:
    """How `page` links to `target`, so that a site works under any path and from a disk."""
    path, mark, fragment = target.partition("#")
    if path == page:
        return f"{mark}{fragment}" or posixpath.basename(page)
    return _way(page.rpartition("/")[0], path) + mark + fragment


@lru_cache(maxsize=4096)
def _way(directory: str, path: str) -> str:
    # Remembered: the pages of one directory have most of their links in common.
    # Both from one root: else the way to the current directory would be asked for, and put before each.
    return posixpath.relpath(f"/{path}", f"/{directory}")
