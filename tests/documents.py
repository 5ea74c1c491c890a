"""Reads what the documentation tells people to write and to run, so that tests do it."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"

_FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_in(document: str) -> dict[str, str]:
    """The files that a document has in full: their paths and texts."""
    return dict(_FILE.findall((DOCS / document).read_text()))


def write_files(files: dict[str, str], directory: Path) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
