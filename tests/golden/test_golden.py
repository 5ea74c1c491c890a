"""What commands write, letter by letter. After a wanted change: `python3 tests/run.py tests/golden --update-golden`."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from command import run_sitegen
from made_captures import SAMPLES

EXPECTED = Path(__file__).parent / "expected"
BASE, HEAD = "captures/release-2.2/app.embeddings.bin", "captures/release-2.3/app.embeddings.bin"
OUTPUTS = {
    "compare.txt": ["compare", BASE, HEAD],
    "compare.md": ["compare", "captures/release-2.2", "captures/release-2.3", "--format", "markdown"],
    "compare.json": ["compare", BASE, HEAD, "--format", "json", "--metric", "leaks"],
    "check.txt": ["check", "captures"],
    "check.md": ["check", "captures", "--format", "markdown"],
    "check-github.txt": ["check", "captures", "--format", "github"],
    "collapsed.txt": ["export", HEAD, "--format", "collapsed", "--view", "leaks"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """Two runs of the sample service, without the modules whose figures move."""
    home = tmp_path_factory.mktemp("golden")
    (home / ".sitegen-cache").symlink_to(store)
    for run in ("release-2.2", "release-2.3"):
        (home / "captures" / run).mkdir(parents=True)
        for name in ("app.embeddings.bin", "app.report.bin", "run.toml"):
            shutil.copy(SAMPLES / "runs" / run / name, home / "captures" / run)
    return home


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_output_is_the_expected_one(name: str, home: Path, pytestconfig: pytest.Config) -> None:
    written = run_sitegen(*OUTPUTS[name], cwd=home).stdout
    file = EXPECTED / name
    if pytestconfig.getoption("--update-golden"):
        file.write_text(written)
    assert written == file.read_text()


def test_site_json_is_the_expected_one(home: Path, pytestconfig: pytest.Config) -> None:
    run_sitegen("build", "captures", "-o", "site", "--title", "Golden", cwd=home)
    written = msgspec.json.format((home / "site" / "api" / "site.json").read_text(), indent=1) + "\n"
    file = EXPECTED / "site.json"
    if pytestconfig.getoption("--update-golden"):
        file.write_text(written)
    assert written == file.read_text()
