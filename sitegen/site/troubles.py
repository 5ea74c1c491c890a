"""Captures that did not end well, as the front page lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sitegen.model import Status
from sitegen.site import urls
from sitegen.site.captures import Capture
from sitegen.site.views import RunRow, Trouble

_WORST_LAST = list(Status)


def troubles(captures: Iterable[Capture], rows: Sequence[RunRow]) -> tuple[Trouble, ...]:
    """Of every module and way of ending one: the capture of its newest run. Newest run first, there the worst first.

    A process that is always killed ends the same way in every run, as do a hundred forks in one.
    """
    number = {row.info.id: position for position, row in enumerate(rows)}
    newest: dict[tuple[str, Status], Capture] = {}
    ended: Counter[tuple[str, Status]] = Counter()
    for capture in captures:
        status = capture.figures.status
        if status is Status.OK:
            continue
        way = capture.module, status
        ended[way] += 1
        if way not in newest or number[newest[way].run] < number[capture.run]:
            newest[way] = capture
    found = [Trouble(capture, urls.module(capture.module), ended[way] - 1) for way, capture in newest.items()]
    return tuple(
        sorted(
            found,
            key=lambda t: (
                -number[t.capture.run],
                -_WORST_LAST.index(t.capture.figures.status),
                t.capture.id,
            ),
        )
    )
