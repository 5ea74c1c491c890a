"""Several captures of one module and instance in one run are repeats of it."""

from __future__ import annotations

from collections.abc import Sequence

from sitegen.site.views import Capture


def smallest_repeats(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Of every module's instance the capture with the smallest peak: repeats are summarised by it."""
    best: dict[tuple[str, str | None], Capture] = {}
    for capture in captures:
        if not capture.trusted:
            continue
        key = (capture.module, capture.instance)
        known = best.get(key)
        if known is None or (capture.figures.peak_bytes or 0) < (known.figures.peak_bytes or 0):
            best[key] = capture
    return tuple(best.values())
