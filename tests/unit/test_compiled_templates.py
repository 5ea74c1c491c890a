"""Templates are compiled once on a machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jinja2
import pytest

from sitegen.site.compiled import compiled_templates


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files: this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def drawn(source: str) -> str:
    """What a template draws in an environment of its own."""
    loader = jinja2.DictLoader({"page.html": source})
    environment = jinja2.Environment(loader=loader, autoescape=True, bytecode_cache=compiled_templates())
    return environment.get_template("page.html").render()


def test_a_template_that_was_compiled_before_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn("{{ 6 * 7 }}") == "42"
    monkeypatch.setattr(jinja2.Environment, "compile", None)
    assert drawn("{{ 6 * 7 }}") == "42"


def test_a_template_that_changed_is_compiled_again() -> None:
    assert [drawn("{{ 6 * 7 }}"), drawn("{{ 6 * 8 }}")] == ["42", "48"]


def test_what_jinja_did_not_write_counts_as_nothing(temporary: Path) -> None:
    drawn("{{ 6 * 7 }}")
    for kept in temporary.glob("*/sitegen-*"):
        kept.write_bytes(kept.read_bytes()[:20])
    assert drawn("{{ 6 * 7 }}") == "42"


def test_a_directory_that_others_can_write_to_is_not_used(temporary: Path) -> None:
    drawn("")
    (made,) = temporary.iterdir()
    made.rename(temporary / "elsewhere")
    made.symlink_to(temporary / "elsewhere")
    assert compiled_templates() is None
    assert drawn("{{ 6 * 7 }}") == "42"
