"""What the preview watches, and which changes count."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from made_captures import write_capture
from msgspec.structs import replace
from watchfiles import Change

from sitegen.config import Config
from sitegen.preview.inputs import Inputs, Weight, inputs_of

THEMES = Path(__file__).resolve().parents[2] / "themes"
CHANGE, GROWTH, NOTHING = Weight.CHANGE, Weight.GROWTH, Weight.NOTHING


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project: captures in a run's directory, and much that is none of sitegen's business."""
    for directory in (
        "captures/run-1/metadata", "captures/.git/objects", "captures/node_modules/x", "captures/site/data",
        "captures/.sitegen-cache", "captures/venv/lib", "theme/templates/parts", "theme/static", "other",
    ):  # fmt: skip
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "captures/venv/pyvenv.cfg").touch()
    write_capture(tmp_path / "captures/run-1/profile", [([("f", "a.py", 1)], 10)])
    (tmp_path / "captures/run-1/app.log").write_text("a line")
    (tmp_path / "theme/theme.toml").write_text('title = "Mine"\nextends = "default"\n')
    return tmp_path


def inputs(home: Path, **settings: Any) -> Inputs:
    config = replace(Config(captures=(home / "captures",), theme=str(home / "theme")), **settings)
    apart = (home / "captures/site", home / "captures/.sitegen-cache")
    return inputs_of(config, [home / "sitegen.toml", home / "pyproject.toml"], apart)


def weigh(found: Inputs, change: Change, path: Path, *sources: Path) -> Weight:
    return found.weigh(change, path, {str(source) for source in sources})


def test_only_directories_that_captures_can_be_in_are_watched(home: Path) -> None:
    watched = {path for path in inputs(home).captures if path.is_relative_to(home)}
    assert watched == {home / "captures", home / "captures/run-1", home / "captures/run-1/metadata"}


def test_a_theme_is_watched_with_all_it_extends(home: Path) -> None:
    themes = inputs(home).themes
    assert {home / "theme", home / "theme/templates/parts", home / "theme/static"} <= themes
    assert {THEMES / "default/templates", THEMES / "default/static"} <= themes


def test_a_broken_theme_is_watched_for_its_cure(home: Path) -> None:
    (home / "theme/theme.toml").write_text("title =")
    assert weigh(inputs(home), Change.modified, home / "theme/theme.toml") is CHANGE


@pytest.mark.parametrize(
    ("change", "path", "weight"),
    [
        (Change.added, "captures/run-1/new.bin", CHANGE),
        (Change.modified, "captures/run-1/new.bin", GROWTH),
        (Change.deleted, "captures/run-1/new.bin", CHANGE),
        (Change.added, "captures/run-1/new.bin.1234", CHANGE),
        (Change.modified, "captures/run-1/profile", GROWTH),  # by its content alone
        (Change.modified, "captures/run-1/bundle.sitegen", CHANGE),
        (Change.modified, "captures/run-1/run.toml", CHANGE),
        (Change.modified, "captures/run-1/NOTES.md", CHANGE),
        (Change.added, "captures/run-1/metadata/x.metadata", CHANGE),
        (Change.deleted, "captures/run-1", CHANGE),
        (Change.added, "captures/run-1", CHANGE),
        (Change.added, "index.md", CHANGE),
        (Change.added, "notes", CHANGE),
        (Change.modified, "sitegen.toml", CHANGE),
        (Change.added, "pyproject.toml", CHANGE),
        (Change.modified, "theme/templates/index.html", CHANGE),
        (Change.modified, "theme/static/mine.css", CHANGE),
        (Change.deleted, "captures", CHANGE),
        (Change.modified, "captures/run-1/app.log", NOTHING),
        (Change.deleted, "captures/run-1/app.log", NOTHING),
        (Change.modified, "captures/run-1", NOTHING),
        (Change.modified, "captures", NOTHING),
        (Change.added, "captures/site", NOTHING),
        (Change.added, "captures/.site.sitegen-staging", NOTHING),
        (Change.added, "captures/node_modules", NOTHING),
        (Change.modified, "theme/templates/.index.html.swp", NOTHING),
        (Change.modified, "theme/templates/index.html~", NOTHING),
        (Change.modified, "other/README.md", NOTHING),
        (Change.modified, "setup.py", NOTHING),
    ],
)
def test_a_change_counts_where_a_build_would_read_it(
    home: Path, change: Change, path: str, weight: Weight
) -> None:
    assert weigh(inputs(home), change, home / path) is weight


