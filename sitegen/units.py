"""Figures as people write and read them: sizes, counts, durations, shares, differences. Stdlib only.

Sizes are decimal, as memray shows them: 1 kB is 1,000 bytes.
"""

from __future__ import annotations

import re
from decimal import Decimal

_STEPS = ("", "k", "M", "G", "T", "P", "E", "Z")
_BINARY = ("", "ki", "mi", "gi", "ti", "pi", "ei", "zi")
_FACTORS: dict[str, int] = {
    **{step.lower(): 1000**power for power, step in enumerate(_STEPS)},
    **{step: 1024**power for power, step in enumerate(_BINARY)},
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtpez]i?)?b?", re.IGNORECASE | re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MINUS = "\N{MINUS SIGN}"


def format_size(size: float) -> str:
    """Bytes as memray shows them, to the character: `1.500kB`, `12.700MB`."""
    for step in _STEPS:
        if abs(size) < 1000:
            return f"{size:5.3f}{step}B"
        size /= 1000
    return f"{size:.1f}YB"


def parse_size(text: object) -> int:
    """Bytes from `"500 MB"`, `"64 KiB"`, `"1.5G"` or a whole number. Raises ValueError for anything else."""
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    if isinstance(text, str) and (match := _SIZE.fullmatch(text.strip())):
        return round(Decimal(match[1]) * _FACTORS[(match[2] or "").lower()])
    raise ValueError(f'{text!r} is no size: write it like "500 MB", "64 KiB" or 1000 (bytes)')


def parse_percent(text: object) -> float:
    """The share that `"5%"` or `"0.5 %"` stands for: 0.05, 0.005. Raises ValueError for anything else."""
    if isinstance(text, str) and (match := _PERCENT.fullmatch(text.strip())):
        return float(Decimal(match[1]) / 100)
    raise ValueError(f'{text!r} is no percentage: write it like "5%"')


def format_count(count: int) -> str:
    """A number with its thousands told apart: `1,234,567`."""
    return f"{count:,}"


def counted(count: int, thing: str) -> str:
    """A number of things: `1 capture`, `1,200 captures`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def format_duration(seconds: float) -> str:
    """A length of time in the units that matter: `0.84 s`, `12.3 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`."""
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return _two(whole, (_MINUTE, "min"), (1, "s"))
    if whole < _DAY:
        return _two(whole, (_HOUR, "h"), (_MINUTE, "min"))
    return _two(whole, (_DAY, "d"), (_HOUR, "h"))


def _two(seconds: int, large: tuple[int, str], small: tuple[int, str]) -> str:
    rounded = round(seconds / small[0]) * small[0]
    first, rest = divmod(rounded, large[0])
    return f"{first} {large[1]}" + (f" {rest // small[0]} {small[1]}" if rest else "")


def signed_size(delta: int) -> str:
    """A difference of bytes with its sign."""
    sign = "+" if delta > 0 else _MINUS if delta < 0 else "\N{PLUS-MINUS SIGN}"
    return sign + format_size(abs(delta))


def signed_count(delta: int) -> str:
    """A difference of numbers with its sign."""
    return f"{delta:+,}".replace("-", _MINUS)


def percent(share: float) -> str:
    """A share of a whole."""
    return "<0.1 %" if 0 < share < 0.001 else f"{share * 100:.1f} %"


def signed_percent(ratio: float) -> str:
    """A relative difference with its sign; `<0.1 %` where it is less, as the amount beside it has the sign."""
    sign = "+" if ratio >= 0.001 else _MINUS if ratio <= -0.001 else ""
    return sign + percent(abs(ratio))


def in_unit(value: float, unit: str) -> str:
    """A figure in full: `unit` is `bytes`, `milliseconds` or `count`."""
    if unit == "bytes":
        return format_size(value)
    if unit == "milliseconds":
        return format_duration(value / 1000)
    return format_count(round(value))


def axis_label(value: float, unit: str) -> str:
    """A figure as short as the marks of an axis can be: `20 MB`, `1.5 M`."""
    if unit == "milliseconds":
        return f"{value / 1000:g} s"
    steps = ("", "k", "M", "G", "T", "P")
    step = 0
    while abs(value) >= 1000 and step < len(steps) - 1:
        value /= 1000
        step += 1
    name = steps[step] + ("B" if unit == "bytes" else "")
    return f"{value:g} {name}".rstrip()
