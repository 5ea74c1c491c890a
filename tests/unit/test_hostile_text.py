"""Names and commands can be long, and made by a stranger: what is done with them takes time in proportion."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import pytest

from sitegen.capture.naming import read_file_name
from sitegen.capture.secrets import masked
from sitegen.insight.identity import file_names
from sitegen.insight.suppressions import Suppression
from sitegen.model import SearchPaths
from sitegen.slugs import slug
from sitegen.visible import in_one_line

NAMES = file_names(SearchPaths())
PIECES = (
    *(
        "a",
        ".",
        "-",
        "/",
        "=",
        " ",
        "\n",
        "%",
        "://",
        "a:",
        "://a:",
        "-eyJ",
        "eyJ.",
        "-sk-a",
        "--token ",
        "token=",
    ),
    *(
        "foo",
        "foo bar",
        ".bin",
        ".bin.1",
        "~1",
        "-fork-1",
        "memray-1.",
        "/lib/python3",
        "/site-packages/",
        ".so",
    ),
)


@pytest.mark.parametrize("path", [".", "./.", "/", "a.so/..", "/.so", "/x/site-packages/"])
def test_a_file_whose_path_has_no_parts_has_a_name(path: str) -> None:
    """A capture's frame can be of any: it would cost the capture."""
    assert NAMES.native(path).name
    assert NAMES.python(path).name


@pytest.mark.parametrize(
    "work",
    [
        masked.__wrapped__,
        Suppression("foo*bar").matches,
        Suppression("^foo*bar*baz$").matches,
        Suppression("*foo*").matches,
        read_file_name,
        NAMES.python.__wrapped__,
        NAMES.native.__wrapped__,
        slug,
        in_one_line,
    ],
)
@pytest.mark.parametrize("end", ["", "!"])
def test_text_that_is_four_times_as_long_takes_about_four_times_as_long(
    work: Callable[[str], object], end: str
) -> None:
    """Where it took sixteen times as long, a name of a hundred thousand letters kept a build busy for minutes."""
    for piece in PIECES:
        assert any(_growth(work, piece, end) < 8 for _ in range(10)), piece


def _growth(work: Callable[[str], object], piece: str, end: str) -> float:
    """How much longer it takes with four times the text: the fastest of some attempts, which nothing has disturbed."""
    short, long = (piece * (length // len(piece)) + end for length in (4_000, 16_000))
    return min(_seconds(work, long) for _ in range(3)) / min(_seconds(work, short) for _ in range(3))


def _seconds(work: Callable[[str], object], text: str) -> float:
    begun = perf_counter()
    work(text)
    return perf_counter() - begun
