"""What axe finds on a page, whichever theme it is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SCRIPT = Axe().axe_script
# `preload` fetches style sheets for rules that no test of ours has on; what passes is of no interest.
_FIND = """async () => (await axe.run({ preload: false, resultTypes: ["violations"] })).violations.map(
    ({ id, help, nodes }) => [id, help, ...nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`)]
)"""
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def violations(page: Page) -> list[list[str]]:
    """Every violation: the rule, what it asks for, and where it is broken and how."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    found: list[list[str]] = page.evaluate(_FIND)
    return found


def in_both_themes(page: Page) -> Iterator[str]:
    """Shows the page as it is in the light theme, then in the dark one, without loading it again."""
    seen = set()
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        # Colours that are still changing would be judged on their way.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        seen.add(page.evaluate(_BACKGROUND))
        yield theme
    assert len(seen) == 2, "both themes look alike"
