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
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A directory of all workers of this session."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def store(shared: Path) -> Path:
    """Where tests keep analyses for each other: where it is linked as `.sitegen-cache`, no sample is read again."""
    directory = shared / "store"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture
def linked_store(tmp_path: Path, store: Path) -> None:
    """For tests in which reading captures is not the point."""
    (tmp_path / ".sitegen-cache").symlink_to(store)


@pytest.fixture(scope="session")
def sample_site(shared: Path, store: Path) -> Path:
    """The directory of the built sample site. Not to be changed."""
    home, site = shared / "sample-site", shared / "sample-site" / "site"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.exists():
            (home / ".sitegen-cache").symlink_to(store)
            shutil.copytree(SAMPLES, home / "captures", dirs_exist_ok=True)
            run_sitegen("build", "captures", "-o", "site", cwd=home)
    return site


@pytest.fixture(scope="session")
def site_json(sample_site: Path) -> dict[str, Any]:
    """api/site.json of the sample site."""
    document: dict[str, Any] = json.loads((sample_site / "api" / "site.json").read_text())
    return document
