"""A capture without an allocation, as half of a test suite's are: its page says so, once, and loads nothing more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from documents import write_files
from made_captures import write_capture
from memray import FileFormat

pytestmark = pytest.mark.usefixtures("linked_store")

SAID = "The capture holds no allocation"
STACK = [("main", "/home/me/app.py", 1)]

PACKAGE = {
    "own.py": """
from sitegen.reporters import Report

class Own:
    name, title = "own", "Own"
    def report(self, analysis):
        return Report({})
""",
    "own-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: own\nVersion: 1\n",
    "own-1.dist-info/entry_points.txt": "[sitegen.reporters]\nown = own:Own\n",
}


def pages(home: Path, packages: str = "") -> dict[str, tuple[str, dict[str, Any]]]:
    """Of a capture that holds nothing, and of one that holds something: the page, and what site.json says."""
    write_capture(home / "captures" / "run" / "nothing.bin", [])
    write_capture(home / "captures" / "run" / "something.bin", [(STACK, 1000)])
    path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
    run_sitegen("build", "captures", "-o", "site", cwd=home, PYTHONPATH=path)
    captures = json.loads((home / "site" / "api" / "site.json").read_text())["captures"]
    return {one["module"]: ((home / "site" / one["url"]).read_text(), one) for one in captures}


def test_the_page_says_so_and_every_report_leads_to_where_it_does(tmp_path: Path) -> None:
    made = pages(tmp_path)
    nothing, capture = made["nothing"]
    assert nothing.count(SAID) == 1
    addresses = [url for url in capture["reports"].values() if url]
    assert len(addresses) >= 3
    for url in addresses:
        assert f'id="{url.partition("#")[2]}"' in nothing
    something, _ = made["something"]
    assert SAID not in something
    for only in ("viewer", "<svg", "/data/run/"):
        assert only in something
        assert only not in nothing


def test_a_damaged_one_may_have_held_more(tmp_path: Path) -> None:
    """Its page says of which part it speaks."""
    write_capture(tmp_path / "run" / "cut.bin", [], file_format=FileFormat.AGGREGATED_ALLOCATIONS)
    run_sitegen("build", "run", "-o", "site", cwd=tmp_path)
    (capture,) = json.loads((tmp_path / "site" / "api" / "site.json").read_text())["captures"]
    assert capture["status"] == "damaged"
    page = (tmp_path / "site" / capture["url"]).read_text()
    assert SAID not in page
    assert "What could be read of the capture holds no allocation" in page


def test_a_report_of_another_package_is_drawn_all_the_same(tmp_path: Path) -> None:
    """It may have something to say of such a capture; nobody can know."""
    write_files(PACKAGE, tmp_path / "packages")
    write_files(
        {
            "own/theme.toml": 'title = "Own"\nextends = "default"\n',
            "own/templates/reports/own.html": "<p>Its own.",
        },
        tmp_path,
    )
    write_files({"sitegen.toml": 'theme = "./own"\n'}, tmp_path)
    page, capture = pages(tmp_path, str(tmp_path / "packages"))["nothing"]
    assert "<p>Its own." in page
    assert SAID not in page
    assert capture["reports"]["own"] == f"{capture['url']}#own"
