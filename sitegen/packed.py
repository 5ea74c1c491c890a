"""Columns of values that are made when they are looked at: thousands of objects take many times the memory.

A column has so many rows from the beginning, which are filled in any order: one that grows is copied again and
again, and leaves holes in the memory. `close` lets go of what only filling needs.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import eq
from typing import Generic, TypeVar, overload

T = TypeVar("T")

_HASH = re.compile("[0-9a-f]{64}")
_NO_HASH = bytes(32)
_NONE = -(2**63)

_AT_HAND = 1024
"""So many values are kept as they were made: of a site of hundreds of captures, each is made once."""


class Made(Sequence[T]):
    """A sequence whose values a function makes, each of its number, when they are looked at.

    The last `_AT_HAND` are kept.
    """

    def __init__(self, length: int, make: Callable[[int], T]) -> None:
        self._rows = range(length)
        self._make = lru_cache(_AT_HAND)(make)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            return [*map(self._make, self._rows[at])]
        return self._make(self._rows[at])

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == len(self) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))


class Few(Generic[T]):
    """A column of values of which many are equal: each different one is kept once, and every row has its number.

    Column stores call that dictionary encoding.
    """

    def __init__(self, rows: int) -> None:
        self._column = array("I", [0]) * rows
        self._values: list[T] = []
        self._numbers: dict[T, int] = {}

    def __setitem__(self, row: int, value: T) -> None:
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        self._column[row] = number

    def close(self) -> None:
        self._numbers = {}

    def __getitem__(self, row: int) -> T:
        return self._values[self._column[row]]

    def __len__(self) -> int:
        return len(self._column)


class Paths:
    """Texts with slashes: directories have many names in common, and names many directories."""

    def __init__(self, rows: int) -> None:
        self._directories = Few[str](rows)
        self._names = Few[str](rows)

    def __setitem__(self, row: int, path: str) -> None:
        directory, slash, name = path.rpartition("/")
        self._directories[row] = directory + slash
        self._names[row] = name

    def close(self) -> None:
        self._directories.close()
        self._names.close()

    def __getitem__(self, row: int) -> str:
        return self._directories[row] + self._names[row]

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))


class Numbers:
    """Rows of so many integers or None."""

    def __init__(self, rows: int, width: int) -> None:
        self._width = width
        self._flat = array("q", [_NONE]) * (rows * width)
        self._large: dict[int, Sequence[int | None]] = {}  # what anybody wrote into a damaged file

    def __setitem__(self, row: int, numbers: Sequence[int | None]) -> None:
        start = row * self._width
        try:
            packed = array("q", [_NONE if number is None else number for number in numbers])
        except OverflowError:
            self._large[row] = numbers
            return
        if _NONE in numbers:
            self._large[row] = numbers
        self._flat[start : start + self._width] = packed

    def __getitem__(self, row: int) -> Sequence[int | None]:
        if row in self._large:
            return self._large[row]
        start = row * self._width
        return [None if n == _NONE else n for n in self._flat[start : start + self._width]]


class Hashes:
    """SHA-256 in hexadecimal, None where there is none; other texts as they are."""

    def __init__(self, rows: int) -> None:
        self._packed = bytearray(_NO_HASH * rows)
        self._other: dict[int, str] = {}

    def __setitem__(self, row: int, text: str | None) -> None:
        packed = bytes.fromhex(text) if text is not None and _HASH.fullmatch(text) else _NO_HASH
        self._other.pop(row, None)
        if text is not None and packed == _NO_HASH:
            self._other[row] = text
        start = row * len(_NO_HASH)
        self._packed[start : start + len(_NO_HASH)] = packed

    def __getitem__(self, row: int) -> str | None:
        start = row * len(_NO_HASH)
        packed = self._packed[start : start + len(_NO_HASH)]
        return packed.hex() if packed != _NO_HASH else self._other.get(row)
