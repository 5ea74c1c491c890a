"""Several captures of one module and instance in one run are repeats of it."""

from __future__ import annotations

from collections.abc import Sequence

from sitegen.site.views import Capture


def smallest_repeats(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Of every module's instance the capture with the smallest peak: repeats are summarised by it.

    The chunks of one process are no repeats: the one with the largest peak stands for them.
    """
    best: dict[tuple[str, str | None], Capture] = {}
    for capture in sorted(_without_smaller_chunks(captures), key=_peak, reverse=True):
        best[capture.module, capture.instance] = capture
    return tuple(sorted(best.values(), key=lambda capture: capture.id))


def _without_smaller_chunks(captures: Sequence[Capture]) -> list[Capture]:
    processes: dict[tuple[str, str | None, str], Capture] = {}
    for capture in captures:
        if capture.trusted:
            process = capture.id if capture.chunk is None else f"process {capture.process}"
            key = (capture.module, capture.instance, process)
            known = processes.get(key)
            if known is None or _peak(capture) > _peak(known):
                processes[key] = capture
    return list(processes.values())


def _peak(capture: Capture) -> int:
    return capture.figures.peak_bytes or 0
