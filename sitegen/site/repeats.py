"""Several captures of one module and instance in one run are repeats of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from sitegen.chunks import largest_chunk, process_figures
from sitegen.site.captures import Capture


def smallest_repeats(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Of every module's instance in a run the process with the smallest peak: repeats are summarised by it.

    The chunks of one process are no repeats but one, with the figures of the process. The chunk with the
    largest peak stands for them.
    """
    best: dict[tuple[str, str | None], Capture] = {}
    for capture in sorted(_processes(captures), key=lambda c: c.figures.peak_bytes or 0, reverse=True):
        best[capture.module, capture.instance] = capture
    return tuple(sorted(best.values(), key=lambda capture: capture.id))


def _processes(captures: Sequence[Capture]) -> list[Capture]:
    """The processes that can be trusted in full."""
    of_process: dict[tuple[str, str | None, str], list[Capture]] = defaultdict(list)
    for capture in captures:
        process = capture.id if capture.chunk is None else f"process {capture.process}"
        of_process[capture.module, capture.instance, process].append(capture)
    return [_joined(chunks) for chunks in of_process.values() if all(chunk.trusted for chunk in chunks)]


def _joined(chunks: Sequence[Capture]) -> Capture:
    if len(chunks) == 1:
        return chunks[0]
    figures = [chunk.figures for chunk in chunks]
    return replace(
        chunks[largest_chunk(figures)],
        figures=process_figures(figures),
        chunks=tuple(chunk.id for chunk in chunks),
    )
