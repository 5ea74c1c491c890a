"""Moments as text, always in UTC: pages are the same wherever they are built."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(milliseconds: int | None) -> str | None:
    """ISO 8601 with milliseconds, for `<time datetime>` and JSON; None for an unknown moment."""
    if milliseconds is None:
        return None
    return _utc(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minute(milliseconds: int) -> str:
    """`2026-11-21 09:30`, as pages show it, until a script says it in the reader's zone."""
    return _utc(milliseconds).isoformat(" ", "minutes")[:16]


def _utc(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
