"""What a reader downloads stays small."""

from __future__ import annotations

import json
from pathlib import Path

from command import run_sitegen
from memray import Tracker


def test_all_scripts_of_a_site_together_stay_below_114_kb(sample_site: Path) -> None:
    """To be lowered as they shrink: 100 kB is the aim."""
    sizes = {file.name: file.stat().st_size for file in (sample_site / "assets").glob("*.js")}
    assert sum(sizes.values()) < 114_000, sizes


def test_the_page_and_data_of_a_unit_test_stay_below_30_kb_with_all_reports(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with Tracker(tmp_path / "run" / "test.bin"):
        held = [json.dumps({"numbers": list(range(100))}) for _ in range(500)]
    assert held
    run_sitegen("build", "run", "-o", "site", cwd=tmp_path)
    files = [file for part in ("captures", "data/run") for file in (tmp_path / "site" / part).rglob("*.*")]
    sizes = {file.name: file.stat().st_size for file in files}
    assert {"test.bin.html", "test.bin.js", "test.bin.temporal.js"} <= set(sizes)
    assert sum(sizes.values()) < 30_000, sizes
