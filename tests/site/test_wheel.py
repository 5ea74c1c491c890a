"""The package as people install it: built into a wheel, and used with the source tree out of the way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from command import plain_environment
from made_captures import SAMPLES

CHECKOUT = SAMPLES.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout, built without asking for anything from the network."""
    out = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(out)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.strip()


def test_the_wheel_holds_the_package_with_its_themes_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for theme in ("default", "paper"):
        assert f"sitegen/_themes/{theme}/theme.toml" in names
        assert f"sitegen/_themes/{theme}/templates/base.html" in names
    assert "sitegen/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"sitegen"}
    assert not [name for name in names if "__pycache__" in name or "/." in name]


def test_an_installed_wheel_builds_the_sample_site_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked alone on the path, and run elsewhere: what it needs comes from it or from its dependencies."""
    packages, home = tmp_path / "packages", tmp_path / "home"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    runs = ("release-2.1", "release-2.5")
    for run in runs:
        shutil.copytree(SAMPLES / "runs" / run, home / "captures" / run)
    environment = plain_environment() | {"PYTHONPATH": str(packages)}

    def python(*arguments: str) -> str:
        command = [sys.executable, "-P", *arguments]
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for theme in ("default", "paper"):
        python("-m", "sitegen", "build", "captures", "-o", theme, "--theme", theme)
        described = json.loads((home / theme / "api" / "site.json").read_text())
        assert [run["id"] for run in described["runs"]] == list(runs)
        assert all(capture["peak_bytes"] for capture in described["captures"])
    script = "import sitegen.cli, sitegen.site.theme as t; print(sitegen.__file__); print(*t.theme_names())"
    place, names = python("-c", script).splitlines()
    assert Path(place).is_relative_to(packages)
    assert names.split() == ["default", "paper"]
    # The command that the wheel installs is the one that was run.
    (points,) = packages.glob("*.dist-info/entry_points.txt")
    assert "sitegen = sitegen.__main__:main" in points.read_text()
