"""Budgets: each kind is broken above its limit and only there, and the most particular table decides."""

from __future__ import annotations

import pytest

from sitegen.insight.budgets import Budget, Severity, breaches, fits
from sitegen.insight.history import (
    BaselineValue,
    Captured,
    Figure,
    History,
    Run,
    Series,
    baseline_value,
)
from sitegen.model import Baseline, Growth, Status

BASELINE = BaselineValue(1000, 0, "run a")


def broken(
    *tables: tuple[str, Budget],
    peak: int | None = None,
    leaked: int | None = None,
    allocations: int | None = None,
    baseline: BaselineValue | None = BASELINE,
    instance: str | None = None,
) -> list[tuple[str, int, int]]:
    values = {Figure.PEAK: peak, Figure.LEAKED: leaked, Figure.ALLOCATIONS: allocations}
    found = breaches(tables, "app.web", instance, values.get, lambda _: baseline)
    return [(breach.figure.value, breach.value, breach.limit) for breach in found]


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(peak=1200), 1200),
        (Budget(peak_growth=Growth(share=0.1)), 1100),
        (Budget(peak_growth=Growth(amount=250)), 1250),
        (Budget(peak_growth=Growth(share=0.0)), 1000),
    ],
)
def test_a_budget_is_broken_above_its_limit(budget: Budget, limit: int) -> None:
    assert broken(("app.web", budget), peak=limit) == []
    assert broken(("app.web", budget), peak=limit + 1) == [("peak", limit + 1, limit)]


def test_each_figure_has_its_own_limits() -> None:
    budget = Budget(
        peak=10,
        leaked=20,
        allocations=30,
        leaked_growth=Growth(amount=1),
        allocations_growth=Growth(share=0.5),
    )
    assert broken(("*", budget), peak=11, leaked=1002, allocations=1501) == [
        ("peak", 11, 10),
        ("leaked", 1002, 20),
        ("leaked", 1002, 1001),
        ("allocations", 1501, 30),
        ("allocations", 1501, 1500),
    ]


def test_what_is_not_known_breaks_no_budget() -> None:
    budget = Budget(peak=10, peak_growth=Growth(share=0.1))
    assert broken(("app.web", budget), leaked=10**9) == []
    assert broken(("app.web", budget), peak=9, baseline=None) == []


@pytest.mark.parametrize("pattern", ["app.web", "app.*", "*", "app.web:a", "*:a", "app.w?b"])
def test_tables_are_named_by_module_instance_or_pattern(pattern: str) -> None:
    assert broken((pattern, Budget(peak=10)), peak=11, instance="a")
    assert not broken(
        (pattern.replace("app", "lib").replace("*", "z*"), Budget(peak=10)), peak=11, instance="a"
    )


def test_the_most_particular_table_decides_each_limit() -> None:
    tables = (
        ("*", Budget(peak=10, leaked=10)),
        ("app.*", Budget(peak=1, leaked=1)),
        ("app.web", Budget(peak=100)),
        ("app.web:a", Budget(peak=200)),
    )
    assert broken(*tables, peak=150, leaked=11) == [("peak", 150, 100), ("leaked", 11, 10)]
    assert broken(*tables, peak=150, leaked=10, instance="a") == []


def test_severity_is_the_tables_that_sets_the_limit() -> None:
    tables = (("app.web", Budget(leaked=5, severity=Severity.WARN)), ("*", Budget(peak=5)))
    found = breaches(tables, "app.web", None, lambda _: 6, lambda _: None)
    assert {breach.figure: breach.severity for breach in found} == {
        Figure.PEAK: Severity.ERROR,
        Figure.LEAKED: Severity.WARN,
    }


# Baselines

RUNS = (
    Run("a", branch="main"),
    Run("b", label="release 2", branch="main"),
    Run("c", branch="work"),
    Run("d", branch="work"),
    Run("e", branch="work"),
)


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        (Baseline(), (400, 2, "run c")),
        (Baseline("run", "a"), (100, 0, "run a")),
        (Baseline("run", "release 2"), (300, 1, "run release 2 (b)")),
        (Baseline("run", "nowhere"), None),
        (Baseline("branch", "main"), (300, 1, "run release 2 (b)")),
        (Baseline("median", count=2), (300, 1, "the median of the last 2 runs")),
        (Baseline("median", count=3), (300, 1, "the median of the last 3 runs")),
        (Baseline("median", count=9), (300, 1, "the median of the last 3 runs")),
    ],
)
def test_the_baseline_is_an_earlier_run_that_can_be_believed(
    baseline: Baseline, expected: tuple[int, int, str] | None
) -> None:
    """Run d has a damaged capture; it is passed over. Of repeats the smallest counts."""
    captures = (
        Captured("1", "a", Status.OK, peak=100),
        Captured("2", "b", Status.OK, peak=350),
        Captured("3", "b", Status.OK, peak=300),
        Captured("4", "c", Status.UNFINISHED, peak=400),
        Captured("5", "d", Status.DAMAGED, peak=7),
        Captured("6", "e", Status.OK, peak=900),
    )
    series = Series("app.web", None, captures)
    found = baseline_value(History(RUNS, (series,)), series, Figure.PEAK, 4, baseline)
    assert found == (BaselineValue(*expected) if expected else None)


def test_a_name_is_for_the_module_of_just_that_name_whatever_it_means_as_a_pattern() -> None:
    """A test's parameters stand in brackets; an instance that is none has no name."""
    assert fits("test_a[1]", "test_a[1]", None)
    assert fits("test_a[1]", "test_a1", None)
    assert fits("app:*", "app", "worker")
    assert not fits("app:*", "app", None)
