"""The container: what goes in comes out, and damage is told, never believed."""

from __future__ import annotations

import gzip
import struct
from array import array
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.capture import columns
from sitegen.errors import BundleError

numbers = st.lists(st.integers(0, 2**64 - 1), max_size=40)


@given(st.dictionaries(st.text(min_size=1, max_size=8), numbers, max_size=4), st.binary(max_size=20))
def test_columns_come_back_as_they_went_in(table: dict[str, list[int]], rest: bytes) -> None:
    header, decoded, left = columns.decode(columns.encode({"a": [1, None]}, table, frozenset()) + rest)
    assert header == {"a": [1, None]}
    assert decoded == {name: array("Q", column) for name, column in table.items()}
    assert left == rest


@given(st.lists(st.integers(0, 2**62), max_size=40))
def test_differences_come_back_as_values(column: list[int]) -> None:
    _, decoded, _ = columns.decode(columns.encode({}, {"c": column}, frozenset({"c"})))
    assert list(decoded["c"]) == column


def test_equal_content_gives_equal_bytes() -> None:
    assert columns.encode({"b": 1, "a": 2}, {}, frozenset()) == columns.encode(
        {"a": 2, "b": 1}, {}, frozenset()
    )


@given(st.data())
def test_damaged_containers_raise_bundle_errors_only(data: st.DataObject) -> None:
    sound = columns.encode({"a": 1}, {"c": [1, 2, 70_000]}, frozenset())
    position = data.draw(st.integers(0, len(sound) - 1))
    damaged = bytearray(sound)
    damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        header, decoded, _ = columns.decode(bytes(damaged))
    except BundleError:
        return
    # Only gzip's own header has bits without meaning.
    assert (header, decoded["c"].tolist()) == ({"a": 1}, [1, 2, 70_000])


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_container_that_was_cut_short_is_an_error(cut: int) -> None:
    sound = columns.encode({"a": 1}, {"c": list(range(50))}, frozenset())
    with pytest.raises(BundleError):
        columns.decode(sound[: cut * len(sound) // 60])


def test_a_later_version_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "VERSION", 7)
    later = columns.encode({}, {}, frozenset())
    monkeypatch.undo()
    with pytest.raises(BundleError, match="version 7"):
        columns.decode(later)


def container(header: bytes) -> bytes:
    """A container with this header and no columns."""
    return gzip.compress(struct.pack("<8sII", columns.MAGIC, columns.VERSION, len(header)) + header)


@pytest.mark.parametrize("rows", [8_000_000_000, 2**63, -1, -(2**40)])
def test_a_column_of_as_many_rows_as_no_file_holds_is_damage_with_a_hint(rows: int) -> None:
    with pytest.raises(BundleError) as told:
        columns.decode(container(b'{"columns":[["c",%d,0,0]]}' % rows))
    assert told.value.hint == columns.REMAKE


def test_many_columns_without_bytes_take_no_more_room_than_one() -> None:
    table = b",".join(b'["c%d",100000,0,0]' % number for number in range(10_000))
    with pytest.raises(BundleError, match=r"its column c\d+ cannot be"):
        columns.decode(container(b'{"columns":[%s]}' % table))


def test_brackets_that_go_deep_are_damage(tmp_path: Path) -> None:
    deep = container(b'{"columns":[],"x":' + b"[" * 60_000 + b"]" * 60_000 + b"}")
    with pytest.raises(BundleError, match="nested too deeply"):
        columns.decode(deep)
    (tmp_path / "deep.sitegen").write_bytes(deep)
    with pytest.raises(BundleError, match="nested too deeply"):
        columns.read_header(tmp_path / "deep.sitegen", msgspec.defstruct("Nothing", []))