def test_the_removal_of_a_capture_with_any_name_counts(home: Path) -> None:
    gone = home / "captures/run-1/profile"
    assert weigh(inputs(home), Change.deleted, gone, gone) is CHANGE


def test_what_is_excluded_does_not_count(home: Path) -> None:
    found = inputs(home, exclude=("*.tmp.bin",))
    assert weigh(found, Change.added, home / "captures/run-1/a.tmp.bin") is NOTHING


def test_what_is_excluded_by_its_path_does_not_count_either(home: Path) -> None:
    """As for a build: patterns are matched against names, and against paths below the CAPTURES argument."""
    found = inputs(home, exclude=("run-1/a*", "other*"))
    assert weigh(found, Change.added, home / "captures/run-1/a.bin") is NOTHING
    assert weigh(found, Change.added, home / "captures/run-1/b.bin") is CHANGE
    assert home / "captures/run-1" in found.directories
    assert home / "captures/run-1" not in inputs(home, exclude=("run-1",)).directories


def test_single_files_count_with_what_is_said_about_them_and_their_neighbours_do_not(home: Path) -> None:
    found = inputs(home, captures=(home / "captures/run-1/profile",))
    assert weigh(found, Change.modified, home / "captures/run-1/profile") is GROWTH
    assert weigh(found, Change.added, home / "captures/run-1/run.toml") is CHANGE
    assert weigh(found, Change.added, home / "captures/run-1/metadata/profile.metadata") is CHANGE
    assert weigh(found, Change.added, home / "captures/run-1/new.bin") is NOTHING


def test_a_directory_that_is_not_there_yet_is_waited_for_where_it_will_be(home: Path) -> None:
    found = inputs(home, captures=(home / "later/on/captures",))
    assert home in found.directories
    assert weigh(found, Change.added, home / "later") is CHANGE


def test_a_site_of_history_counts_when_it_was_built_again(home: Path) -> None:
    (home / "old/api").mkdir(parents=True)
    found = inputs(home, history=(home / "old",))
    assert weigh(found, Change.modified, home / "old/api/history.json") is CHANGE
    assert weigh(found, Change.added, home / "old") is CHANGE
    assert weigh(found, Change.modified, home / "old/index.html") is NOTHING


def test_links_are_followed_and_circles_end(home: Path) -> None:
    (home / "elsewhere/run-2").mkdir(parents=True)
    (home / "captures/linked").symlink_to(home / "elsewhere")
    (home / "elsewhere/run-2/circle").symlink_to(home / "captures")
    (home / "captures/itself").symlink_to("itself")
    (home / "captures/nowhere").symlink_to("long" * 100)
    found = inputs(home)
    assert home / "elsewhere/run-2" in found.captures
    assert weigh(found, Change.added, home / "elsewhere/run-2/a.bin") is CHANGE


def test_relative_paths_are_found_from_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "captures")
    found = inputs_of(Config(captures=(Path(),)), [Path("sitegen.toml")], ())
    assert weigh(found, Change.modified, home / "captures/sitegen.toml") is CHANGE
    assert weigh(found, Change.added, home / "captures/run-1/a.bin") is CHANGE
    assert weigh(found, Change.modified, home / "index.md") is CHANGE


def test_names_that_no_file_can_have_are_waited_for_and_end_nothing(home: Path) -> None:
    odd = home / ("long" * 100)
    found = inputs(home, captures=(home / "captures", odd / "below"), history=(odd,), theme=str(odd))
    assert weigh(found, Change.added, odd) is CHANGE
    assert weigh(found, Change.modified, odd) is CHANGE
    assert weigh(found, Change.added, home / "captures" / ("long" * 100)) is NOTHING


def test_directories_that_vanish_meanwhile_are_none(home: Path) -> None:
    shutil.rmtree(home / "captures")
    assert inputs(home).captures == {}
