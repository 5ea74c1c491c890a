"""Files that two machines keep under different roots are recognised; others are not mixed up."""

from __future__ import annotations

import tracemalloc

import pytest

from sitegen.insight.align import align_files

SOME = {"load"}


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({"app/db.py": SOME}, {"app/db.py": SOME}, {}),
        ({"src/app/db.py": {"a"}}, {"app/db.py": {"b"}}, {"src/app/db.py": "app/db.py"}),
        ({"build1/db.py": SOME}, {"build2/db.py": SOME}, {"build1/db.py": "build2/db.py"}),
        # A bare file name proves nothing.
        ({"app/utils.py": {"join"}}, {"lib/utils.py": {"split"}}, {}),
        ({"utils.py": {"<module>", "join"}}, {"lib/utils.py": {"<module>", "split"}}, {}),
        ({"main.py": {"<module>"}}, {"x/main.py": {"<module>"}}, {"main.py": "x/main.py"}),
        # The longest common ending decides.
        (
            {"one/a/db.py": SOME, "one/b/db.py": SOME},
            {"two/a/db.py": SOME, "two/b/db.py": SOME},
            {"one/a/db.py": "two/a/db.py", "one/b/db.py": "two/b/db.py"},
        ),
        # Two that end alike as far are not guessed at.
        ({"x/db.py": SOME}, {"y/db.py": SOME, "z/db.py": SOME}, {}),
        ({"x/db.py": SOME, "w/db.py": SOME}, {"y/db.py": SOME}, {}),
        # What has its own match is no candidate.
        ({"a/db.py": SOME, "b/db.py": SOME}, {"a/db.py": SOME}, {}),
        ({}, {"a/db.py": SOME}, {}),
    ],
)
def test_files_are_paired(
    base: dict[str, set[str]], head: dict[str, set[str]], expected: dict[str, str]
) -> None:
    assert align_files(base, head) == expected
    assert align_files(head, base) == {name: found for found, name in expected.items()}


def test_a_path_of_thousands_of_directories_takes_memory_as_its_text_does() -> None:
    """Names come from captures that strangers may have made: all endings of this one would be 1.2 GB."""
    deep = "a/" * 25_000
    tracemalloc.start()
    try:
        pairs = align_files({f"{deep}db.py": SOME}, {f"b/{deep}db.py": SOME})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pairs == {f"{deep}db.py": f"b/{deep}db.py"}
    assert most < 20_000_000
