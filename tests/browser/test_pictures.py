"""The pictures of the documentation can be taken: their pages, and what each begins with, are there."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from playwright.sync_api import Browser

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = runpy.run_path(str(DOCS / "screenshots.py"))["PICTURES"]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture.name))
def test_what_a_picture_shows_is_there(browser: Browser, sample_site: Path, picture: object) -> None:
    name, url, begin = (getattr(picture, key) for key in ("name", "url", "begin"))
    assert (DOCS / "images" / f"{name}.png").is_file()
    assert any(f"images/{name}.png" in page.read_text() for page in DOCS.glob("*.md"))
    page = browser.new_page()
    page.goto(f"{sample_site.as_uri()}/{url}")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    assert page.locator(begin).count() == 1
    page.close()
