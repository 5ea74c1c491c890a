"""What holds for every page of a built site, seen on the sample site."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import memray
import pytest
from command import run_sitegen
from justhtml import JustHTML
from made_captures import SAMPLES

from sitegen.units import format_size


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.title = ""
        self.inline: list[str] = []
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._in_title = tag == "title" and not self.title
        if known.get("id"):
            self.ids.append(known["id"] or "")
        if tag == "a":
            self.links.append(known.get("href") or "")
        self.loads += [
            known[name] or ""
            for name in ("src", "data-src", "data-temporal", "data-index")
            if known.get(name)
        ]
        if tag == "link":
            self.loads.append(known.get("href") or "")
        if (
            "style" in known
            or any(name.startswith("on") for name in known)
            or (tag == "script" and "src" not in known)
        ):
            self.inline.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


@cache
def pages_of(site: Path) -> dict[str, Page]:
    return {
        path.relative_to(site).as_posix(): Page(path.read_text()) for path in sorted(site.rglob("*.html"))
    }


def resolved(page: str, link: str) -> tuple[str, str]:
    """A link as path below the site and fragment. 404.html links from the host's root, all others relatively."""
    parts = urlsplit(link)
    if parts.path.startswith("/"):
        assert page == "404.html", f"{page} links to {link}"
        return unquote(parts.path[1:]), unquote(parts.fragment)
    path = Path(page).parent / unquote(parts.path) if parts.path else Path(page)
    return path.as_posix() if ".." not in path.parts else _normal(path), unquote(parts.fragment)


def _normal(path: Path) -> str:
    kept: list[str] = []
    for part in path.parts:
        if part == "..":
            kept.pop()
        else:
            kept.append(part)
    return "/".join(kept)


def test_every_link_asset_and_fragment_resolves(sample_site: Path) -> None:
    pages = pages_of(sample_site)
    for name, page in pages.items():
        for link in (*page.links, *page.loads):
            if urlsplit(link).scheme in ("http", "https", "mailto"):
                continue
            path, fragment = resolved(name, link)
            assert (sample_site / path).is_file(), f"{name} links to {link}"
            # What follows `&` are settings of the page's viewer.
            if (place := fragment.partition("&")[0]) and path in pages:
                assert place in pages[path].ids, f"{name} links to {link}"


def test_the_header_marks_the_page_itself_and_no_other(sample_site: Path) -> None:
    """On each of the pages that it leads to; on others none. It is drawn once for many pages."""
    for page in sample_site.rglob("*.html"):
        header = page.read_text().partition('<header class="site">')[2].partition("</header>")[0]
        led_to = re.findall(r'<a href="([^"]+)"( aria-current="page")?>', header)
        here = page.relative_to(sample_site).as_posix()
        marked = [url for url, mark in led_to if mark]
        assert marked == (
            [here] if here in {"index.html", "findings.html", "functions.html", "compare.html"} else []
        )
        if here != "404.html":
            assert all((page.parent / url).is_file() for url, _ in led_to), here


def test_nothing_is_loaded_from_elsewhere(sample_site: Path) -> None:
    for name, page in pages_of(sample_site).items():
        assert not [load for load in page.loads if urlsplit(load).scheme or load.startswith("//")], name


def test_titles_and_ids_are_unique(sample_site: Path) -> None:
    pages = pages_of(sample_site)
    titles = Counter(page.title for page in pages.values())
    assert not [title for title, count in titles.items() if count > 1]
    for name, page in pages.items():
        assert not [id_ for id_, count in Counter(page.ids).items() if count > 1], name


def test_every_page_is_valid_html_without_inline_script_or_style(sample_site: Path) -> None:
    for path in sorted(sample_site.rglob("*.html")):
        text = path.read_text()
        parsed = JustHTML(text, collect_errors=True, sanitize=False)
        assert not parsed.errors, (path, parsed.errors[:3])
        assert 'http-equiv="Content-Security-Policy"' in text
    for name, page in pages_of(sample_site).items():
        assert not page.inline, name


def test_pages_say_everything_without_scripts(sample_site: Path, site_json: dict[str, Any]) -> None:
    for capture in site_json["captures"]:
        text = (sample_site / capture["url"]).read_text()
        for size in (capture["peak_bytes"], capture["leaked_bytes"]):
            # Below a megabyte the figure itself has every byte.
            assert (f"{size:,} bytes" if size >= 1_000_000 else f">{format_size(size)}<") in text
        assert 'class="memory-chart"' in text
        assert "by own memory at the peak" in text


