"""Two releases of a real package that differ in memory use: the comparison explains it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run_sitegen

from sitegen.capture import bundle
from sitegen.insight.compare import compare
from sitegen.insight.comparison import Comparison, Metric

HERE = Path(__file__).resolve().parent.parent / "releases"
BASE, HEAD = HERE / "idna-2.0.sitegen", HERE / "idna-2.1.sitegen"


def compared(metric: Metric) -> Comparison:
    base, head = (bundle.decode_file(path.read_bytes())[0] for path in (BASE, HEAD))
    return compare(base, head, metric)


@pytest.mark.parametrize("metric", [Metric.PEAK, Metric.LEAKS])
def test_one_place_explains_over_nine_tenths_of_what_the_newer_release_saves(metric: Metric) -> None:
    """idna 2.0 keeps sets of all code points in `idnadata`, 24 MB of them; 2.1 keeps ranges."""
    comparison = compared(metric)
    assert comparison.delta < -20_000_000
    first = comparison.functions[0]
    assert (first.function, first.file) == ("<module>", "idna/idnadata.py")
    assert first.own.delta / comparison.delta > 0.9
    assert comparison.cause == first
    (stack,) = comparison.explaining()
    assert stack.stack[-1].file == "idna/idnadata.py"
    assert {frame.file for frame in stack.stack} >= {"encode.py", "idna/__init__.py", "idna/core.py"}
    assert comparison.files[0].name == "idna/idnadata.py"
    assert comparison.packages[0].name == "idna"
    assert not comparison.renames


def test_the_command_says_the_same_of_the_bundles(tmp_path: Path) -> None:
    """On any machine: files are named as the modules they are, wherever they lay."""
    document = json.loads(run_sitegen("compare", BASE, HEAD, "--format", "json", cwd=tmp_path).stdout)
    first = document["functions"][0]
    assert (first["file"], first["function"]) == ("idna/idnadata.py", "<module>")
    assert first["self_delta"] / (document["after"] - document["before"]) > 0.9
