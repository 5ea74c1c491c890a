"""JSON in pieces: documents about all captures are written one capture at a time, and never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec


def array_of(items: Iterable[Any], order: Literal["sorted"] | None = None) -> Iterator[bytes]:
    """A JSON array, item by item; `order` is that of the keys of objects, as msgspec has it."""
    encode = msgspec.json.Encoder(order=order).encode
    before = b"["
    for item in items:
        yield before + encode(item)
        before = b","
    yield b"]" if before == b"," else b"[]"


def object_of(items: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A JSON object of names and values that are JSON in pieces themselves."""
    before = b"{"
    for name, pieces in items:
        yield before + msgspec.json.encode(name) + b":"
        yield from pieces
        before = b","
    yield b"}" if before == b"," else b"{}"


def script(call: bytes, argument: Iterable[bytes]) -> Iterator[bytes]:
    """A script that hands this JSON to a function."""
    yield call + b"("
    yield from argument
    yield b");\n"
