"""Sizes read and print as memray prints them; other figures print in plain units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memray._memray import size_fmt

from sitegen.units import format_count, format_duration, format_size, parse_percent, parse_size

EDGES = [n + step for power in range(10) for n in (1000**power, 1024**power) for step in (-1, 0, 1)]


@pytest.mark.parametrize("size", [*EDGES, 999_999_499, 999_999_500, -5_000])
def test_sizes_print_as_memray_prints_them_at_the_edges_of_units(size: int) -> None:
    assert format_size(size) == size_fmt(size)


@given(st.integers(-(10**27), 10**27))
def test_any_size_prints_as_memray_prints_it(size: int) -> None:
    assert format_size(size) == size_fmt(size)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500 MB", 500_000_000),
        ("500MB", 500_000_000),
        ("1.5 GB", 1_500_000_000),
        ("100 kB", 100_000),
        ("100 KB", 100_000),
        ("64 KiB", 65_536),
        ("2 MiB", 2 << 20),
        ("1.5GiB", 3 << 29),
        ("3M", 3_000_000),
        ("12 B", 12),
        (" 12 ", 12),
        (12, 12),
        (0, 0),
    ],
)
def test_a_size_is_read_in_decimal_and_in_binary_units(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "-5 MB", "5 XB", "5 MB/s", "1e6", "5%", "٣ MB", -1, 1.5, True, None, []]
)
def test_what_is_no_size_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match='write it like "500 MB"'):
        parse_size(text)


@given(st.integers(0, 10**18))
def test_a_printed_size_reads_back_within_its_rounding(size: int) -> None:
    assert abs(parse_size(format_size(size)) - size) <= size * 0.0006


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("0.5 %", 0.005), ("0%", 0.0), ("250%", 2.5)])
def test_a_percentage_is_read_as_a_share(text: str, share: float) -> None:
    assert parse_percent(text) == share


@pytest.mark.parametrize("text", ["5", "", "%", "-5%", "5 MB", 5, 0.05])
def test_a_number_without_a_percent_sign_is_no_percentage(text: object) -> None:
    with pytest.raises(ValueError, match='write it like "5%"'):
        parse_percent(text)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1234567, "1,234,567"), (-1000, "-1,000")]
)
def test_counts_have_their_thousands_told_apart(count: int, text: str) -> None:
    assert format_count(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.84, "0.84 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (12.34, "12.3 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (3599.7, "1 h"),
        (3600 * 3 + 12 * 60 + 29, "3 h 12 min"),
        (3600 * 24 - 1, "24 h"),
        (3600 * 52, "2 d 4 h"),
        (-12.34, "-12.3 s"),
    ],
)
def test_durations_print_in_the_units_that_matter(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
