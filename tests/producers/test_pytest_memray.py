"""pytest-memray over the test suite of a real package (toolz)."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

from produced_site import build, run

SUITE = ("test_recipes.py", "test_inspect_args.py", "test_signatures.py")


def test_every_test_is_an_instance_of_its_file(tmp_path: Path) -> None:
    """The run is the prefix, the module the test file, the instance the test; peaks are pytest-memray's own."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in SUITE:
        shutil.copy(str(files("toolz") / "tests" / name), tests)
    said = run(
        tmp_path,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."),
        *("--memray", "--memray-bin-path", "captures", "--memray-bin-prefix", "nightly", "tests"),
    )
    (number,) = re.findall(r"Created (\d+) binary dumps", said)
    site = build(tmp_path)
    assert len(site.captures) == int(number) > 15
    assert {capture["run"] for capture in site.captures} == {"nightly"}
    assert {capture["module"] for capture in site.captures} <= {f"tests/{name}" for name in SUITE}
    assert {capture["status"] for capture in site.captures} == {"ok"}
    by_test = {f"{capture['module']}::{capture['instance']}": capture for capture in site.captures}
    told = [json.loads(path.read_text()) for path in (tmp_path / "captures" / "metadata").iterdir()]
    assert {test["test_id"]: test["peak_memory"] for test in told if test["test_id"] in by_test} == {
        test: capture["peak_bytes"] for test, capture in by_test.items()
    }
