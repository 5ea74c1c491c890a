"""Finds the Chromium that the browser tests drive. Stdlib only: the setup asks it too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

VARIABLE = "SITEGEN_TEST_BROWSER"
NAMES = (
    # Without windows it takes a third less of the processors than the whole browser does.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
)
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HOW_TO_GET_ONE = (
    "No Chromium was found. Install one (Debian: apt-get install chromium-headless-shell; elsewhere Chromium, "
    f"Chrome or Edge; macOS: brew install --cask chromium), or name its executable in {VARIABLE}."
)


def find_browser() -> str | None:
    """The path of a Chromium-like browser's executable; None where there is none."""
    if named := os.environ.get(VARIABLE):
        return named
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path), next((p for p in APPLICATIONS if Path(p).exists()), None))
