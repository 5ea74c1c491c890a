"""Text for people that shows what it holds, whatever that is."""

from __future__ import annotations

_SHOWN = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"},
    # What ends lines, or turns their direction.
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


def in_one_line(text: str) -> str:
    """The text in one line: names of files and functions can hold what makes a terminal do something, or begin a line
    that whoever runs a CI job takes for a command.
    """
    # They need be no Unicode either.
    return text.translate(_SHOWN).encode("utf-8", "backslashreplace").decode()
