"""The values that configuration keys take, and how each is read from what TOML holds.

Each reader takes a TOML value and raises ValueError, saying what it does not like (msgspec's ValidationError
where the value is of the wrong type altogether).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from sitegen.errors import did_you_mean
from sitegen.model import PREVIOUS, Baseline, Growth
from sitegen.units import parse_percent, parse_size

PATTERN_GROUPS = ("run", "module", "instance")
METRICS = ("peak", "leaked", "allocations")
_NEVER_IN_ADDRESSES = frozenset(' "<>\\?#')
FINDING_KINDS = ("step", "growth", "leak", "budget", "new", "missing", "damaged")


class Key(msgspec.Struct, frozen=True):
    """What a key takes (`type`, in words) and does (`about`). `read` makes the value out of what TOML holds.

    `read` raises ValueError; without it, the value must be of the field's own type. `default` is the default
    as one would write it, where that is not how its value prints.
    """

    type: str
    about: str
    read: Callable[[Any], object] | None = None
    default: str | None = None


def strings(value: object) -> tuple[str, ...]:
    return msgspec.convert(value, tuple[str, ...])


def path(value: object) -> Path:
    text = msgspec.convert(value, str)
    if "\0" in text:
        raise ValueError(f"{text!r} is no path: it holds the character NUL")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"{text!r} names a home directory that nobody here has") from None


def paths(value: object) -> tuple[Path, ...]:
    return tuple(map(path, strings(value)))


def patterns(value: object) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_pattern, [value] if isinstance(value, str) else strings(value)))


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    for group in pattern.groupindex:
        if group not in PATTERN_GROUPS:
            raise ValueError(
                f"{text!r} has an unknown group '{group}'. {did_you_mean(group, list(PATTERN_GROUPS))}"
            )
    if not pattern.groupindex:
        raise ValueError(
            f"{text!r} has none of the groups {', '.join(f'(?P<{g}>...)' for g in PATTERN_GROUPS)}"
        )
    return pattern


def web_address(value: object) -> str:
    text = msgspec.convert(value, str)
    if not _is_web_address(text):
        raise ValueError(
            f'{text!r} is no web address: write it like "https://example.org/memory/", with http or https and '
            "a host, and without spaces, quotes, `<`, `>`, `\\`, a user's name, a query or a fragment"
        )
    return text.rstrip("/") + "/"


def _is_web_address(text: str) -> bool:
    if not text.isprintable() or not _NEVER_IN_ADDRESSES.isdisjoint(text):
        return False
    try:
        parts = urlsplit(text)
        known = parts.port is None or parts.port > 0
    except ValueError:  # of a host or port that is none
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and known and "@" not in parts.netloc


def growth(value: object) -> Growth:
    if isinstance(value, str) and value.strip().endswith("%"):
        return Growth(share=parse_percent(value))
    return Growth(amount=parse_size(value))


def growth_in_number(value: object) -> Growth:
    if isinstance(value, str):
        return Growth(share=parse_percent(value))
    return Growth(amount=msgspec.convert(value, Annotated[int, Meta(ge=0)]))


def baseline(value: object) -> Baseline:
    text = msgspec.convert(value, str)
    kind, colon, rest = text.partition(":")
    match kind:
        case "previous" if not colon:
            return PREVIOUS
        case "branch" | "run" if rest:
            return Baseline("branch" if kind == "branch" else "run", name=rest)
        case "median" if rest.isascii() and rest.isdecimal() and int(rest) > 0:
            return Baseline("median", count=int(rest))
        case "branch" | "run" | "median" if colon:
            raise ValueError(f'{text!r} is no baseline: write it like "median:5", "branch:main" or "run:ID"')
        case _ if text:
            return Baseline("run", name=text)
        case _:
            raise ValueError("is empty")


def metrics(value: object) -> tuple[str, ...]:
    return _among(METRICS, value)


def kinds(value: object) -> tuple[str, ...]:
    return _among(FINDING_KINDS, value)


def _among(known: tuple[str, ...], value: object) -> tuple[str, ...]:
    words = strings(value)
    for word in words:
        if word not in known:
            raise ValueError(f"'{word}' is not known here. {did_you_mean(word, list(known))}")
    return words
