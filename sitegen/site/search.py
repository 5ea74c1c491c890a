"""What the search box finds: modules, runs, captures, and captures by their largest functions."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.json_pieces import array_of, script
from sitegen.site.captures import Capture
from sitegen.site.views import Site


def search_index(site: Site) -> Iterator[bytes]:
    """A script, in pieces, that hands over rows of (kind, label, URL, more to match and to show)."""
    return script(b"sitegen.search", array_of(_rows(site)))


def _rows(site: Site) -> Iterator[tuple[str, str, str, str]]:
    for module in site.modules:
        yield "module", module.id, module.url, ", ".join(i for i in module.instances if i)
    for run in reversed(site.runs):
        yield "run", run.label, run.url, run.info.commit or ""
    for c in _newest_first(site):
        yield "capture", c.label, c.url, f"{c.run_label} · {c.file}"
    found: set[str] = set()
    for capture in _newest_first(site):
        for function in capture.figures.functions:
            # A function leads to the newest capture in which it is among the largest.
            if function not in found:
                found.add(function)
                yield "function", function, capture.url, f"{capture.label} · {capture.run_label}"


def _newest_first(site: Site) -> Iterator[Capture]:
    of_run = site.captures.by_run()
    for run in reversed(site.runs):
        yield from of_run[run.info.id]
