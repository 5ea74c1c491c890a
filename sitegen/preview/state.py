"""What there is to show at the moment: the last good site, what is wrong with the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sitegen.config import Config
from sitegen.preview.outcome import Failed


class State:
    """Changed by the one that builds, looked at by those that serve, all in one event loop.

    `site` is the directory of the site and `prefix` the path that it is served under ("" or "/team/memory").
    `ready` is whether there is a good site; `digests` are of its files, by path. `problem` is what the last
    build failed with. `progress` says how far the present one is. `running` are the pages of captures that grow.
    """

    def __init__(self, site: Path) -> None:
        self.site = site
        self.prefix = ""
        self.ready = False
        self.digests: Mapping[str, str] = {}
        self.problem: Failed | None = None
        self.progress = ""
        self.running: frozenset[str] = frozenset()
        self.closing = False
        self._turn = asyncio.Event()

    def good(self, digests: Mapping[str, str]) -> None:
        """The site was built."""
        self.ready, self.digests, self.problem = True, digests, None
        self._tell()

    def bad(self, problem: Failed) -> None:
        """It could not be built; the last good one stays."""
        self.problem = problem
        self._tell()

    def working(self, progress: str) -> None:
        """It is being built, and that is how far."""
        self.progress = progress
        self._tell()

    def run(self, pages: frozenset[str]) -> None:
        """The captures of these pages grow."""
        if pages != self.running:
            self.running = pages
            self._tell()

    def close(self) -> None:
        """The server ends: nobody is to wait any longer."""
        self.closing = True
        self._tell()

    @property
    def turn(self) -> asyncio.Event:
        """Set at the next change. Whoever takes it before looking misses none."""
        return self._turn

    def _tell(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()


def prefix_of(config: Config) -> str:
    """The path that a site is published under: "" for none, otherwise with a slash in front and none behind."""
    path = unquote(urlsplit(config.base_url or "").path).strip("/")
    return f"/{path}" if path else ""
