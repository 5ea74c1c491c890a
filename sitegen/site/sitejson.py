"""api/site.json: the site as data, for scripts. The layout is a contract; change it with `SCHEMA` only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

import sitegen
from sitegen.insight.finding import Finding
from sitegen.json_pieces import array_of, object_of
from sitegen.site import urls
from sitegen.site.captures import Capture, Captures
from sitegen.site.moments import iso
from sitegen.site.views import RunRow, Site

SCHEMA = 1


def site_json(site: Site) -> Iterator[bytes]:
    """The content of api/site.json, in pieces."""
    of_module, of_run = site.captures.by_module(), site.captures.by_run()
    modules = sorted(site.modules, key=lambda module: module.id)
    yield from object_of(
        {
            "schema": [msgspec.json.encode(SCHEMA)],
            "generator": [msgspec.json.encode(f"sitegen {sitegen.__version__}")],
            "title": [msgspec.json.encode(site.title)],
            "runs": array_of(_run(run, of_run[run.info.id]) for run in site.runs),
            "modules": array_of(
                {"id": module.id, "url": module.url, "captures": list(of_module[module.id].ids())}
                for module in modules
            ),
            "captures": array_of(map(_capture, site.captures)),
            "findings": array_of(finding_json(row.finding) | {"url": row.url} for row in site.findings),
        }.items()
    )
    yield b"\n"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding in the layout of the contract, but for its URL, which only a site has."""
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "module": finding.module,
        "instance": finding.instance,
        "run": finding.run,
        "metric": finding.figure,
        "before": finding.before,
        "after": finding.after,
        "where": [
            {"function": place.function, "file": place.file, "delta_bytes": place.delta}
            for place in finding.where
        ],
        "message": finding.message,
    }


def _run(run: RunRow, captures: Captures) -> dict[str, Any]:
    return {
        "id": run.info.id,
        "started": iso(run.info.started),
        "label": run.info.label,
        "commit": run.info.commit,
        "url": run.url,
        "captures": list(captures.ids()),
    }


def _capture(capture: Capture) -> dict[str, Any]:
    figures, facts = capture.figures, capture.figures.facts
    return {
        "id": capture.id,
        "run": capture.run,
        "module": capture.module,
        "instance": capture.instance,
        "file": capture.file,
        "status": figures.status,
        "reason": figures.reason or None,
        "started": iso(facts.started) if facts else None,
        "duration_seconds": figures.duration / 1000 if figures.duration is not None else None,
        "peak_bytes": figures.peak_bytes,
        "peak_rss_bytes": figures.peak_rss_bytes,
        "leaked_bytes": figures.leaked_bytes,
        "leaked_allocations": figures.leaked_allocations,
        "total_allocations": figures.total_allocations,
        "allocator": facts.allocator if facts else None,
        "native": facts.native if facts else None,
        "aggregated": facts.aggregated if facts else None,
        "threads": [thread.label for thread in figures.threads],
        "url": capture.url,
        "data": capture.data,
        "reports": {name: urls.report(capture.id, name) if has else None for name, has in figures.reports},
    }
