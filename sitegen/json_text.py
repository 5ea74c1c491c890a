"""JSON that may be anybody's: whatever is wrong with it is a msgspec.DecodeError."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def decode(text: bytes | str, shape: type[T]) -> T:
    """The value that the text is, in this shape. Raises msgspec.DecodeError, which says what is wrong with it.

    msgspec itself ends with RecursionError where brackets go deep, and with UnicodeDecodeError where bytes
    are no text.
    """
    try:
        return msgspec.json.decode(text, type=shape)
    except RecursionError:
        raise msgspec.DecodeError("its brackets are nested too deeply") from None
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None
