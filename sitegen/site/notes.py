"""Notes in Markdown as HTML that is safe to publish: they can come from a stranger's pull request."""

from __future__ import annotations

import re

from markupsafe import Markup

_TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "th": {"align"}, "td": {"align"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}

_EXTENSIONS = ("attr_list", "def_list", "fenced_code", "footnotes", "md_in_html", "sane_lists", "tables")
_LONGEST = 50_000
"""Characters that are read as Markdown."""

_DEEPEST = 20
"""Brackets open at once in one paragraph. For each that is, the parser reads the rest of the paragraph again."""
_MOST_FOOTNOTES = 200
"""Footnotes, and what leads to them. For each the parser goes through those after it."""


def to_html(text: str) -> Markup:
    """The notes as HTML: headings start at h2, links leave with `rel`, images and styles are dropped.

    What would keep the parser busy for minutes, or is nested deeper than it goes, is shown as it was written.
    """
    if not text.strip():
        return Markup()
    if len(text) > _LONGEST or _deepest(text) > _DEEPEST or text.count("[^") > _MOST_FOOTNOTES:
        return _as_written(text)
    # Imported late: few sites have notes, and both take a moment.
    import markdown
    import nh3

    try:
        html = markdown.markdown(text, extensions=_EXTENSIONS, output_format="html")
    except RecursionError:
        return _as_written(text)
    clean = nh3.clean(
        html.replace("<h1>", "<h2>").replace("</h1>", "</h2>"),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Markup(clean)


def _as_written(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(text)


def _deepest(text: str) -> int:
    deepest = depth = 0
    for found in re.finditer(r"[\[(<\])>]|\n\s*\n", text):
        if found[0] in "[(<":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in "])>":
            depth = max(0, depth - 1)
        else:
            depth = 0
    return deepest
