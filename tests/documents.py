"""Reads what the documentation tells people to write and to run, so that tests do it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"

_FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a document shows, and the lines that it says the command prints."""

    line: str
    prints: tuple[str, ...]


def files_in(document: str) -> dict[str, str]:
    """The files that a document has in full: their paths and texts."""
    return dict(_FILE.findall((DOCS / document).read_text()))


def commands_in(document: str) -> list[Command]:
    """The commands that a document shows, in order."""
    commands = []
    for block in _CONSOLE.findall((DOCS / document).read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *prints = part.rstrip("\n").split("\n")
            commands.append(Command(line, tuple(prints)))
    return commands


def write_files(files: Mapping[str, str], directory: Path) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
