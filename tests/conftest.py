"""The sample site, built once for all tests of a session, by the command that people use."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from command import run_sitegen
from hypothesis import settings
from made_captures import SAMPLES

# Machines that run tests in parallel are too noisy for deadlines; equal runs find equal examples.
settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("tests")


# Where these tests run in the background of a shell, Ctrl-C is ignored, and in all that they start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what tests/golden expects anew")


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory of the built sample site. Not to be changed."""
    base = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        base = base.parent  # shared by the workers of one session
    home, site = base / "sample-site", base / "sample-site" / "site"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.exists():
            shutil.copytree(SAMPLES, home / "captures", dirs_exist_ok=True)
            run_sitegen("build", "captures", "-o", "site", cwd=home)
    return site


@pytest.fixture(scope="session")
def site_json(sample_site: Path) -> dict[str, Any]:
    """api/site.json of the sample site."""
    document: dict[str, Any] = json.loads((sample_site / "api" / "site.json").read_text())
    return document
