"""Two runs: each module's instance is compared with itself, by the capture that stands for it."""

from __future__ import annotations

import pytest
from made_analyses import analysis_of
from msgspec.structs import replace

from sitegen.insight.comparable import Verdict
from sitegen.insight.comparison import Metric
from sitegen.insight.pairs import Member, Pair, compare_pair, largest_change_first, pair_runs
from sitegen.model import Analysis, Name, Status

SMALL = analysis_of([([("load", "/p/main.py", 1)], 100, 1)], root="/p")
LARGE = analysis_of([([("load", "/p/main.py", 1)], 150, 1)], root="/p")


def member(
    capture: str,
    peak: int | None,
    instance: str | None = None,
    chunk: int | None = None,
    status: Status = Status.OK,
) -> Member[str]:
    return Member(Name("r", "app", instance, chunk), status, peak, capture)


@pytest.mark.parametrize(
    ("members", "chosen"),
    [
        ([member("only", 5)], "only"),
        ([member("large", 9), member("small", 5)], "small"),
        ([member("damaged", 3, status=Status.DAMAGED), member("whole", 5)], "whole"),
        ([member("damaged", 3, status=Status.DAMAGED)], "damaged"),
        ([member("first", 9, chunk=0), member("second", 12, chunk=1)], "second"),
        ([member("failed", None, status=Status.FAILED)], None),
    ],
)
def test_one_capture_stands_for_repeats_and_chunks(members: list[Member[str]], chosen: str | None) -> None:
    expected = (Pair("app", None, chosen, None),) if chosen else ()
    assert pair_runs(members, []) == expected


def test_instances_are_matched_with_themselves_in_order() -> None:
    pairs = pair_runs(
        [member("b1", 1, "b"), member("a1", 1, "a")], [member("a2", 1, "a"), member("none2", 1)]
    )
    assert pairs == (
        Pair("app", None, None, "none2"),
        Pair("app", "a", "a1", "a2"),
        Pair("app", "b", "b1", None),
    )


def test_the_modules_of_two_runs_are_ordered_by_how_much_they_changed_up_or_down() -> None:
    """Those that cannot be compared come last: nobody knows by how much they did."""
    few, many = (analysis_of([([("load", "/p/main.py", 1)], 100, count)], root="/p") for count in (2, 5))
    other = replace(many, facts=replace(many.facts, allocator="malloc"))
    pairs = [
        Pair("a.refused", None, few, other),
        Pair("b.same", None, few, few),
        Pair("c.gone", None, few, None),
        Pair("d.grown", None, few, many),
        Pair("e.new", None, None, many),
    ]
    ordered = sorted((compare_pair(pair, Metric.ALLOCATIONS) for pair in pairs), key=largest_change_first)
    assert [row.module for row in ordered] == ["e.new", "d.grown", "c.gone", "b.same", "a.refused"]


@pytest.mark.parametrize(
    ("base", "head", "only_in", "delta"),
    [(SMALL, LARGE, None, 50), (None, LARGE, "head", 150), (SMALL, None, "base", -100)],
)
def test_a_module_of_one_run_alone_is_compared_with_nothing(
    base: Analysis | None, head: Analysis | None, only_in: str | None, delta: int
) -> None:
    compared = compare_pair(Pair("app", None, base, head), Metric.PEAK)
    assert compared.comparable.verdict is Verdict.OK
    assert compared.comparison
    assert compared.only_in == only_in
    assert compared.comparison.delta == delta
    assert [row.own.delta for row in compared.comparison.functions] == [delta]
