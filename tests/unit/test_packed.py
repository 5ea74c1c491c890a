"""Columns give back what was put in, whatever it was; captures made of them are those of the entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_analyses import FACTS
from msgspec.structs import replace

from sitegen.insight.history import SteadyLeak, Where
from sitegen.model import Name, Status, Thread
from sitegen.packed import Few, Hashes, Made, Numbers, Paths
from sitegen.site import urls
from sitegen.site.captures import Captures, Entry, captures_of
from sitegen.summary import Figures

NUMBERS = st.none() | st.integers(-(2**70), 2**70) | st.sampled_from([-(2**63), 2**63 - 1])


class Column(Protocol):
    """What is filled row by row."""

    def __setitem__(self, row: int, value: Any, /) -> None: ...


C = TypeVar("C", bound=Column)


def filled(column: C, values: Sequence[Any]) -> C:
    """The column with these values, the last one first: rows may be filled in any order."""
    for row in reversed(range(len(values))):
        column[row] = values[row]
    return column


@given(st.lists(st.text("ab/\udcff", max_size=6)))
def test_texts_come_out_as_they_went_in(texts: list[str]) -> None:
    few = filled(Few[str](len(texts)), texts)
    paths = filled(Paths(len(texts)), texts)
    for column in (few, paths):
        column.close()
    assert [few[row] for row in range(len(few))] == texts
    assert [*paths] == texts


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
def test_numbers_of_any_size_come_out_as_they_went_in(rows: list[tuple[int | None, ...]]) -> None:
    numbers = filled(Numbers(len(rows), 3), rows)
    assert [tuple(numbers[row]) for row in range(len(rows))] == rows


@given(st.lists(st.none() | st.text("0a", max_size=3) | st.sampled_from(["0a" * 32, "0A" * 32, "b1" * 33])))
def test_hashes_and_what_stands_in_their_place_come_out_as_they_went_in(texts: list[str | None]) -> None:
    hashes = filled(Hashes(len(texts)), texts)
    assert [hashes[row] for row in range(len(texts))] == texts


def test_a_hash_that_was_there_is_gone_when_there_is_none_any_more() -> None:
    hashes = filled(Hashes(3), ["0a" * 32, "no hash", "00" * 32])
    assert [hashes[row] for row in range(3)] == ["0a" * 32, "no hash", "00" * 32]
    assert [filled(hashes, [None] * 3)[row] for row in range(3)] == [None] * 3


def test_what_is_made_when_it_is_looked_at_is_a_sequence_like_any_other() -> None:
    made = Made(4, lambda number: number * 10)
    assert ([*made], len(made), made[1], made[-1]) == ([0, 10, 20, 30], 4, 10, 30)
    assert made[1:3] == [10, 20]
    assert made == (0, 10, 20, 30)
    assert made != (0, 10, 20)
    assert made != (0, 10, 20, 31)
    with pytest.raises(IndexError):
        made[4]


WHOLE = Figures(
    Status.UNFINISHED,
    "why",
    replace(FACTS, started=3, ended=5, pid=2**40),
    10**14,
    None,
    0,
    2,
    3,
    (Thread(1, "main"),),
    (("flamegraph", True), ("temporal", True)),
    ("f", "g"),
    (0.0, 0.5),
    SteadyLeak(7, (Where("f", "f.py", 7),)),
)
ENTRIES = (
    Entry("two/b.bin", "two/b.bin", Name("two", "b", "x", 3), "77", WHOLE, "0a" * 32, "b1" * 32),
    Entry("one/a.bin", "a/one/a.bin", Name("one", "a", None), None, replace(WHOLE, reports=()), "key", "d"),
    Entry("two/a.bin", "two/a.bin", Name("two", "a", None), None, Figures(Status.FAILED, "gone"), None, ""),
)


@pytest.fixture
def captures() -> Captures:
    return captures_of(ENTRIES, {"one": "One", "two": "2"})


def test_captures_are_those_of_the_entries_in_the_order_of_their_ids(captures: Captures) -> None:
    ordered = sorted(ENTRIES, key=lambda entry: entry.id)
    assert [*captures.ids()] == [capture.id for capture in captures] == [entry.id for entry in ordered]
    for capture, entry in zip(captures, ordered, strict=True):
        assert (capture.file, capture.figures, capture.digest) == (entry.file, entry.figures, entry.digest)
        named = Name(capture.run, capture.module, capture.instance, capture.chunk)
        assert (named, capture.process) == (entry.name, entry.process)
    assert [capture.run_label for capture in captures] == ["One", "2", "2"]


def test_only_what_was_read_has_data_and_only_where_it_has_the_report_that_of_time(
    captures: Captures,
) -> None:
    shown = [(capture.data, capture.temporal) for capture in captures]
    both = urls.data("two/b.bin"), urls.temporal("two/b.bin")
    assert shown == [(urls.data("one/a.bin"), None), (None, None), both]


def test_captures_are_found_by_their_id_among_all_and_among_some(captures: Captures) -> None:
    assert captures.find("two/a.bin") == captures[1]
    assert captures[1:].find("two/b.bin") == captures[2]
    assert captures[1:].find("one/a.bin") is None
    assert captures.find("two/c.bin") is None
    assert (captures.key("one/a.bin"), captures.key("two/b.bin")) == ("key", "0a" * 32)
    for lost in ("two/a.bin", "none"):
        with pytest.raises(KeyError):
            captures.key(lost)


def test_captures_are_divided_by_run_module_and_instance(captures: Captures) -> None:
    def ids(parts: dict[str, Captures]) -> dict[str, list[str]]:
        return {name: [*part.ids()] for name, part in parts.items()}

    assert ids(dict(captures.by_run())) == {"one": ["one/a.bin"], "two": ["two/a.bin", "two/b.bin"]}
    assert ids(dict(captures.by_module())) == {"a": ["one/a.bin", "two/a.bin"], "b": ["two/b.bin"]}
    assert {i: len(part) for i, part in captures.by_instance().items()} == {None: 2, "x": 1}
    assert len(captures.by_run()["three"]) == 0
