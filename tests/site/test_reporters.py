"""Reporters that other packages bring: found by entry point, drawn by their own template, harmless when broken."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from documents import files_in, write_files
from made_captures import sample

pytestmark = pytest.mark.usefixtures("linked_store")


def installed(directory: Path, files: Mapping[str, str]) -> Path:
    """Unpacks a package as an installer would: its files, and what its pyproject.toml says as metadata."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    write_files({name: text for name, text in files.items() if name != "pyproject.toml"}, directory)
    info = f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    points = project["entry-points"]["sitegen.reporters"]
    lines = [f"{name} = {value}" for name, value in points.items()]
    write_files(
        {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\n"
            f"Version: {project['version']}\n",
            f"{info}/entry_points.txt": "\n".join(["[sitegen.reporters]", *lines, ""]),
        },
        directory,
    )
    return directory


def project(name: str, **reporters: str) -> str:
    """A pyproject.toml with these entry points."""
    lines = [f'{reporter} = "{value}"' for reporter, value in reporters.items()]
    head = f'[project]\nname = "{name}"\nversion = "1"\n[project.entry-points."sitegen.reporters"]\n'
    return head + "\n".join(lines)


def build(home: Path, packages: Path, *options: str) -> tuple[str, dict[str, Any]]:
    """The page and the description of the one capture of a site built beside these packages."""
    run = home / "captures" / "one"
    if not run.exists():
        run.mkdir(parents=True)
        shutil.copy(sample("release-2.4/app.report.bin"), run)
    path = os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH")]))
    run_sitegen("build", "captures", "-o", "site", *options, cwd=home, PYTHONPATH=path)
    (capture,) = json.loads((home / "site" / "api" / "site.json").read_text())["captures"]
    return (home / "site" / capture["url"]).read_text(), capture


def section(page: str, name: str) -> str:
    found = re.search(rf'<section class="report" id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"no section {name}"
    return found[0]


def test_the_reporter_of_the_documentation_gets_its_section(tmp_path: Path) -> None:
    packages = installed(tmp_path / "packages", files_in("reporters.md"))
    page, capture = build(tmp_path, packages)
    cost = round(capture["peak_rss_bytes"] / 1e9 * 3.5, 2)
    assert f"costs {cost} a month" in section(page, "memory_cost")
    assert ">Cost</h2>" in section(page, "memory_cost")
    assert capture["reports"]["memory_cost"] == f"{capture['url']}#memory_cost"
    page, capture = build(tmp_path, packages, "--report", "memory_cost")
    assert list(capture["reports"]) == ["memory_cost"]


def test_a_theme_draws_a_report_of_another_package_with_its_own_template(tmp_path: Path) -> None:
    packages = installed(tmp_path / "packages", files_in("reporters.md"))
    write_files(
        {
            "own/theme.toml": 'title = "Own"\nextends = "default"\n',
            "own/templates/reports/memory_cost.html": "<p>As our theme says it: {{ report.cost }}</p>",
        },
        tmp_path,
    )
    page, _ = build(tmp_path, packages, "--theme", "./own")
    assert "As our theme says it" in section(page, "memory_cost")


REPORTER = """
from pathlib import Path

from sitegen.reporters import NotApplicable, Report

class Raises:
    name, title = "raises", "Raises"
    def report(self, analysis):
        raise LookupError("no <price> for this")

class Undrawn:
    name, title = "undrawn", "Undrawn"
    def report(self, analysis):
        return Report({"figure": 1})

class Odd:
    name, title = "odd", "Odd"
    def report(self, analysis):
        return Report({"figure": object()})

class Silent:
    name, title = "silent", "Silent"
    def report(self, analysis):
        return NotApplicable("Not for this one.")

class Other:
    name, title = "another", "Another"
    def report(self, analysis):
        return Report({})

class Wrong(Undrawn):
    name, title = "wrong", "Wrong"
    templates = Path(__file__).parent / "shaky_templates"

class Misspelt(Wrong):
    name, title = "misspelt", "Misspelt"

class Shapeless:
    pass
"""


def test_what_fails_costs_its_own_section_and_says_why(tmp_path: Path) -> None:
    names = {
        "raises": "shaky:Raises",
        "undrawn": "shaky:Undrawn",
        "odd": "shaky:Odd",
        "silent": "shaky:Silent",
        "other": "shaky:Other",
        "wrong": "shaky:Wrong",
        "misspelt": "shaky:Misspelt",
        "shapeless": "shaky:Shapeless",
        "gone": "shaky:Gone",
        "lost": "no_such_package:Lost",
        "leaks": "shaky:Raises",  # the name of one of sitegen's own: that one stays
    }
    files = {
        "pyproject.toml": project("shaky", **names),
        "shaky.py": REPORTER,
        "shaky_templates/reports/wrong.html": "<p>\n{{ report.figure + 'x' }}",
        "shaky_templates/reports/misspelt.html": "<p>\n\n{% endfor %}",
    }
    page, capture = build(tmp_path, installed(tmp_path / "packages", files))
    for name, words in {
        "raises": "LookupError: no &lt;price&gt; for this",
        "undrawn": "no template reports/undrawn.html",
        "wrong": "reports/wrong.html, line 2: TypeError",
        "misspelt": "reports/misspelt.html, line 3: ",
        "odd": "This report failed",
        "silent": "Not for this one.",
        "other": "calls itself &#39;another&#39;",
        "shapeless": "has no name, title and report()",
        "gone": "could not be loaded: AttributeError",
        "lost": "could not be loaded: ModuleNotFoundError",
    }.items():
        assert words in section(page, name), name
    assert "were never freed" in section(page, "leaks")
    assert {name for name, url in capture["reports"].items() if url} >= {"flamegraph", "leaks", "table"}


def test_a_change_in_a_reporter_makes_its_sections_again(tmp_path: Path) -> None:
    files = files_in("reporters.md")
    build(tmp_path, installed(tmp_path / "packages", files))
    code = files["memory_cost/__init__.py"]
    changed = {**files, "memory_cost/__init__.py": code.replace("PRICE = 3.50", "PRICE = 700.0")}
    page, capture = build(tmp_path, installed(tmp_path / "packages", changed))
    cost = round(capture["peak_rss_bytes"] / 1e9 * 700, 2)
    assert f"costs {cost} a month" in section(page, "memory_cost")
