"""Publishing takes comments and white space out of scripts, and nothing that they say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import rjsmin

from sitegen.site.theme import load_theme

THEME = Path(__file__).parents[2] / "themes" / "default"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
QUOTED = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1""", re.S)
EXPRESSION = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\\/\[\n])+/\w*")
WORD = re.compile(r"[\w$]+")


def literals(script: str) -> list[str]:
    """Every string, every piece of a template string, and every regular expression, in order."""
    return list(_literals(script))


def _literals(script: str) -> Iterator[str]:
    at, before = 0, ""
    braces: list[bool] = []  # of those that are open: whether the brace is a hole in a template string
    while at < len(script):
        letter = script[at]
        value_ends = bool(re.fullmatch(r"[\w$)\]}]", before[-1:])) and before not in ("return", "typeof")
        if found := COMMENT.match(script, at):
            at = found.end()
            continue
        if letter == "`" or (letter == "}" and braces and braces[-1]):
            if letter == "}":
                braces.pop()
            start = at
            at += 1
            while script[at] != "`" and script[at : at + 2] != "${":
                at += 2 if script[at] == "\\" else 1
            if script[at] == "$":
                braces.append(True)
                at += 1
            at += 1
            yield script[start:at]
            before = "`" if script[at - 1] == "{" else ")"
        elif found := QUOTED.match(script, at) or (not value_ends and EXPRESSION.match(script, at)) or None:
            yield found[0]
            at, before = found.end(), ")"
        elif found := WORD.match(script, at):
            at, before = found.end(), found[0]
        else:
            if letter == "{":
                braces.append(False)
            elif letter == "}":
                braces.pop()
            before = before if letter.isspace() else letter
            at += 1


def test_what_a_script_says_is_found_in_all_its_forms() -> None:
    script = "a = `x ${ {b: `y ${ 'z' }`} } w`; // 'no'\nc = d / 2 / e; f.test(/[/'] \\/ g/u); return /h'/ + \"i'\""
    expected = ["`x ${", "`y ${", "'z'", "}`", "} w`", "/[/'] \\/ g/u", "/h'/", '"i\'"']
    assert literals(script) == expected


def test_a_template_string_within_another_is_what_publishing_spoils() -> None:
    nested = 'x = `${a}${b ? ` ${b} ${c}` : ""}`;'
    assert literals(nested) != literals(rjsmin.jsmin(nested))


def test_publishing_changes_nothing_that_a_script_says() -> None:
    lists = tomllib.loads((THEME / "theme.toml").read_text())
    kinds = {kind: lists[kind] for kind in ("scripts", "charts", "viewer")}
    joined = {f"{kind}-all.js": files for kind, files in kinds.items()}
    alone = {file.name for file in (THEME / "static").glob("*.js")} - set(chain(*kinds.values()))
    assets = load_theme("default").assets
    published = {name for name in assets if name.endswith(".js")}
    assert published == alone | set(joined)
    for name in published:
        sources = [THEME / "static" / file for file in joined.get(name, [name])]
        said = [text for file in sources for text in literals(file.read_text())]
        assert literals(assets[name].decode()) == said, name
