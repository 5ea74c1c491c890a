"""The documentation agrees with the code, and with itself."""

from __future__ import annotations

import ast
import re
import runpy
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from documents import DOCS

from sitegen.cli import main
from sitegen.config_file import load_config

ROOT = DOCS.parent
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
names = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def anchors(text: str) -> set[str]:
    """The fragments that headings can be linked to by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@names
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        path, _, fragment = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if fragment:
            assert fragment in anchors(linked.read_text()), target


def test_the_index_names_every_page() -> None:
    text = (DOCS / "README.md").read_text()
    assert {f"{path.name}" for path in DOCS.glob("*.md")} - {"README.md"} == set(
        re.findall(r"\((\S+\.md)\)", text)
    )


def test_every_picture_is_shown_and_all_are_small() -> None:
    pictures = list((DOCS / "images").iterdir())
    text = "".join(page.read_text() for page in PAGES)
    assert all(f"images/{picture.name})" in text for picture in pictures)
    assert sum(picture.stat().st_size for picture in pictures) < 1_000_000


@names
def test_headings_do_not_skip_a_level(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_what_is_made_from_the_code_is_what_the_code_makes_now() -> None:
    """Where this fails: python docs/make.py"""
    make = runpy.run_path(str(DOCS / "make.py"))
    documents = list(make["documents"]())
    assert {path.name for path in documents} == {"ci.md", "commands.md", "configuration.md"}
    for path in documents:
        assert make["remade"](path.read_text()) == path.read_text(), path.name


def test_every_command_and_option_is_documented() -> None:
    text = (DOCS / "commands.md").read_text()
    for name, command in main.commands.items():
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(f"`{spelling}`" in section for spelling in option.opts), (name, option.opts)
                assert option.help, (name, option.opts)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), flags=re.M | re.S)


@names
def test_every_snippet_of_toml_and_python_is_valid(page: Path, tmp_path: Path) -> None:
    for text in blocks(page, "python"):
        ast.parse(text)
    for text in blocks(page, "toml"):
        table = tomllib.loads(text)
        if not set(table) & {"extends", "project", "label", "build-system", "repos"}:
            # The rest is sitegen's own configuration.
            (tmp_path / "sitegen.toml").write_text(text)
            load_config(None, tmp_path)


def test_site_json_has_the_documented_keys(site_json: dict[str, Any]) -> None:
    text = (DOCS / "formats.md").read_text()
    assert documented(text, "api/site.json") == set(site_json)
    for part in ("runs", "modules", "captures", "findings"):
        for item in site_json[part]:
            assert set(item) == documented(text, part), part


def documented(text: str, heading: str) -> set[str]:
    """The keys in the first table under a heading."""
    section = re.split(rf"^##+ {heading}$", text, flags=re.M)[1]
    section = re.split(r"^##+ ", section, flags=re.M)[0]
    cells = re.findall(r"^\| (`.*?) \|", section, flags=re.M)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


def test_every_error_has_its_cure() -> None:
    """Each message that is raised somewhere stands in docs/troubleshooting.md, but for the names in it."""
    cures = plain((DOCS / "troubleshooting.md").read_text())
    missing = [(path.name, line, text) for path, line, text in messages() if plain(text) not in cures]
    assert not missing


def plain(text: str) -> str:
    """Text without markup, and without punctuation at its ends and before names."""
    words = text.replace("`", "").replace("&lt;", "<").replace("\\|", "|")
    return " ".join(words.lower().split()).strip(" .,:;'(")


_CLASSES = re.compile(r"\w*Error|Failure")
_NOT_OURS = {"ValueError", "OSError", "TypeError", "KeyError", "RuntimeError", "ImportError"}


def messages() -> Iterator[tuple[Path, int, str]]:
    """(file, line, words) of every fixed part of a message that errors are made with."""
    for path in sorted((ROOT / "sitegen").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if _CLASSES.fullmatch(name) and name not in _NOT_OURS:
                    for words in fixed(node.args[0]):
                        # Shorter ones stand between names and say nothing by themselves.
                        if len(words.split()) > 1:
                            yield path, node.lineno, words


def fixed(message: ast.expr) -> Iterator[str]:
    if isinstance(message, ast.Constant) and isinstance(message.value, str):
        yield message.value
    elif isinstance(message, ast.JoinedStr):
        for part in message.values:
            yield from fixed(part)
    elif isinstance(message, ast.IfExp):
        yield from fixed(message.body)
        yield from fixed(message.orelse)
