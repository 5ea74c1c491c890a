"""What static hosts and crawlers find in a built site."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import run_sitegen
from made_captures import sample

from sitegen.site.policy import CONTENT_SECURITY_POLICY
from sitegen.site.sitemaps import sitemaps

BASE = "https://example.org/teams/memory/"
LOCATION = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """A small site that knows its address."""
    home = tmp_path_factory.mktemp("published")
    (home / ".sitegen-cache").symlink_to(store)
    run = home / "captures" / "Run: 1 (new)"
    run.mkdir(parents=True)
    shutil.copy(sample("release-2.4/app.report.bin"), run / "App Report.bin")
    run_sitegen("build", "captures", "-o", "site", "--base-url", BASE.rstrip("/"), cwd=home)
    return home / "site"


class Head(HTMLParser):
    """The address, the policy and all links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.canonical = self.policy = ""
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if known.get("rel") == "canonical":
            self.canonical = known["href"]
        elif known.get("http-equiv") == "Content-Security-Policy":
            self.policy = known["content"]
        else:
            self.targets += [
                known[name] for name in ("href", "src", "data-index", "data-root") if name in known
            ]


def pages_of(site: Path) -> dict[str, Head]:
    return {path.relative_to(site).as_posix(): Head(path.read_text()) for path in site.rglob("*.html")}


def test_the_sitemap_names_every_page_by_its_canonical_address(published: Path) -> None:
    named = [element.text for element in ElementTree.parse(published / "sitemap.xml").iter(LOCATION)]
    pages = pages_of(published)
    assert sorted(filter(None, named)) == sorted(
        page.canonical for name, page in pages.items() if name != "404.html"
    )
    assert pages["index.html"].canonical == BASE
    for name, page in pages.items():
        if name not in ("index.html", "404.html"):
            assert page.canonical == BASE + name


def test_more_pages_than_a_sitemap_may_name_get_several_and_an_index() -> None:
    pages = [f"captures/{n}.html" for n in range(5)]
    files = sitemaps(BASE, pages, most=2)
    assert list(files) == ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    index, *parts = (ElementTree.fromstring(data) for data in files.values())
    assert [e.text for e in index.iter(LOCATION)] == [f"{BASE}{name}" for name in list(files)[1:]]
    assert [e.text for part in parts for e in part.iter(LOCATION)] == [BASE + page for page in pages]


def test_robots_txt_names_the_sitemap_and_keeps_crawlers_out_of_the_data(published: Path) -> None:
    assert (published / "robots.txt").read_text().splitlines() == [
        "User-agent: *",
        "Disallow: /teams/memory/data/",
        f"Sitemap: {BASE}sitemap.xml",
    ]


def test_without_an_address_there_is_no_sitemap_and_no_canonical_link(sample_site: Path) -> None:
    assert not (sample_site / "sitemap.xml").exists()
    assert (sample_site / "robots.txt").read_text() == "User-agent: *\nDisallow: /data/\n"
    assert not any(page.canonical for page in pages_of(sample_site).values())


def test_headers_hold_the_policy_of_the_pages_and_cache_hashed_names_for_ever(published: Path) -> None:
    rules: dict[str, dict[str, str]] = {}
    for line in (published / "_headers").read_text().splitlines():
        if line.startswith("/"):
            headers = rules[line] = {}
        else:
            name, value = line.strip().split(": ", 1)
            headers[name] = value
            assert len(line) < 2_000  # Cloudflare's limit
    assert set(rules) == {"/*", "/assets/*"}
    assert rules["/*"]["X-Content-Type-Options"] == "nosniff"
    assert {rules["/*"]["Content-Security-Policy"]} == {page.policy for page in pages_of(published).values()}
    assert rules["/*"]["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "immutable" in rules["/assets/*"]["Cache-Control"]
    for path in (published / "assets").iterdir():
        assert re.search(r"\.[0-9a-f]{8}\.\w+$", path.name)


def test_the_page_for_what_is_missing_links_from_the_hosts_root(published: Path, sample_site: Path) -> None:
    for site, root in ((published, "/teams/memory/"), (sample_site, "/")):
        targets = [t for t in pages_of(site)["404.html"].targets if not t.startswith("#")]
        assert root in targets  # what scripts put before a URL of the site
        for target in targets:
            assert target.startswith(root)
            assert target == root or (site / target.removeprefix(root)).is_file()


def test_file_names_are_safe_on_every_host_and_on_file_systems_that_ignore_case(
    published: Path, sample_site: Path
) -> None:
    for site in (published, sample_site):
        names = [path.relative_to(site).as_posix() for path in site.rglob("*")]
        assert len({name.casefold() for name in names}) == len(names)
        assert not [name for name in names if not re.fullmatch(r"[a-z0-9._/-]+", name)]
        assert (site / ".nojekyll").read_bytes() == b""


def test_an_address_that_is_none_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    done = run_sitegen("build", ".", "-o", "site", "--base-url", "example.org", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "no web address" in done.stderr
