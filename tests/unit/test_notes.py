"""Notes are shown as Markdown, and nothing in them runs or loads."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize("part", ["[", "![", "[a](", "<a "])
def test_notes_made_to_keep_the_parser_busy_are_done_in_seconds_and_nothing_is_lost(part: str) -> None:
    began = time.process_time()
    html = to_html(part * 12_000 + " the end")
    assert time.process_time() - began < 20
    assert "the end" in html


def test_notes_that_are_not_read_as_markdown_are_shown_as_they_were_written() -> None:
    assert to_html("[" * 50_000 + "<script>") == f"<pre>{'[' * 50_000}&lt;script&gt;</pre>"
    assert "<em>" not in to_html("*x* " * 20_000)


def test_of_notes_with_very_many_footnotes_the_parser_sees_nothing() -> None:
    """For each it goes through all after it: 6,000 took half a minute. Those of a long text are few."""
    text = "[^1]: a " * 6_000
    assert to_html(text) == f"<pre>{text}</pre>"
    cited = to_html("".join(f"word[^{n}]\n\n[^{n}]: note\n\n" for n in range(100)))
    assert cited.count("<li") == 100


def test_brackets_of_ordinary_prose_and_lists_of_links_leave_notes_markdown() -> None:
    html = to_html("* [one](https://example.org) (so)\n" * 500 + "\n\nOpen [ and (.\n\n" * 30)
    assert html.count("<li>") == html.count("<a ") == 500


def test_notes_nested_deeper_than_the_parser_goes_are_shown_as_they_were_written() -> None:
    assert to_html("a\n: b\n" * 650).startswith("<pre>a")
