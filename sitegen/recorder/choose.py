"""Which modules are recorded. Stdlib only."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def patterns_in(text: str) -> tuple[str, ...]:
    """The patterns of `SITEGEN_MODULES`, separated by commas."""
    return tuple(pattern for part in text.split(",") if (pattern := part.strip()))


def split_name(name: str) -> tuple[str, str | None]:
    """`app.capture:front_door` -> its module and its instance; no instance: None."""
    module, colon, instance = name.partition(":")
    return module, instance if colon and instance else None


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern chooses a name: by the module, which takes all its instances, or by the full name."""
    module, instance = split_name(name)
    return fnmatchcase(module, pattern) or (instance is not None and fnmatchcase(name, pattern))


def chosen(patterns: Iterable[str], name: str) -> bool:
    """Whether any of the patterns chooses the name."""
    return any(covers(pattern, name) for pattern in patterns)


def never_matched(patterns: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The patterns that choose none of the names, in their order, each once."""
    known = tuple(names)
    return tuple(
        pattern for pattern in dict.fromkeys(patterns) if not any(covers(pattern, name) for name in known)
    )
