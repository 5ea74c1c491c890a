"""Slugs are safe names, and two texts never share one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.slugs import MAX_LENGTH, slug

SAFE = re.compile(r"[a-z0-9_][a-z0-9._-]*", re.ASCII)
HASH = re.compile(r"(?:.*-)?[0-9a-f]{8}", re.ASCII)

# Lone surrogates included: that is how Python names files that are no UTF-8.
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=120) | st.text(
    "aAbB.-_ /:1com", max_size=100
)


@given(TEXTS)
def test_a_slug_is_a_safe_file_name_on_every_system(text: str) -> None:
    name = slug(text)
    assert SAFE.fullmatch(name)
    assert len(name) <= MAX_LENGTH
    assert not name.endswith(".")
    assert name.partition(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(TEXTS)
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)


@given(TEXTS)
def test_what_was_changed_carries_a_hash(text: str) -> None:
    assert slug(text) == text or HASH.fullmatch(slug(text))


@given(st.lists(TEXTS, unique=True, max_size=50))
def test_different_texts_have_different_slugs(texts: list[str]) -> None:
    # A text that looks like another's slug is the one exception that "idempotent" leaves.
    sources = [text for text in texts if text == slug(text) or slug(text) not in texts]
    assert len({slug(text) for text in sources}) == len(sources)


@pytest.mark.parametrize(
    "text",
    [
        "app.capture",
        "2024-05-01_nightly",
        "front_door.bin",
        "a--b",
        "_x",
        "0",
        "trailing-",
        "common.bin",
        "a" * 80,
    ],
)
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    assert slug(text) == text


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Nightly Build #12", "nightly-build-12-"),
        ("App.Capture", "app.capture-"),
        ("app:front@door", "app-front-door-"),
        (".hidden", "hidden-"),
        ("-o", "o-"),
        ("dots...", "dots-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("con", "_con-"),
        ("nul.txt", "_nul.txt-"),
        ("COM1", "_com1-"),
        ("con." + "x" * 90, "_con.xxx"),
        ("größe", "gr-e-"),
        ("x" * 81, "x" * 71 + "-"),
    ],
)
def test_what_cannot_stand_in_a_name_is_replaced_and_hashed(text: str, start: str) -> None:
    assert slug(text).startswith(start)
    assert HASH.fullmatch(slug(text))


@pytest.mark.parametrize("text", ["", ".", "..", "日本語", "\ud800", "/"])
def test_text_without_a_single_safe_letter_still_has_a_name(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{8}", slug(text))


def test_names_that_differ_in_case_only_stay_apart() -> None:
    assert len({slug(text) for text in ("App", "app", "APP", "aPP")}) == 4
