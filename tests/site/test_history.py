"""A published site is read back: CI keeps a timeline without keeping captures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from made_captures import SAMPLES

pytestmark = pytest.mark.usefixtures("linked_store")


def put(home: Path, place: str, *names: str) -> Path:
    """Sample captures, copied to `place/runs/...`."""
    for name in names:
        target = home / place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / "runs" / name, target)
        shutil.copy(SAMPLES / "runs" / name.partition("/")[0] / "run.toml", target.parent)
    return home / place


def site_json(site: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((site / "api" / "site.json").read_text())
    return document


def test_runs_of_an_earlier_site_appear_with_their_figures_and_without_their_captures(tmp_path: Path) -> None:
    put(tmp_path, "old", "release-2.2/app.embeddings.bin", "release-2.2/app.review.bin")
    run_sitegen("build", "old", "-o", "published", cwd=tmp_path)
    shutil.rmtree(tmp_path / "old")
    (tmp_path / ".sitegen-cache").unlink()
    put(tmp_path, "new", "release-2.3/app.embeddings.bin")
    run_sitegen("build", "new", "--history", "published", "-o", "site", cwd=tmp_path)
    before, after = site_json(tmp_path / "published"), site_json(tmp_path / "site")
    assert [run["id"] for run in after["runs"]] == ["release-2.2", "release-2.3"]
    assert after["runs"][0] == before["runs"][0]
    old = [capture for capture in after["captures"] if capture["run"] == "release-2.2"]
    assert old == before["captures"]
    page = (tmp_path / "site" / "modules" / "app.embeddings.html").read_text()
    assert "build_index" in page
    for capture in old:
        assert (tmp_path / "site" / capture["data"]).read_bytes() == (
            tmp_path / "published" / capture["data"]
        ).read_bytes()


def test_a_history_of_a_history_is_the_same_site(tmp_path: Path) -> None:
    put(tmp_path, "captures", "release-2.2/app.embeddings.bin", "release-2.4/app.report.bin")
    run_sitegen("build", "captures", "-o", "one", cwd=tmp_path)
    (tmp_path / "empty").mkdir()
    run_sitegen("build", "empty", "--history", "one", "-o", "two", cwd=tmp_path)
    one, two = site_json(tmp_path / "one"), site_json(tmp_path / "two")
    assert one == two


def test_a_run_that_is_in_both_is_one_run_and_the_capture_counts(tmp_path: Path) -> None:
    put(tmp_path, "captures", "release-2.2/app.embeddings.bin")
    run_sitegen("build", "captures", "-o", "one", cwd=tmp_path)
    put(tmp_path, "captures", "release-2.2/app.review.bin")
    run_sitegen("build", "captures", "--history", "one", "--history", "one", "-o", "two", cwd=tmp_path)
    document = site_json(tmp_path / "two")
    assert [run["id"] for run in document["runs"]] == ["release-2.2"]
    assert sorted(capture["module"] for capture in document["captures"]) == ["app.embeddings", "app.review"]


def test_only_the_newest_runs_are_kept_when_asked(tmp_path: Path) -> None:
    put(tmp_path, "captures", *(f"release-2.{n}/app.report.bin" for n in (1, 2, 3)))
    (tmp_path / "sitegen.toml").write_text("keep_runs = 2\n")
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    assert [run["id"] for run in site_json(tmp_path / "site")["runs"]] == ["release-2.2", "release-2.3"]


def test_older_runs_keep_figures_and_a_smaller_tree_so_that_comparison_still_works(tmp_path: Path) -> None:
    put(tmp_path, "captures", *(f"release-2.{n}/app.embeddings.bin" for n in (2, 3)))
    (tmp_path / "sitegen.toml").write_text("full_runs = 1\n")
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    old, new = site_json(tmp_path / "site")["captures"]
    assert old["peak_bytes"] == 22_467_542
    assert old["reports"]["temporal"] is None
    assert new["reports"]["temporal"]
    assert "build_index" in (tmp_path / "site" / "modules" / "app.embeddings.html").read_text()


def test_a_history_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path, "captures", "release-2.2/app.report.bin")
    (tmp_path / "broken" / "api").mkdir(parents=True)
    (tmp_path / "broken" / "api" / "history.json").write_text("{")
    done = run_sitegen(
        "build", "captures", "--history", "nowhere", "--history", "broken", "-o", "site", cwd=tmp_path
    )
    assert done.stderr.count("warning:") == 2


def test_a_history_that_names_files_outside_itself_reads_none_of_them(tmp_path: Path) -> None:
    put(tmp_path, "captures", "release-2.2/app.report.bin")
    run_sitegen("build", "captures", "-o", "one", cwd=tmp_path)
    file = tmp_path / "one" / "api" / "history.json"
    document = json.loads(file.read_text())
    document["captures"][0]["data"] = "../secret.js"
    (tmp_path / "secret.js").write_text("secret")
    file.write_text(json.dumps(document))
    (tmp_path / "empty").mkdir()
    run_sitegen("build", "empty", "--history", "one", "-o", "two", cwd=tmp_path)
    capture = site_json(tmp_path / "two")["captures"][0]
    assert capture["status"] == "failed"
    assert capture["reason"].startswith("The history has lost")


def test_what_is_named_is_compared_and_exported_whatever_history_is_configured(tmp_path: Path) -> None:
    """The history belongs to the site: `compare` would find its captures on both sides, and nothing changed."""
    put(tmp_path, "old", "release-2.2/app.embeddings.bin", "release-2.3/app.embeddings.bin")
    run_sitegen("build", "old", "-o", "published", cwd=tmp_path)
    (tmp_path / "sitegen.toml").write_text('history = ["published"]\n')
    said = run_sitegen("compare", "old/release-2.2", "old/release-2.3", cwd=tmp_path).stdout
    assert "build_index" in said
    named = put(tmp_path, "new", "release-2.5/app.web.bin") / "release-2.5" / "app.web.bin"
    exported = run_sitegen("export", named, "--format", "collapsed", cwd=tmp_path).stdout
    assert "build_index" not in exported
    run_sitegen("analyze", "new", "-o", "bundles", cwd=tmp_path)
    assert [path.name for path in (tmp_path / "bundles").rglob("*.sitegen")] == ["app.web.bin.sitegen"]