def test_site_json_has_the_contracts_keys_and_memrays_figures(
    sample_site: Path, site_json: dict[str, Any]
) -> None:
    assert site_json["schema"] == 1
    assert set(site_json) == {"schema", "generator", "title", "runs", "modules", "captures", "findings"}
    assert [run["id"] for run in site_json["runs"]] == [f"release-2.{n}" for n in range(1, 6)]
    for run in site_json["runs"]:
        assert set(run) == {"id", "started", "label", "commit", "url", "captures"}
        assert (sample_site / run["url"]).is_file()
    for module in site_json["modules"]:
        assert set(module) == {"id", "url", "captures"}
    assert {c["file"] for c in site_json["captures"]} == {
        path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.bin")
    }
    for capture in site_json["captures"]:
        with memray.FileReader(SAMPLES / capture["file"]) as reader:
            metadata = reader.metadata
            assert capture["peak_bytes"] == metadata.peak_memory
            assert capture["leaked_bytes"] == sum(r.size for r in reader.get_leaked_allocation_records())
            shots = list(reader.get_memory_snapshots())
        assert capture["peak_rss_bytes"] == max(shot.rss for shot in shots)
        assert capture["aggregated"] == (metadata.file_format == memray.FileFormat.AGGREGATED_ALLOCATIONS)
        assert capture["native"] == metadata.has_native_traces
        assert capture["allocator"] == metadata.python_allocator
        assert capture["started"] == metadata.start_time.isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )
        assert (sample_site / capture["data"]).is_file()
        for url in filter(None, capture["reports"].values()):
            path, _, fragment = url.partition("#")
            assert f'id="{fragment}"' in (sample_site / path).read_text()


def test_what_a_capture_cannot_have_is_null_and_the_page_says_why(
    sample_site: Path, site_json: dict[str, Any]
) -> None:
    aggregated = next(capture for capture in site_json["captures"] if capture["aggregated"])
    assert aggregated["reports"]["temporal"] is None
    assert aggregated["total_allocations"] is None
    assert aggregated["leaked_allocations"] is None
    assert "recorded with aggregation" in (sample_site / aggregated["url"]).read_text()


def files_of(site: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(site.rglob("*")):
        if path.is_file():
            yield path.relative_to(site).as_posix(), path.read_bytes()


@pytest.fixture(scope="module")
def few_captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of three modules, the aggregated and the killed one among them."""

    home = tmp_path_factory.mktemp("few")
    for name in (
        "release-2.4/app.report.bin",
        "release-2.4/app.capture@garden.bin",
        "release-2.5/app.embeddings.bin",
    ):
        target = home / "captures" / "runs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / "runs" / name, target)
    shutil.copy(SAMPLES / "index.md", home / "captures")
    shutil.copytree(SAMPLES / "notes", home / "captures" / "notes")
    shutil.copy(SAMPLES / "runs" / "release-2.4" / "run.toml", home / "captures" / "runs" / "release-2.4")
    return home


def test_the_same_input_gives_the_same_bytes(few_captures: Path) -> None:
    run_sitegen("build", "captures", "-o", "one", cwd=few_captures)
    run_sitegen("build", "captures", "-o", "two", "--jobs", "1", cwd=few_captures)
    assert list(files_of(few_captures / "one")) == list(files_of(few_captures / "two"))


def test_bundles_and_captures_give_the_same_site(few_captures: Path) -> None:
    run_sitegen("build", "captures", "-o", "from-captures", cwd=few_captures)
    run_sitegen("analyze", "captures", "-o", "bundles", cwd=few_captures)
    run_sitegen("build", "bundles", "-o", "from-bundles", cwd=few_captures)
    assert list(files_of(few_captures / "from-captures")) == list(files_of(few_captures / "from-bundles"))


def test_a_second_build_writes_nothing(few_captures: Path) -> None:
    run_sitegen("build", "captures", "-o", "again", cwd=few_captures)
    before = {path: path.stat().st_mtime_ns for path in (few_captures / "again").rglob("*")}
    done = run_sitegen("build", "captures", "-o", "again", cwd=few_captures)
    assert "0 files written" in done.stdout
    assert before == {path: path.stat().st_mtime_ns for path in (few_captures / "again").rglob("*")}


def test_sizes_on_pages_are_memrays_own(sample_site: Path, site_json: dict[str, Any]) -> None:
    from memray._memray import size_fmt

    capture = site_json["captures"][0]
    text = (sample_site / capture["url"]).read_text()
    assert re.search(re.escape(f">{size_fmt(capture['peak_bytes'])}<"), text)


def test_the_functions_page_holds_every_module_of_its_run(sample_site: Path) -> None:
    text = (sample_site / "functions.html").read_text()
    for function in ("encode_clip", "build_index", "remember"):
        assert f"<code>{function}</code>" in text


def test_the_feed_tells_every_finding_and_leads_to_it(sample_site: Path, site_json: dict[str, Any]) -> None:
    root = ElementTree.parse(sample_site / "findings.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [entry.findtext(f"{atom}title") for entry in root.iter(f"{atom}entry")]
    assert titles == [finding["message"] for finding in site_json["findings"]]
    ids = [entry.findtext(f"{atom}id") for entry in root.iter(f"{atom}entry")]
    assert len(set(ids)) == len(ids)
    for entry in root.iter(f"{atom}entry"):
        link = entry.find(f"{atom}link")
        assert link is not None
        assert (sample_site / link.attrib["href"].partition("?")[0]).is_file()


def test_a_modules_page_overlays_the_curves_of_its_runs(sample_site: Path) -> None:
    text = (sample_site / "modules" / "app.embeddings.html").read_text()
    assert text.count('<path class="curve') == 5
