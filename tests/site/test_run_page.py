"""What a run's page says of its highest moment."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from command import run_sitegen
from made_captures import sample

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.insight.calltree import function_rows
from sitegen.model import View
from sitegen.units import format_size

FOLDED = "Stacks too small for a page count at their callers here"


def held(page: str) -> dict[str, str]:
    """Function -> own memory, of the table of what held most."""
    table = page.partition("What held most at that moment")[2].partition("</table>")[0]
    return dict(re.findall(r"<tr><th><code>([^<]*)</code>.*?<td[^>]*>([\d.]+\w?B)", table))


def run_page(home: Path, *names: str) -> str:
    for name in names:
        (home / "captures" / "run").mkdir(parents=True, exist_ok=True)
        shutil.copy(sample(f"release-2.5/{name}"), home / "captures" / "run")
    (home / "sitegen.toml").write_text("max_nodes = 5\n")
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    return (home / "site" / "runs" / "run.html").read_text()


def test_a_process_at_its_peak_is_told_by_functions_as_everywhere_else(tmp_path: Path) -> None:
    """However little of its tree a page keeps: what that folds away counts nowhere for its callers."""
    page = run_page(tmp_path, "app.embeddings.bin")
    analysis = read_capture(sample("release-2.5/app.embeddings.bin"), ReadOptions())
    largest = sorted(function_rows(analysis, View.PEAK), key=lambda row: -row.self_bytes)
    own = [(row.function, format_size(row.self_bytes)) for row in largest[:3]]
    assert list(held(page).items())[:3] == own
    assert sum(row.self_bytes for row in largest[:3]) < analysis.peak_bytes
    assert FOLDED not in page


@pytest.mark.usefixtures("linked_store")
def test_where_small_stacks_count_at_their_callers_the_page_says_so(tmp_path: Path) -> None:
    """Of other moments than the peak only the page's own, folded tree tells."""
    page = run_page(tmp_path, "app.capture@front_door.bin", "app.embeddings.bin", "app.web.bin")
    assert held(page)
    assert FOLDED in page


@pytest.mark.usefixtures("linked_store")
def test_modules_that_are_called_as_sections_have_ids_of_their_own(tmp_path: Path) -> None:
    """A module `service` is likely. Its rows are not the section of that name, nor the other way round."""
    (tmp_path / "captures" / "run").mkdir(parents=True)
    page = run_page(tmp_path, "app.capture@front_door.bin", "app.capture@garden.bin")
    sections = set(re.findall(r' id="([^"]+)"', page)) - {"app.capture"}
    for name in sections | {"troubled", "findings"}:  # which this run does not have
        shutil.copy(sample("release-2.5/app.web.bin"), tmp_path / "captures" / "run" / f"{name}.bin")
    (tmp_path / "captures" / "run" / "broken.bin").touch()
    ids = re.findall(r' id="([^"]+)"', run_page(tmp_path))
    assert len(ids) == len(set(ids))
    assert {"content", "service", "modules", "troubled"} < set(ids)


@pytest.mark.usefixtures("linked_store")
def test_captures_below_their_run_are_called_by_their_files_alone(tmp_path: Path) -> None:
    """The run is said above them; with it, names break at the hyphens of its date where there is little room."""
    (tmp_path / "captures" / "run").mkdir(parents=True)
    for process in (1, 2):
        shutil.copy(
            sample("release-2.5/app.web.bin"), tmp_path / "captures" / "run" / f"app.web~{process}.bin"
        )
    page = run_page(tmp_path)
    module = (tmp_path / "site" / "modules" / "app.web.html").read_text()
    for text in (page, module):
        assert re.findall(r">([^<]*app\.web~[^<]*)</a>", text) == ["app.web~1.bin", "app.web~2.bin"]
