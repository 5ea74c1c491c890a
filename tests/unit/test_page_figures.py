"""Figures as pages and comparisons write them: signs, shares, and changes too small to tell."""

from __future__ import annotations

import pytest

from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding, Kind, Told
from sitegen.insight.finding_text import step
from sitegen.insight.history import Figure, Run
from sitegen.model import Status
from sitegen.site.modules import change
from sitegen.site.views import Cell
from sitegen.units import percent, signed_count, signed_percent


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.535, "+53.5 %"),
        (-0.02, "\N{MINUS SIGN}2.0 %"),
        (0.0002, "<0.1 %"),
        (-0.0002, "<0.1 %"),
        (0, "0.0 %"),
    ],
)
def test_a_change_too_small_to_tell_is_less_than_something_and_leaves_the_sign_to_its_amount(
    ratio: float, text: str
) -> None:
    assert signed_percent(ratio) == text
    assert text.endswith(percent(abs(ratio)))


def test_changes_of_numbers_have_the_same_signs_as_those_of_sizes() -> None:
    assert [signed_count(delta) for delta in (1234, -1234)] == ["+1,234", "\N{MINUS SIGN}1,234"]


@pytest.mark.parametrize(
    ("after", "share"), [(1_000_100, "<1 %"), (999_900, "<1 %"), (1_004_000, "<1 %"), (1_006_000, "+1 %")]
)
def test_a_finding_of_a_small_change_does_not_say_zero_percent(after: int, share: str) -> None:
    found = Finding(Kind.STEP, Severity.WARN, "app", None, "r2", Figure.PEAK, 1_000_000, after, Told("", ""))
    assert f"({share})" in step(Run("r2"), "app", found).title


@pytest.mark.parametrize(
    ("before", "after", "delta"),
    [
        ((2_000_000, Status.OK), (1_200_000, Status.UNFINISHED), None),
        ((1_200_000, Status.UNFINISHED), (2_000_000, Status.OK), None),
        ((2_000_000, Status.OK), (3_200_000, Status.UNFINISHED), 1_200_000),
        ((1_200_000, Status.UNFINISHED), (2_000_000, Status.UNFINISHED), 800_000),
        ((2_000_000, Status.OK), (1_999_999, Status.UNFINISHED), -1),
    ],
)
def test_how_far_a_killed_process_came_is_no_change_where_one_that_ended_went_further(
    before: tuple[int, Status], after: tuple[int, Status], delta: int | None
) -> None:
    cells = [
        Cell("r", "", 1, 1, peak, peak, None, None, None, None, status) for peak, status in (before, after)
    ]
    found = change(*cells)
    assert (found and found.delta) == delta
