"""What the search box finds: modules, runs, captures, and captures by their largest functions."""

from __future__ import annotations

import msgspec

from sitegen.site.views import Site


def search_index(site: Site) -> bytes:
    """A script that hands over rows of (kind, label, URL, more to match and to show)."""
    rows: list[tuple[str, str, str, str]] = [
        ("module", module.id, module.url, ", ".join(i for i in module.instances if i))
        for module in site.modules
    ]
    rows += [("run", run.label, run.url, run.info.commit or "") for run in reversed(site.runs)]
    newest_first = {run.info.id: -position for position, run in enumerate(site.runs)}
    captures = sorted(site.captures, key=lambda capture: (newest_first[capture.run], capture.id))
    rows += [("capture", c.label, c.url, f"{c.run_label} · {c.file}") for c in captures]
    found: dict[str, tuple[str, str, str, str]] = {}
    for capture in captures:
        for function in capture.figures.functions:
            # A function leads to the newest capture in which it is among the largest.
            more = f"{capture.label} · {capture.run_label}"
            found.setdefault(function, ("function", function, capture.url, more))
    rows += found.values()
    return b"sitegen.search(" + msgspec.json.encode(rows) + b");\n"
