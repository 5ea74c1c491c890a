"""The chunks of one process as one: what a process that was captured in pieces has in figures."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sitegen.insight.history import SteadyLeak, Where
from sitegen.summary import Figures


def largest_chunk(chunks: Sequence[Figures]) -> int:
    """Which of the chunks stands for the process where one has to: the one with the largest peak."""
    return max(range(len(chunks)), key=lambda i: chunks[i].peak_bytes or 0)


def process_figures(chunks: Sequence[Figures]) -> Figures:
    """The figures of a process from those of all its chunks, none of them damaged.

    Peaks are the largest chunk's. A chunk counts what was allocated while it was written, so allocations and
    what was not freed add up. A sum is unknown where one of its parts is.
    """
    in_order = sorted(chunks, key=lambda figures: figures.facts.started if figures.facts else 0)
    largest, last = in_order[largest_chunk(in_order)], in_order[-1]
    facts = in_order[0].facts
    if facts and last.facts:
        facts = replace(facts, ended=max(f.facts.ended for f in in_order if f.facts))
    return replace(
        largest,
        status=last.status,
        reason=last.reason,
        facts=facts,
        peak_rss_bytes=max(
            (f.peak_rss_bytes for f in in_order if f.peak_rss_bytes is not None), default=None
        ),
        leaked_bytes=_sum([f.leaked_bytes for f in in_order]),
        leaked_allocations=_sum([f.leaked_allocations for f in in_order]),
        total_allocations=_sum([f.total_allocations for f in in_order]),
        threads=tuple(dict.fromkeys(thread for f in in_order for thread in f.threads)),
        steady=_steady([f.steady for f in in_order if f.steady]),
    )


def _sum(figures: Sequence[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def _steady(leaks: Sequence[SteadyLeak]) -> SteadyLeak | None:
    if not leaks:
        return None
    held: dict[tuple[str, str], int] = {}
    for leak in leaks:
        for place in leak.where:
            key = (place.file, place.function)
            held[key] = held.get(key, 0) + place.delta
    places = [Where(function, file, delta) for (file, function), delta in held.items()]
    places.sort(key=lambda place: (-place.delta, place.file, place.function))
    return SteadyLeak(sum(leak.bytes for leak in leaks), tuple(places))
