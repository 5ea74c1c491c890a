"""What the viewer reads and writes as text: data files, figures, searches, suppressions."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sitegen import units
from sitegen.capture import columns
from sitegen.insight.suppressions import Suppression
from sitegen.units import percent

from .conftest import THEME

LARGEST = 2**53 - 1
"""What a browser's numbers hold exactly; differences, which are stored doubled, hold half of it."""


@pytest.fixture(scope="module")
def scripts(browser: Browser) -> Iterator[Page]:
    """A page with the scripts that need no page."""
    page = browser.new_page()
    for name in ("dom", "data", "calltree", "names", "search", "leaks"):
        page.add_script_tag(path=str(THEME / "static" / f"{name}.js"))
    yield page
    page.close()


def test_columns_come_out_as_they_went_in(scripts: Page) -> None:
    """Every width, empty columns, differences up and down, and values beyond 32 bits survive."""
    chance = random.Random(1)
    table: dict[str, list[int]] = {"none": [], "zeros": [0] * 5, "edge": [0, 2**32 - 1, 2**32, LARGEST]}
    for bits in range(1, 54):
        table[f"wide{bits}"] = [chance.getrandbits(bits) for _ in range(7)]
    delta = {name for i, name in enumerate(table) if i % 2 and name != "wide53"}
    data = columns.encode({"analysis": {"title": "naïve </script>"}}, table, frozenset(delta))
    script = """async text => {
        sitegen.data("a", text);
        const { header, columns } = await sitegen.load("a", "never-asked-for.js");
        return [header.analysis.title, Object.entries(columns).map(([name, column]) => [name, [...column]])];
    }"""
    title, found = scripts.evaluate(script, base64.b64encode(data).decode())
    assert title == "naïve </script>"
    assert dict(found) == table


def test_a_missing_data_file_is_an_error_that_names_it(scripts: Page) -> None:
    """A page whose data file is gone says which one."""
    message = scripts.evaluate("sitegen.load('b', 'http://127.0.0.1:9/b.js').catch(error => error.message)")
    assert message == "The data file http://127.0.0.1:9/b.js could not be loaded."


def test_sizes_are_written_as_memray_writes_them(scripts: Page) -> None:
    """To the character, rounding of exact ties included."""
    chance = random.Random(2)
    sizes = [0, 1, 999, 1000, 999_999, 1_000_000, 1_062_500, 1_187_500, 62_500, 2_000_500, 10**15, -1500]
    sizes += [chance.randrange(10 ** chance.randint(1, 15)) for _ in range(3000)]
    assert scripts.evaluate("sizes => sizes.map(names.size)", sizes) == [
        units.format_size(size) for size in sizes
    ]


def test_shares_and_durations_are_written_as_on_the_pages(scripts: Page) -> None:
    """The viewer and the pages around it write the same figure the same way."""
    shares = [0, 1, 5, 77, 333, 4999, 10_000]
    assert scripts.evaluate("shares => shares.map(part => names.share(part, 10000))", shares) == [
        percent(share / 10_000) for share in shares
    ]
    times = [0, 12, 994, 9_994, 9_996, 12_340, 59_949, 59_951, 125_000, 3_599_000]
    assert scripts.evaluate("times => times.map(names.duration)", times) == [
        units.format_duration(time / 1000) for time in times
    ]


def frames(*rows: tuple[str, str, int]) -> dict[str, Any]:
    """Frames for `search`, the root's in front."""
    every = [("", "", 0), *rows]
    return {
        "functions": [function for function, _, _ in every],
        "files": [{"path": f"/home/me/{file}", "name": file} for _, file, _ in every],
        "functionOf": list(range(len(every))),
        "fileOf": list(range(len(every))),
        "lineOf": [line for _, _, line in every],
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("load", ["load", "Loader.load_all"]),
        ("LOAD", ["load", "Loader.load_all"]),
        ("json/", ["load"]),
        ("/^load$/", ["load"]),
        ("/^load", ["load", "Loader.load_all"]),
        ("decoder.py:12", ["load"]),
        ("decoder.py:1", []),
        ("/home/me/json", ["load"]),
        ("a.b(", ["a.b("]),
        ("/(/", None),
        ("", ["load", "Loader.load_all", "a.b("]),
    ],
)
def test_a_search_is_text_an_expression_or_a_place(
    scripts: Page, query: str, expected: list[str] | None
) -> None:
    """Plain text is matched as it stands; slashes make it an expression; a colon and a number a line."""
    known = frames(("load", "json/decoder.py", 12), ("Loader.load_all", "lib.py", 3), ("a.b(", "c.py", 1))
    found = scripts.evaluate(
        "([query, frames]) => { const hits = search(query, frames); return hits && [...hits]; }",
        [query, known],
    )
    names = [name for name, hit in zip(known["functions"], found or [], strict=False) if hit]
    assert (names if found is not None else None) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("intern", "PyUnicode_InternInPlace", False),
        ("Intern", "PyUnicode_InternInPlace", True),
        ("^_PyType*Lookup$", "_PyType_Lookup", True),
        ("^Lookup", "_PyType_Lookup", False),
        ("a.b", "axb", False),
        ("a$b^c", "a$b^c", True),
        ("linecache.py", "/usr/lib/python3.11/linecache.py", True),
        ("two*lines", "two\nmore\nlines", True),
    ],
)
def test_suppressions_match_as_leaksanitizer_does(
    scripts: Page, pattern: str, text: str, matches: bool
) -> None:
    """Part of a name, `*` for anything, `^` and `$` for its ends, nothing else special; as in Python."""
    found = scripts.evaluate("([line, text]) => leaks.pattern(line).test(text)", [pattern, text])
    assert found is matches is Suppression(pattern).matches(text)


def test_files_are_shortened_to_what_tells_them_apart(scripts: Page) -> None:
    """A file's name alone where no other has it, else as many folders as it takes."""
    paths = ["a/b/core.py", "a/c/core.py", "x/main.py", "x/main.py", "y/a/c/core.py"]
    assert scripts.evaluate("names.shortest", paths) == [
        "b/core.py", "a/c/core.py", "main.py", "main.py", "y/a/c/core.py",
    ]  # fmt: skip
