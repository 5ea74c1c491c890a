"""JSON in pieces is the JSON that msgspec would have written at once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sitegen.json_pieces import array_of, object_of, script
from sitegen.model import Thread


@pytest.mark.parametrize("items", [[], [1], [None, "a,b", {"c": [1.5]}], [Thread(1, "main")] * 3])
def test_an_array_in_pieces_is_the_array(items: list[Any]) -> None:
    pieces = list(array_of(iter(items)))
    assert b"".join(pieces) == msgspec.json.encode(items)
    assert len(pieces) == len(items) + 1


def test_keys_of_items_can_be_sorted() -> None:
    assert b"".join(array_of([Thread(1, "main"), {"b": 1, "a": 2}], order="sorted")) == (
        b'[{"id":1,"name":"main"},{"a":2,"b":1}]'
    )


@pytest.mark.parametrize("names", [[], ["a"], ["z", 'with "quotes"', "ä"]])
def test_an_object_in_pieces_is_the_object(names: list[str]) -> None:
    """Its names stay in the order in which they are given."""
    pieces = object_of((name, array_of(range(3))) for name in names)
    assert b"".join(pieces) == msgspec.json.encode({name: [0, 1, 2] for name in names})


def test_a_script_hands_the_json_over() -> None:
    assert b"".join(script(b"sitegen.search", array_of(["x"]))) == b'sitegen.search(["x"]);\n'
