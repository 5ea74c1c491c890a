"""data/captures.js: what the compare page chooses from. Rows, not objects: a site can have thousands."""

from __future__ import annotations

import msgspec

from sitegen.site.views import Site


def catalog(site: Site) -> bytes:
    """A script that hands over the runs and the captures that can be compared.

    Runs are (id, label, URL), oldest first. Captures are (id, number of the run, module, instance, file,
    URL, data URL, peak, leaked, status).
    """
    number = {run.info.id: position for position, run in enumerate(site.runs)}
    document = {
        "runs": [(run.info.id, run.label, run.url) for run in site.runs],
        "captures": [
            (c.id, number[c.run], c.module, c.instance, c.file, c.url, c.data,
             c.figures.peak_bytes, c.figures.leaked_bytes, c.figures.status)
            for c in site.captures
            if c.data
        ],
    }  # fmt: skip
    return b"sitegen.catalog(" + msgspec.json.encode(document) + b");\n"
