"""The pair that every module's page compares without scripts: its newest run against the baseline."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from command import run_sitegen
from made_captures import SAMPLES, record

RUNS = ("release-2.1", "release-2.2", "release-2.3")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """One module in three runs: its peak rose with the last."""
    home = tmp_path_factory.mktemp("baseline")
    (home / ".sitegen-cache").symlink_to(store)
    for run in RUNS:
        (home / "captures" / run).mkdir(parents=True)
        for name in ("app.embeddings.bin", "run.toml"):
            shutil.copy(SAMPLES / "runs" / run / name, home / "captures" / run)
    return home


def page_of(home: Path, baseline: str) -> str:
    (home / "sitegen.toml").write_text(f'baseline = "{baseline}"\n')
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    return (home / "site" / "modules" / "app.embeddings.html").read_text()


def base_of(page: str) -> str | None:
    """The run of the capture that the page compares with."""
    link = re.search(r'href="([^"]*compare\.html\?[^"]*)">The whole difference', page)
    return parse_qs(urlsplit(unescape(link[1])).query)["base"][0].partition("/")[0] if link else None


@pytest.mark.parametrize(
    ("baseline", "run"),
    [
        ("previous", "release-2.2"),
        ("release-2.1", "release-2.1"),
        # Of 22.477 and 22.468 MB the lower one is the lower median.
        ("median:2", "release-2.2"),
        ("branch:nobody", None),
    ],
)
def test_the_page_compares_with_the_configured_baseline(home: Path, baseline: str, run: str | None) -> None:
    assert base_of(page_of(home, baseline)) == run


def test_the_comparison_reads_without_scripts(home: Path) -> None:
    """Totals, main cause, functions and the stacks with their callers stand in the page itself."""
    page = page_of(home, "previous")
    section = page[page.index('id="compared"') : page.index('id="captures"')]
    text = " ".join(re.sub(r"<[^>]+>", " ", section).split())
    assert "22.468MB in 2.2 Cars, 34.485MB in 2.3 More like this: +12.017MB (+53.5 %)" in text
    assert re.search(r"above all in build_index app/embeddings.py:\d+ : \+", text)
    functions, stacks = re.findall(r"<tbody>.*?</tbody>", section, re.DOTALL)
    assert functions.index("build_index") == functions.index("<code>") + len("<code>")
    first = stacks[: stacks.index("<tr>", stacks.index("<tr>") + 1)]
    assert "<summary><code>build_index</code>" in first
    assert "<li><code>main</code>" in first


def test_each_figure_on_top_says_its_change(home: Path) -> None:
    page = page_of(home, "previous")
    tiles = page[page.index('<dl class="facts">') : page.index("</dl>")]
    text = " ".join(re.sub(r"<[^>]+>", " ", tiles).split())
    assert text == (
        "Peak 34.485MB +12.017MB +53.5 % Leaked 1.119MB ±0 Resident 80.368MB +12.820MB +19.0 % "
        "Allocations 180,859 +84,009 +86.7 %"
    )


def test_a_pair_that_cannot_be_believed_is_marked_with_the_reason(tmp_path: Path) -> None:
    """Another allocator on one side: compared at the peak, and said."""
    program = "kept = [bytearray(1000) for _ in range(100)]"
    for run, options in (("one", {}), ("two", {"trace_python_allocators": True})):
        record(tmp_path / "captures" / run / "app.bin", program, **options)
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    page = (tmp_path / "site" / "modules" / "app.html").read_text()
    assert "Only one side was recorded with --trace-python-allocators" in page
