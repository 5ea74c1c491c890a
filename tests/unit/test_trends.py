"""Steps are found at their true run, growth is told from steps, and noise is neither."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from sitegen.insight.growth import chance_of_rise, find_growth
from sitegen.insight.points import Effect, Point
from sitegen.insight.trends import find_steps

EFFECT = Effect()
MB = 1_000_000


def history(*megabytes: float | None) -> list[Point | None]:
    return [None if value is None else Point(round(value * MB)) for value in megabytes]


def steps_of(*megabytes: float | None) -> list[int]:
    return [step.index for step in find_steps(history(*megabytes), EFFECT)]


def noisy(random: Random, levels: list[float], noise: float, kind: str = "gauss") -> list[Point | None]:
    """Runs on levels (in MB), with noise of a standard deviation as a share of the level."""
    draw: Callable[[], float] = {
        "gauss": lambda: random.gauss(0, 1),
        "laplace": lambda: (random.expovariate(1) - random.expovariate(1)) / 2**0.5,
        "uniform": lambda: random.uniform(-(3**0.5), 3**0.5),
    }[kind]
    return [Point(round(level * MB * (1 + noise * draw()))) for level in levels]


def test_ties_weaken_a_trend() -> None:
    assert chance_of_rise([1, 1, 1, 1, 1, 1]) == 1
    assert chance_of_rise([1, 1, 2, 2, 3, 3]) > chance_of_rise([1, 2, 3, 4, 5, 6])


# Steps at their true run


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 9, 10, 11, 15, 30])
@pytest.mark.parametrize("place", ["second", "middle", "newest", "before newest"])
def test_an_exact_step_is_found_wherever_it_is(size: int, place: str) -> None:
    at = {"second": 1, "middle": size // 2, "newest": size - 1, "before newest": max(1, size - 2)}[place]
    expected = [at]
    if size >= 10 and at < 3:
        expected = []  # among many runs, one odd first run is no level
    assert steps_of(*[12.7] * at, *[18.0] * (size - at)) == expected


@pytest.mark.parametrize("kind", ["gauss", "laplace", "uniform"])
@pytest.mark.parametrize("noise", [0.01, 0.03])
def test_a_step_larger_than_the_noise_is_found_at_its_run(kind: str, noise: float) -> None:
    """Twenty runs, a step of seven standard deviations at the twelfth: found there, and nothing else."""
    random = Random(f"{kind}{noise}")
    step = 20 * (1 + 7 * noise)
    found = [
        [s.index for s in find_steps(noisy(random, [20.0] * 11 + [step] * 9, noise, kind), EFFECT)]
        for _ in range(60)
    ]
    assert sum(at == [11] for at in found) >= 57


def test_several_steps_are_told_apart() -> None:
    levels = [10.0] * 3 + [18.0] * 3 + [26.0] * 4 + [9.0] * 4
    assert steps_of(*levels) == [3, 6, 10]
    found = find_steps(history(*levels), EFFECT)
    assert [(step.last, step.before / MB, step.after / MB) for step in found] == [
        (2, 10, 18),
        (5, 18, 26),
        (9, 26, 9),
    ]


@pytest.mark.parametrize(
    ("runs", "steps"),
    [
        ((18, 30, 36), [1, 2]),
        ((36, 30, 18), [1, 2]),
        ((18, 18, 30, 36), [2, 3]),
        ((18, 30, 36, 36.1), [1, 2]),
        ((18, 30, 24), []),
        ((18, 30, 12, 36), []),
    ],
)
def test_of_few_runs_that_go_one_way_each_large_change_is_a_step(
    runs: tuple[float, ...], steps: list[int]
) -> None:
    """Who tries it with three runs, each larger than the one before, is told so; to and fro is noise."""
    assert steps_of(*runs) == steps


def test_gaps_are_passed_over() -> None:
    """A run without the figure is no step, and steps are numbered by run all the same."""
    assert steps_of(10, None, 10, None, 15, 15) == [4]
    assert find_steps(history(10, None, 15), EFFECT)[0].last == 0
    assert steps_of(None, None) == steps_of(None, 10) == []


def test_a_step_is_told_from_the_last_typical_run() -> None:
    """The run before a step can itself be odd; what is compared is one of the level."""
    (step,) = find_steps(history(*[10.0] * 8, 14.9, *[15.0, 15.1, 14.9, 15.0] * 2), EFFECT)
    assert (step.index, step.last) == (8, 7)


# What is no step


def test_a_byte_exact_history_makes_nothing_of_65_bytes() -> None:
    for size in (3, 8, 20):
        exact = [Point(12_700_000)] * (size // 2) + [Point(12_700_065)] * (size - size // 2)
        assert not find_steps(exact, EFFECT)
        assert not find_growth([Point(12_700_000 + 65 * run) for run in range(size)], EFFECT)


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (10_000_000, 10_500_000, False),  # 5 % and no more
        (10_000_000, 10_500_001, True),
        (1_000_000, 1_100_000, False),  # 100 kB and no more, though 10 %
        (1_000_000, 1_100_001, True),
        (10_000_000, 9_499_999, True),
        (0, 100_001, True),
    ],
)
@pytest.mark.parametrize("runs", [1, 4, 12])
def test_the_minimum_effect_must_be_exceeded(before: int, after: int, counts: bool, runs: int) -> None:
    exact = [*[Point(before)] * runs, Point(after)]
    assert bool(find_steps(exact, EFFECT)) is counts


def test_the_newest_run_must_lie_beyond_the_spread_of_those_before() -> None:
    assert steps_of(10, 12, 9, 11, 10, 12.5) == []
    assert steps_of(10, 10.2, 9.9, 10.1, 10, 12.5) == [5]
    assert steps_of(*[10, 12, 9, 11] * 4, 12.5) == []
    assert steps_of(*[10, 10.2, 9.9, 10.1] * 4, 12.5) == [16]


def test_a_change_within_the_spread_of_repeats_is_none() -> None:
    def newest(spread: float) -> list[Point | None]:
        return [Point(10 * MB, spread), Point(10 * MB, spread), Point(12 * MB, spread)]

    assert not find_steps(newest(2.1 * MB), EFFECT)
    assert find_steps(newest(1.0 * MB), EFFECT)


def test_one_odd_run_is_no_step() -> None:
    assert steps_of(10, 10, 15, 10, 10) == []
    assert steps_of(*[10] * 9, 15, *[10] * 5) == []


def test_noise_alone_is_rarely_a_finding() -> None:
    """The measured rates, as the documentation of `trends` states them: histories in which anything is found."""
    stated = {  # noise -> (up to 9 runs, 10 runs and more)
        0.01: (0.005, 0.005),
        0.03: (0.12, 0.03),
    }
    for noise, (few, many) in stated.items():
        for sizes, most in (((3, 5, 7, 9), few), ((10, 14, 24), many)):
            random = Random(noise)
            found = 0
            for kind in ("gauss", "laplace", "uniform"):
                for size in sizes:
                    for _ in range(40):
                        runs = noisy(random, [20.0] * size, noise, kind)
                        found += bool(find_steps(runs, EFFECT) or find_growth(runs, EFFECT))
            assert found / (40 * 3 * len(sizes)) <= most


# Growth


def test_steady_growth_is_found_from_where_it_begins() -> None:
    growth = find_growth(history(1.75, 3.54, 5.32, 7.11, 8.86), EFFECT)
    assert growth
    assert (growth.first, growth.last) == (0, 4)
    assert growth.slope / MB == pytest.approx(1.78, abs=0.01)
    assert find_growth(history(None, 2, None, 3, 4, 5.1, 5.9, 7, 8), EFFECT)


@pytest.mark.parametrize(
    "levels",
    [
        [10.0] * 6 + [18.0] * 6,  # a step
        [10.0] * 4 + [14.0] * 4 + [18.0] * 4,  # stairs
        [8, 7, 6, 5, 4, 3, 2],  # falling
        [1, 2, 3, 4],  # too few to tell
        [10, 10.01, 10.02, 10.03, 10.04, 10.05],  # too little
    ],
)
def test_what_is_no_steady_growth(levels: list[float]) -> None:
    assert find_growth(history(*levels), EFFECT) is None


def test_noisy_growth_is_found() -> None:
    random = Random(5)
    found = [
        find_growth(noisy(random, [20 + run for run in range(12)], 0.01), EFFECT) is not None
        for _ in range(40)
    ]
    assert sum(found) >= 38
