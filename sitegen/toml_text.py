"""TOML that may be anybody's: whatever is wrong with it is a ValueError."""

from __future__ import annotations

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """The table that the text is. Raises ValueError, which says what is wrong with it.

    tomllib itself ends with RecursionError where brackets go deep.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None
