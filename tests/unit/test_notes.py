"""Notes are shown as Markdown, and nothing in them runs or loads."""

from __future__ import annotations

import pytest

from sitegen.site.notes import to_html


def test_headings_lists_code_and_links_are_kept() -> None:
    html = to_html("# Title\n\n* one\n* `two`\n\n[there](https://example.org)\n\n```\ncode\n```\n")
    for part in ("<h2>Title</h2>", "<li>one</li>", "<code>two</code>", 'href="https://example.org"', "<pre>"):
        assert part in html
    assert "nofollow" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "<svg onload=alert(1)>",
        "<p style='position:fixed'>x</p>",
        "![pixel](https://example.org/pixel.png)",
        "<iframe src=https://example.org></iframe>",
        "<form action=https://example.org><input></form>",
    ],
)
def test_nothing_that_runs_loads_or_restyles_survives(hostile: str) -> None:
    html = to_html(hostile).lower()
    for part in (
        "<script",
        "onerror",
        "javascript:",
        "<style",
        "<svg",
        "style=",
        "<img",
        "<iframe",
        "<form",
        "<input",
    ):
        assert part not in html


def test_no_notes_give_no_markup() -> None:
    assert to_html(" \n") == ""
