"""Exports hold every stack with its exact figures, as memray's own transforms do."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from made_captures import sample, write_capture

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.errors import SitegenError
from sitegen.exports import FORMATS, export
from sitegen.model import NO_FRAMES, View

CAPTURE = sample("release-2.3/app.web.bin")


@pytest.fixture(scope="module")
def speedscope(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `memray transform speedscope` makes of the same capture."""
    out = tmp_path_factory.mktemp("memray") / "out.json"
    command = [sys.executable, "-m", "memray", "transform", "speedscope", "-o", str(out), str(CAPTURE)]
    subprocess.run(command, check=True, capture_output=True)
    document: dict[str, Any] = json.loads(out.read_text())
    return document


def stacks(document: dict[str, Any], profile: int) -> Counter[tuple[tuple[str, str, int], ...]]:
    frames = [(f["name"], f.get("file", ""), f.get("line", 0)) for f in document["shared"]["frames"]]
    sums: Counter[tuple[tuple[str, str, int], ...]] = Counter()
    chosen = document["profiles"][profile]
    for sample_, weight in zip(chosen["samples"], chosen["weights"], strict=True):
        sums[tuple(frames[i] for i in sample_)] += weight
    assert chosen["endValue"] == sum(chosen["weights"])
    return sums


@pytest.mark.parametrize(("profile", "unit"), [(0, "bytes"), (1, "none")])
def test_speedscope_equals_memrays_and_adds_what_has_no_frames(
    speedscope: dict[str, Any], profile: int, unit: str
) -> None:
    analysis = read_capture(CAPTURE, ReadOptions())
    document = json.loads(export(analysis, View.PEAK, "speedscope"))
    ours = stacks(document, profile)
    bare = ours.pop(((NO_FRAMES, "", 0),), 0)
    assert ours == stacks(speedscope, profile)
    whole = analysis.peak.bytes if profile == 0 else analysis.peak.count
    assert sum(ours.values()) + bare == sum(whole)
    assert document["profiles"][profile]["unit"] == unit


@pytest.mark.parametrize("view", [View.PEAK, View.LEAKS, View.TEMPORARY])
def test_every_format_holds_the_same_bytes(view: View) -> None:
    analysis = read_capture(CAPTURE, ReadOptions())
    records = analysis.records(view)
    assert records is not None
    whole = sum(records.bytes)
    lines = export(analysis, view, "collapsed").decode().splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == whole
    rows = list(csv.DictReader(io.StringIO(export(analysis, view, "csv").decode())))
    assert sum(int(row["size"]) for row in rows) == whole
    assert sum(int(row["num_allocations"]) for row in rows) == sum(records.count)
    assert sum(r["bytes"] for r in json.loads(export(analysis, view, "json"))["records"]) == whole
    assert sum(stacks(json.loads(export(analysis, view, "speedscope")), 0).values()) == whole


def test_a_view_that_a_capture_cannot_have_is_an_error_with_a_hint() -> None:
    aggregated = read_capture(sample("release-2.3/app.report.bin"), ReadOptions())
    with pytest.raises(SitegenError, match="no view 'temporary'") as raised:
        export(aggregated, View.TEMPORARY, "csv")
    assert "--view peak" in raised.value.hint


def test_hostile_names_break_no_line_of_any_format(tmp_path: Path) -> None:
    name = 'a;b\n"c",\u2028<no>'
    path = write_capture(tmp_path / "x.bin", [([(name, f"/{name}.py", 1)], 100)])
    analysis = read_capture(path, ReadOptions())
    assert len(export(analysis, View.PEAK, "collapsed").decode().splitlines()) == 1
    assert len(list(csv.reader(io.StringIO(export(analysis, View.PEAK, "csv").decode())))) == 2
    assert json.loads(export(analysis, View.PEAK, "speedscope"))["shared"]["frames"][1]["name"] == name
    assert set(FORMATS) == {"speedscope", "collapsed", "csv", "json"}
