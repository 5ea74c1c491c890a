"""How figures are written on pages, beyond `units`: signs, shares, axis labels."""

from __future__ import annotations

from sitegen import units

_MINUS = "\N{MINUS SIGN}"


def signed_size(delta: int) -> str:
    """A difference of bytes with its sign."""
    sign = "+" if delta > 0 else _MINUS if delta < 0 else "\N{PLUS-MINUS SIGN}"
    return sign + units.format_size(abs(delta))


def signed_count(delta: int) -> str:
    """A difference of numbers with its sign."""
    return f"{delta:+,}".replace("-", _MINUS)


def percent(share: float) -> str:
    """A share of a whole."""
    return "<0.1 %" if 0 < share < 0.001 else f"{share * 100:.1f} %"


def signed_percent(ratio: float) -> str:
    """A relative difference with its sign: also of one that is too small to be told, which is none of 0.0 %."""
    sign = "+" if ratio > 0 else _MINUS if ratio < 0 else ""
    return sign + percent(abs(ratio))


def in_unit(value: float, unit: str) -> str:
    """A figure in full: `unit` is `bytes`, `milliseconds` or `count`."""
    if unit == "bytes":
        return units.format_size(value)
    if unit == "milliseconds":
        return units.format_duration(value / 1000)
    return units.format_count(round(value))


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
