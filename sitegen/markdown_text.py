"""Text that stays text in Markdown, whatever it holds."""

from __future__ import annotations

from sitegen.visible import in_one_line

_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_{}[]<>#|~!&@"}
"""Characters that mean something in Markdown or HTML, as entities."""


def escaped(text: str) -> str:
    """The text in one line, without any meaning: safe in a table's cell."""
    return in_one_line(" ".join(text.split())).translate(_MARKS)
