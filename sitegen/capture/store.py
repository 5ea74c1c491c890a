"""Analyses that were made before, in files named by what they were made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Store:
    """A directory of analyses; each has several parts."""

    directory: Path
    max_bytes: int

    def key(self, path: Path, options: str) -> str:
        """What an analysis of the file's content with these options is kept under."""
        with path.open("rb") as file:
            return hashlib.sha256(hashlib.file_digest(file, "sha256").digest() + options.encode()).hexdigest()

    def get(self, key: str, part: str) -> bytes | None:
        """A part of an analysis; None where it is not there."""
        try:
            return (self.directory / key / part).read_bytes()
        except OSError:
            return None

    def put(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keeps an analysis."""
        directory = self.directory / key
        directory.mkdir(parents=True, exist_ok=True)
        for name, data in parts.items():
            (directory / name).write_bytes(data)
