"""data/captures.js: what the compare page chooses from. Rows, not objects: a site can have thousands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sitegen.insight.comparable import Verdict, comparable
from sitegen.insight.comparison import Metric
from sitegen.insight.pairs import Member, representatives
from sitegen.json_pieces import array_of, object_of, script
from sitegen.model import Facts, Name, Status
from sitegen.site.captures import Capture
from sitegen.site.views import Site

_Way = tuple[str, bool, bool, bool, str | None, Status]
"""How a capture was recorded, as far as `comparable` asks. There are few ways, however many captures: what speaks
against a pair is told for pairs of ways."""


def catalog(site: Site) -> Iterator[bytes]:
    """A script, in pieces, that hands over the runs, the captures that can be compared, and what speaks against a pair.

    Runs are (id, label, URL), oldest first. Captures are (id, number of the run, module, instance, file,
    URL, data URL, peak, leaked, allocations, way, whether it stands for its module's instance in its run: 1 or 0).
    `reasons` has, by `way of base, way of head`, for every metric that
    there are reasons against: whether they refuse, and the reasons.
    """
    ways: dict[_Way, tuple[int, Facts, Status]] = {}
    for c, facts in _shown(site.captures):
        ways.setdefault(_way(facts, c.figures.status), (len(ways), facts, c.figures.status))
    number = {run.info.id: position for position, run in enumerate(site.runs)}
    return script(
        b"sitegen.catalog",
        object_of(
            {
                "runs": array_of((run.info.id, run.label, run.url) for run in site.runs),
                "captures": array_of(
                    _row(c, number[c.run], ways[_way(facts, c.figures.status)][0], c.id in chosen)
                    # Ids begin with the run: run by run they are in order.
                    for own in site.captures.by_run().values()
                    for chosen in [_representatives(own)]
                    for c, facts in _shown(own)
                ),
                "reasons": [msgspec.json.encode(_reasons(ways.values()))],
            }.items()
        ),
    )


def _shown(captures: Iterable[Capture]) -> Iterator[tuple[Capture, Facts]]:
    return ((c, c.figures.facts) for c in captures if c.data and c.figures.facts)


def _representatives(captures: Iterable[Capture]) -> frozenset[str]:
    """The ids of those that stand for their modules' instances in a run."""
    members = (
        Member(Name(c.run, c.module, c.instance, c.chunk), c.figures.status, c.figures.peak_bytes, c.id)
        for c in captures
    )
    return frozenset(representatives(members).values())


def _row(c: Capture, run: int, way: int, stands: bool) -> tuple[Any, ...]:
    figures = c.figures
    return (
        c.id, run, c.module, c.instance, c.file, c.url, c.data,
        figures.peak_bytes, figures.leaked_bytes, figures.total_allocations, way, int(stands),
    )  # fmt: skip


def _way(facts: Facts, status: Status) -> _Way:
    return (
        facts.allocator,
        facts.native,
        facts.aggregated,
        facts.python_allocators_traced,
        facts.python_version,
        status,
    )


def _reasons(ways: Iterable[tuple[int, Facts, Status]]) -> dict[str, dict[str, tuple[bool, tuple[str, ...]]]]:
    ways = tuple(ways)
    found: dict[str, dict[str, tuple[bool, tuple[str, ...]]]] = {}
    for base, base_facts, base_status in ways:
        for head, head_facts, head_status in ways:
            for metric in Metric:
                verdict = comparable(base_facts, head_facts, metric, base_status, head_status)
                if verdict.reasons:
                    of_pair = found.setdefault(f"{base},{head}", {})
                    of_pair[metric] = (verdict.verdict is Verdict.REFUSED, verdict.reasons)
    return found
