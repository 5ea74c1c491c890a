"""Themes: found by name and by directory, extending each other, and wrong in ways that are told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from command import run_sitegen
from documents import files_in, write_files
from jinja2 import Environment
from justhtml import JustHTML
from made_captures import sample

from sitegen.config_file import load_config
from sitegen.errors import ConfigError
from sitegen.site.theme import load_theme, theme_names

pytestmark = pytest.mark.usefixtures("linked_store")


def captures_in(home: Path) -> Path:
    """One small capture in a run."""
    run = home / "captures" / "one"
    run.mkdir(parents=True)
    shutil.copy(sample("release-2.4/app.report.bin"), run)
    return home


def made(directory: Path, text: str, files: Mapping[str, str] | None = None) -> Path:
    """A theme with this theme.toml and other files."""
    write_files({"theme.toml": text, **(files or {})}, directory)
    return directory


def test_the_themes_of_sitegen_are_found_by_name() -> None:
    assert theme_names() == ["default", "paper"]
    for name in theme_names():
        assert load_theme(name).name == name


@pytest.mark.parametrize("style", ["site.css", "viewer.css"])
def test_the_dark_that_a_reader_chooses_is_the_dark_of_the_system(style: str) -> None:
    """CSS has no way to say it once."""
    text = load_theme("default").assets[style].decode()
    system = re.search(r':root:not\(\[data-theme="?light"?\]\)\{([^}]*)\}', text)
    chosen = re.search(r':root\[data-theme="?dark"?\]\{([^}]*)\}', text)
    assert system
    assert chosen
    assert "--" in system[1]
    assert system[1] == chosen[1]


def test_a_theme_takes_what_it_does_not_have_from_the_one_that_it_extends() -> None:
    default, paper = load_theme("default"), load_theme("paper")
    assert paper.styles == ("site.css", "paper.css")
    assert paper.scripts == default.scripts
    assert paper.assets["site.css"] == default.assets["site.css"]
    assert "paper.css" not in default.assets
    loaded = paper.loader()
    place_of = {name: loaded.get_source(Environment(), name)[1] for name in ("base.html", "run.html")}
    assert place_of["base.html"] == str(paper.directories[0] / "templates" / "base.html")
    assert place_of["run.html"] == str(default.directories[0] / "templates" / "run.html")


def test_an_unknown_theme_names_the_nearest(tmp_path: Path) -> None:
    done = run_sitegen("build", "--theme", "papper", cwd=captures_in(tmp_path), check=False)
    assert done.returncode == 2
    assert "There is no theme 'papper'." in done.stderr
    assert "Did you mean 'paper'?" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('title = "T"\nextends = "own"\n', "extends itself"),
        ('title = "T"\nextends = "nowhere"\n', "no theme 'nowhere'"),
        ('title = "T"\nstyles = ["lost.css"]\n', "static/lost.css"),
        ('title = "T"\nstyle = ["site.css"]\n', "style"),
        ("title = ", "theme.toml"),
        ("", "title"),
    ],
)
def test_a_broken_theme_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_theme(str(made(tmp_path / "own", text)))


def test_a_theme_extends_one_that_lies_beside_it(tmp_path: Path) -> None:
    made(tmp_path / "house", 'title = "H"\nextends = "paper"\n', {"static/house.css": "a{}"})
    made(tmp_path / "team", 'title = "T"\nextends = "house"\nstyles = ["site.css", "house.css"]\n')
    team = load_theme(str(tmp_path / "team"))
    assert [path.name for path in team.directories] == ["team", "house", "paper", "default"]
    assert team.assets["house.css"] == b"a{}"


def test_what_is_no_file_in_a_theme_is_left_out(tmp_path: Path) -> None:
    """Editors leave links that lead nowhere; directories have dots in their names."""
    theme = made(tmp_path / "own", 'title = "T"\nextends = "default"\n', {"templates/v1.2/part.html": "x"})
    (theme / "static").mkdir()
    for place in ("templates", "static"):
        (theme / place / "lock.html").symlink_to("nowhere")
        (theme / place / "odd.html").symlink_to("long" * 100)
    assert "lock.html" not in load_theme(str(theme)).assets


@pytest.mark.parametrize("name", ["paper", "acme-1.0"])
def test_a_path_in_the_configuration_is_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """`./paper` lies beside the configuration; a directory may be called as no theme of sitegen's could be."""
    own = made(tmp_path / name, 'title = "T"\nextends = "default"\n')
    (tmp_path / "sitegen.toml").write_text(f'theme = "./{name}"\n')
    monkeypatch.chdir(tmp_path)
    assert load_theme(load_config(None, Path()).theme).directories[0] == own


def test_another_order_of_styles_is_another_theme(tmp_path: Path) -> None:
    """Pages that were drawn before are drawn again, though every file of the theme is the same."""
    files = {"static/a.css": "a {}", "static/b.css": "b {}"}
    digests = {
        load_theme(
            str(made(tmp_path / name, f'title = "T"\nextends = "default"\nstyles = {styles}\n', files))
        ).digest
        for name, styles in (
            ("one", '["a.css", "b.css"]'),
            ("two", '["b.css", "a.css"]'),
            ("three", '["a.css"]'),
        )
    }
    assert len(digests) == 3


def test_the_theme_that_the_documentation_makes_changes_every_page(tmp_path: Path) -> None:
    write_files(files_in("themes.md"), captures_in(tmp_path))
    run_sitegen("build", "captures", "-o", "site", "--theme", "themes/acme", cwd=tmp_path)
    (style,) = (tmp_path / "site" / "assets").glob("acme.*.css")
    for path in (tmp_path / "site").rglob("*.html"):
        text = path.read_text()
        assert text.index("assets/site.") < text.index(f"assets/{style.name}")
        assert "Acme internal" in text
        assert not JustHTML(text, collect_errors=True, sanitize=False).errors


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>\n{{ view.nothing.at_all }}", "base.html, line 2"),
        ("<p>\n\n{% if %}", "base.html, line 3"),
        ('{% extends "gone.html" %}', "no template gone.html"),
        ("<p>\n{{ 1 / 0 }}", "base.html, line 2: ZeroDivisionError"),
        ("<p>\n\n{{ page.url + 1 }}", "base.html, line 3: TypeError"),
        ("{{ 'many'|size }}", "base.html, line 1: TypeError"),
        ("<p>\n{{ link() }}", "base.html, line 2: TypeError"),
        ("<p>\n{% include 'base.html' %}", "base.html, line 2: RecursionError"),
    ],
)
def test_a_mistake_in_a_template_ends_the_build_with_its_place(
    tmp_path: Path, template: str, words: str
) -> None:
    said = refused(captures_in(tmp_path), {"templates/base.html": template})
    assert words in said
    assert "Mend that template" in said


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("templates/parts/toolbar.js", "a\n{{ 1 / 0 }}", "toolbar.js, line 2: ZeroDivisionError"),
        ("templates/base.html", "caf\udce9", "base.html is not UTF-8"),
        ("static/site.css", "caf\udce9", "site.css is not UTF-8"),
    ],
)
def test_any_other_file_that_cannot_be_used_is_named(
    tmp_path: Path, file: str, text: str, words: str
) -> None:
    assert words in refused(captures_in(tmp_path), {file: text})


def refused(home: Path, files: Mapping[str, str]) -> str:
    """What a build says of a theme that extends the default one with these files: an error, and no site."""
    made(home / "own", 'title = "T"\nextends = "default"\n')
    for name, text in files.items():
        path = home / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run_sitegen("build", "captures", "--theme", "./own", cwd=home, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (home / "site").exists()
    return done.stderr
