"""Lists that grow with every run: their page has the newest entries, pages of their own have all.

What a page lists but does not show still costs its reader: a browser parses it, and scripts look through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from sitegen.site import urls
from sitegen.site.captures import Capture
from sitegen.site.views import AllCapturesView, AllRunsView, Module, Page, RunRow, Sheet

NEWEST = 12
"""How many runs the front page, and a module's page, list."""

ROWS = 100
"""How many rows a page of such a list has at least, where it is not the only one."""

CapturesOfRun = tuple[RunRow, tuple[Capture, ...]]


def all_runs_pages(runs: tuple[RunRow, ...]) -> list[Page]:
    """The list of all runs, given oldest first; no pages where the front page has all."""
    if len(runs) <= NEWEST:
        return []
    parts = sheets([1] * len(runs))
    return [
        Page(sheet_url, "all_runs.html", _titled("All runs", sheet), AllRunsView(sheet, runs[part][::-1]))
        for part, sheet_url, sheet in _numbered(parts, urls.all_runs)
    ]


def all_captures_pages(module: Module, captures: tuple[CapturesOfRun, ...]) -> list[Page]:
    """The list of all captures of a module, given by run, oldest first; no pages where the module's has all."""
    if len(captures) <= NEWEST:
        return []
    parts = sheets([len(own) for _, own in captures])
    title = f"All captures of {module.id}"
    return [
        Page(
            sheet_url,
            "all_captures.html",
            _titled(title, sheet),
            AllCapturesView(sheet, module.id, module.url, captures[part][::-1]),
        )
        for part, sheet_url, sheet in _numbered(parts, lambda number: urls.all_captures(module.id, number))
    ]


def sheets(rows: Sequence[int]) -> list[slice]:
    """Cuts a list whose entries have so many rows into parts of `ROWS` rows or somewhat more.

    Counted from the oldest: what a part holds stays in it while the list grows at its end, until the last
    has twice as many as it needs.
    """
    ends, before = [0], 0
    for end, total in enumerate(accumulate(rows), 1):
        if total - before >= ROWS:
            ends.append(end)
            before = total
    # What is left over fills no page of its own.
    return [slice(*pair) for pair in zip(ends, [*ends[1:-1], len(rows)], strict=False)]


def _numbered(parts: Sequence[slice], url_of: Callable[[int], str]) -> list[tuple[slice, str, Sheet]]:
    return [
        (
            part,
            url_of(number),
            Sheet(
                number=number,
                of=len(parts),
                newer=url_of(number + 1) if number < len(parts) else None,
                older=url_of(number - 1) if number > 1 else None,
            ),
        )
        for number, part in enumerate(parts, 1)
    ]


def _titled(title: str, sheet: Sheet) -> str:
    return f"{title}, page {sheet.number} of {sheet.of}" if sheet.of > 1 else title
