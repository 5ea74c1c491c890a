"""Which moments calendars have: damaged and hostile files may say anything. In milliseconds since the epoch."""

from __future__ import annotations

_LAST_DAY = 253_402_300_799_999  # the last millisecond of the year 9999


def known_day(milliseconds: int | None) -> int | None:
    """The moment; None where no calendar has it."""
    return milliseconds if milliseconds is not None and 0 < milliseconds <= _LAST_DAY else None


def nearest_day(milliseconds: int) -> int:
    """The moment, or the nearest one that calendars have."""
    return min(max(milliseconds, 0), _LAST_DAY)
