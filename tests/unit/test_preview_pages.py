"""Pages as the preview shows them: the script in them, and when they count as changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sitegen.preview.outcome import Failed
from sitegen.preview.pages import Shown, site_page, waiting_page, with_script

PAGE = (
    '<html><script src="../assets/a.12345678.js"></script>'
    '<div data-src="../data/run/a.js" data-index="../data/search.js"></div></html>'
)
DIGESTS = {"data/run/a.js": "1", "data/run/b.js": "1", "data/search.js": "1"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures/a.html").write_text(PAGE)
    (tmp_path / "404.html").write_text("<h1>none</h1>")
    return tmp_path


def shown(site: Path, path: str, digests: dict[str, str]) -> Shown:
    page = site_page(site, path, digests)
    assert page is not None
    return page


def test_a_page_has_another_version_when_it_or_its_data_changes_and_only_then(site: Path) -> None:
    before = shown(site, "captures/a.html", DIGESTS).version
    assert shown(site, "captures/a.html", DIGESTS | {"data/run/b.js": "2"}).version == before
    assert shown(site, "captures/a.html", DIGESTS | {"data/search.js": "2"}).version == before
    assert shown(site, "captures/a.html", DIGESTS | {"data/run/a.js": "2"}).version != before
    (site / "captures/a.html").write_text(PAGE + " ")
    assert shown(site, "captures/a.html", DIGESTS).version != before


def test_a_page_on_which_captures_are_chosen_changes_with_all_of_them(site: Path) -> None:
    (site / "compare.html").write_text('<script src="data/captures.js"></script>')
    before = shown(site, "compare.html", DIGESTS).version
    assert shown(site, "compare.html", DIGESTS | {"data/run/b.js": "2"}).version != before


def test_a_page_that_is_not_there_is_the_sites_own_404_until_it_appears(site: Path) -> None:
    missing = shown(site, "captures/b.html", DIGESTS)
    assert (missing.status, missing.html) == (404, b"<h1>none</h1>")
    (site / "captures/b.html").write_text("<h1>none</h1>")
    assert shown(site, "captures/b.html", DIGESTS).version != missing.version


def test_a_site_without_a_404_page_has_none(tmp_path: Path) -> None:
    assert site_page(tmp_path, "x.html", {}) is None


def test_the_script_stands_at_the_end_of_the_body() -> None:
    html = with_script(
        Shown(200, b"<body>&lt;/body&gt;</body></html>", "abc"), "captures/a b&c.html"
    ).decode()
    assert html.startswith("<body>&lt;/body&gt;<script src=")
    assert html.endswith("</script></body></html>")
    assert "page=captures/a%20b%26c.html&amp;version=abc" in html


def test_a_page_without_a_body_has_it_too() -> None:
    assert with_script(Shown(200, b"<p>text", "abc"), "a.html").startswith(b"<p>text<script ")


def test_the_waiting_page_says_why_and_changes_with_the_reason_alone() -> None:
    reading, further = waiting_page(None, "Read 1 of 2"), waiting_page(None, "Read 2 of 2")
    failed = waiting_page(Failed("There are <no> captures.", "Record some."), "")
    assert reading.version == further.version != failed.version
    assert b"Read 1 of 2" in reading.html
    assert b"There are &lt;no&gt; captures." in failed.html
    assert b"Record some." in failed.html
    assert b"Run <code>memray</code>." in waiting_page(Failed("None.", "Run `memray`."), "").html
    assert b"Odd ` names stay." in waiting_page(Failed("Odd ` names stay."), "").html
