"""Columns of values that are made when they are looked at: thousands of objects take many times the memory."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_HASH = re.compile("[0-9a-f]{64}")
_HASH_BYTES = 32
_NONE = -(2**63)


class Few(Generic[T]):
    """Values of which many are equal: each is kept once."""

    def __init__(self, values: Iterable[T]) -> None:
        numbers: dict[T, int] = {}
        self._column = array("I", (numbers.setdefault(value, len(numbers)) for value in values))
        self._values = tuple(numbers)

    def __getitem__(self, row: int) -> T:
        return self._values[self._column[row]]

    def __len__(self) -> int:
        return len(self._column)


class Paths:
    """Texts with slashes: directories have many names in common, and names many directories."""

    def __init__(self, paths: Iterable[str]) -> None:
        split = [path.rpartition("/") for path in paths]
        self._directories = Few(directory + slash for directory, slash, _ in split)
        self._names = Few(name for _, _, name in split)

    def __getitem__(self, row: int) -> str:
        return self._directories[row] + self._names[row]

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))


class Numbers:
    """Rows of so many integers or None."""

    def __init__(self, width: int, rows: Iterable[Sequence[int | None]]) -> None:
        self._width = width
        self._flat = array("q")
        self._large: dict[int, Sequence[int | None]] = {}  # what anybody wrote into a damaged file
        for row, numbers in enumerate(rows):
            if all(number is None or _NONE < number < -_NONE for number in numbers):
                self._flat.extend(_NONE if number is None else number for number in numbers)
            else:
                self._flat.extend([_NONE] * width)
                self._large[row] = numbers

    def __getitem__(self, row: int) -> Sequence[int | None]:
        if row in self._large:
            return self._large[row]
        start = row * self._width
        return [None if n == _NONE else n for n in self._flat[start : start + self._width]]


class Hashes:
    """SHA-256 in hexadecimal; other texts, and None, as they are."""

    def __init__(self, texts: Iterable[str | None]) -> None:
        self._packed = bytearray()
        self._other: dict[int, str | None] = {}
        for row, text in enumerate(texts):
            if text is not None and _HASH.fullmatch(text):
                self._packed += bytes.fromhex(text)
            else:
                self._packed += bytes(_HASH_BYTES)
                self._other[row] = text

    def __getitem__(self, row: int) -> str | None:
        if row in self._other:
            return self._other[row]
        start = row * _HASH_BYTES
        return self._packed[start : start + _HASH_BYTES].hex()
