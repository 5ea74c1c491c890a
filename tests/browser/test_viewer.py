"""The viewer as a person uses it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

Open = Callable[..., Page]


def test_the_page_draws_the_peak_from_a_file(opened: Open) -> None:
    """Opened from disk, the page decodes its data and draws the graph."""
    page = opened()
    assert page.locator(".viewer canvas").is_visible()


def test_the_page_draws_the_peak_over_http(tab: Page, served: str) -> None:
    """The same page works over HTTP under the same policy."""
    tab.goto(served)
    tab.wait_for_selector("html[data-ready=true]", state="attached")
    assert tab.locator(".viewer canvas").is_visible()


def test_the_fragment_opens_a_tab(opened: Open) -> None:
    """`#leaks` shows the leaks and hides the other reports."""
    page = opened("#leaks")
    assert page.locator("section#leaks").is_visible()
    assert not page.locator("section#flamegraph").is_visible()
