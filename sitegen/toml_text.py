"""TOML that may be anybody's: whatever is wrong with it is a ValueError."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """The table that the text is. Raises ValueError, which says what is wrong with it.

    tomllib itself ends with RecursionError where brackets go deep.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def as_toml(value: object) -> str:
    """A value as one would write it in TOML; "" for None."""
    match value:
        case None:
            return ""
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Path():
            return json.dumps(value.as_posix(), ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(as_toml, value))}]"
        case dict():
            return "a table"
        case _:
            return str(value)
