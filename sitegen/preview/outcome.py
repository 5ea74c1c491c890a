"""What became of a build, as the process that built tells it to the one that serves."""

from __future__ import annotations

import msgspec


class Growing(msgspec.Struct, frozen=True):
    """A capture without an end, as it was when it was read: its path, size in bytes, and time in milliseconds.

    `page` is its page in the site.
    """

    path: str
    page: str
    size: int
    modified: int


class Succeeded(msgspec.Struct, frozen=True):
    """The site was built. `sources` are the paths of its captures and bundles; `warnings` are for people."""

    captures: int
    runs: int
    pages: int
    written: int
    removed: int
    seconds: float
    warnings: tuple[str, ...]
    sources: frozenset[str]
    growing: tuple[Growing, ...]


class Failed(msgspec.Struct, frozen=True):
    """The site was not built: what happened, and what to do about it."""

    message: str
    hint: str = ""
    seconds: float = 0.0


Outcome = Succeeded | Failed
