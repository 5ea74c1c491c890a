"""What a reader downloads stays small."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from command import run_sitegen
from made_captures import SAMPLES
from memray import Tracker


def test_all_scripts_of_a_site_together_stay_below_100_kb(sample_site: Path) -> None:
    """The viewer, the charts and all that pages share, the toolbar's HTML included."""
    sizes = {file.name: file.stat().st_size for file in (sample_site / "assets").glob("*.js")}
    assert sum(sizes.values()) < 100_000, sizes


def page_and_data(home: Path) -> dict[str, int]:
    """The sizes of the only capture's page and data files, after a build of `run`."""
    run_sitegen("build", "run", "-o", "site", cwd=home)
    files = [file for part in ("captures", "data/run") for file in (home / "site" / part).rglob("*.*")]
    sizes = {file.name: file.stat().st_size for file in files}
    assert {"test.bin.html", "test.bin.js", "test.bin.temporal.js"} <= set(sizes)
    return sizes


def test_the_page_and_data_of_a_unit_test_stay_below_20_kb_with_all_reports(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with Tracker(tmp_path / "run" / "test.bin"):
        held = [json.dumps({"numbers": list(range(100))}) for _ in range(500)]
    assert held
    sizes = page_and_data(tmp_path)
    assert sum(sizes.values()) < 20_000, sizes


def test_those_of_a_trivial_script_under_memray_run_stay_below_30_kb(tmp_path: Path) -> None:
    """Most of it is what starting Python allocates."""
    (tmp_path / "run").mkdir()
    (tmp_path / "script.py").write_text("print(sum(len(str(i)) for i in range(1000)))\n")
    command = [sys.executable, "-m", "memray", "run", "-q", "-o", "run/test.bin", "script.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    sizes = page_and_data(tmp_path)
    assert sum(sizes.values()) < 30_000, sizes


def test_the_pages_of_the_sample_service_stay_small(sample_site: Path) -> None:
    """By kind the largest page: a hundred runs of twenty such modules are to stay below 50 MB."""
    largest = {
        kind: max(file.stat().st_size for file in (sample_site / kind).rglob("*.html"))
        for kind in ("captures", "runs", "functions", "modules")
    }
    largest["functions over the runs"] = (sample_site / "functions.html").stat().st_size
    limits = {"captures": 32_000, "runs": 30_000, "functions": 25_000, "modules": 60_000}
    limits["functions over the runs"] = 55_000
    assert all(largest[kind] < limit for kind, limit in limits.items()), largest


def test_pages_of_older_runs_are_smaller_still(tmp_path: Path) -> None:
    """They keep figures, a curve of few points and the first functions."""
    for run in ("run-1", "run-2"):  # as both began together, the second is the newer
        shutil.copytree(SAMPLES / "runs" / "release-2.3", tmp_path / "runs" / run)
    (tmp_path / "sitegen.toml").write_text("full_runs = 1\n")
    run_sitegen("build", "runs", "-o", "site", cwd=tmp_path)
    files = {
        "captures": "captures/run-1/*",
        "data": "data/run-1/*",
        "run": "runs/run-1.html",
        "functions": "functions/run-1.html",
    }
    sizes = {
        kind: max(file.stat().st_size for file in (tmp_path / "site").glob(files[kind])) for kind in files
    }
    limits = {"captures": 11_000, "data": 12_000, "run": 16_000, "functions": 16_000}
    assert all(sizes[kind] < limit for kind, limit in limits.items()), sizes
