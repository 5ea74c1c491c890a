"""The search for levels and trends does what maintained reference implementations do: ruptures and scipy."""

from __future__ import annotations

from random import Random

import pytest

from sitegen.insight.growth import chance_of_rise, find_growth
from sitegen.insight.partition import cost_of, partition, partitions
from sitegen.insight.points import Effect, Point

numpy = pytest.importorskip("numpy")
ruptures = pytest.importorskip("ruptures", reason="has no wheel for Python 3.14 yet")
stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("seed", range(8))
def test_partitions_are_those_of_the_reference(seed: int) -> None:
    """For every number of levels our sum of distances is that of ruptures' exact search, and so are the levels."""
    random = Random(seed)
    size = random.randrange(9, 40)
    levels = sorted(random.choices(range(1, size), k=3))
    values = [10.0 + 3 * sum(index >= at for at in levels) + random.gauss(0, 1) for index in range(size)]
    reference = ruptures.Dynp(model="l1", min_size=3, jump=1).fit(numpy.array(values))
    found = list(partitions(values, 3))
    assert len(found) == size // 3
    for count, (starts, cost) in enumerate(found):
        expected = reference.predict(n_bkps=count) if count else [size]
        assert [*starts[1:], size] == expected
        assert cost == pytest.approx(cost_of(values, starts))


@pytest.mark.parametrize("seed", range(8))
def test_the_best_partition_for_a_price_of_steps_is_that_of_the_reference(seed: int) -> None:
    """ruptures' PELT, another algorithm, finds the same levels for the same price of a step."""
    random = Random(seed)
    values = [10.0 + 4 * (index >= 13) - 2 * (index >= 29) + random.gauss(0, 1) for index in range(40)]
    price = 6.0
    best = min(partitions(values, 3), key=lambda found: found[1] + price * len(found[0]))[0]
    pelt = ruptures.Pelt(model="l1", min_size=3, jump=1).fit(numpy.array(values))
    assert [*best[1:], 40] == pelt.predict(pen=price)


@pytest.mark.parametrize("seed", range(6))
def test_the_chosen_levels_are_those_planted_and_those_of_the_reference(seed: int) -> None:
    """Where steps are larger than the noise, Schwarz's criterion chooses their number and the search their runs."""
    random = Random(seed)
    values = [20.0 + 6 * (index >= 11) + 4 * (index >= 24) + random.uniform(-1, 1) for index in range(36)]
    assert partition(values, 0.01) == [0, 11, 24]
    reference = ruptures.Dynp(model="l1", min_size=3, jump=1).fit(numpy.array(values))
    assert reference.predict(n_bkps=2) == [11, 24, 36]


@pytest.mark.parametrize("seed", range(10))
def test_the_trend_test_and_the_slope_are_those_of_the_reference(seed: int) -> None:
    random = Random(seed)
    values = [0.2 * index + random.gauss(0, 1) for index in range(random.randrange(5, 25))]
    exact = stats.kendalltau(range(len(values)), values, alternative="greater", method="exact")
    assert chance_of_rise(values) == pytest.approx(exact.pvalue)
    rising = [50 + 3 * index + random.gauss(0, 0.5) for index in range(12)]
    growth = find_growth([Point(value) for value in rising], Effect(amount=1))
    assert growth
    assert growth.slope == pytest.approx(stats.theilslopes(rising).slope, rel=1e-6)
