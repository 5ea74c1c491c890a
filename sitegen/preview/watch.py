"""Follows directories: tells of every change in them, whichever directories these are at the moment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch

from sitegen.errors import SitegenError

# FSEvents follows whole trees, and takes long to be told of many directories; inotify follows single ones.
RECURSIVE = sys.platform == "darwin"

_TRIES = 5
_OFF = ("", "false", "disable", "disabled")


def polling_wanted() -> bool:
    """Whether the environment asks for polling, in watchfiles' own words."""
    return os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in _OFF


class Watch:
    """Watches directories and calls `on_change` (in the event loop) for every path in them that changes.

    `polls` is whether it looks by itself, which sees no two changes of a file within one second.
    `on_polling` is called with the reason when the system cannot tell of so many directories, or ceases to tell;
    `on_end` with what to say when nothing is watched any more.
    """

    def __init__(
        self,
        on_change: Callable[[Change, Path], None],
        on_polling: Callable[[str], None],
        on_end: Callable[[str], None],
        polls: bool,
        recursive: bool = RECURSIVE,
    ) -> None:
        self.polls = polls
        self._on_change, self._on_polling, self._on_end = on_change, on_polling, on_end
        self._recursive = recursive
        self._followed: dict[Path, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def follow(self, directories: Iterable[Path]) -> None:
        """From now on, watch these. What changes after this returned is told; what changed before may not be.

        Raises SitegenError where nothing can be watched.
        """
        wanted = list(directories)
        for _ in range(_TRIES):
            there = _there(wanted)
            if there == self._followed and self._task is not None and not self._task.done():
                return
            await self.stop()
            task = self._begin(there)
            # The task gets as far as its first wait, by which time everything is watched.
            await asyncio.sleep(0)
            if not task.done():
                task.add_done_callback(self._ended)
                return
            error = task.exception()
            if not isinstance(error, FileNotFoundError):  # otherwise one went away meanwhile
                self._fall_back(error)
        raise SitegenError("The directories of the captures come and go too fast to be watched.")

    async def stop(self) -> None:
        """Watch nothing."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])

    def _begin(self, there: dict[Path, int]) -> asyncio.Task[None]:
        if not there:
            raise SitegenError(
                "Changes cannot be watched: none of the directories can be read.",
                "Serve them with --no-reload.",
            )
        self._followed = there
        self._task = asyncio.create_task(self._run(_topmost(there) if self._recursive else list(there)))
        return self._task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Goes on by polling, where that is not what ended."""
        if task.cancelled() or task is not self._task:
            return
        try:
            self._fall_back(task.exception())
            self._begin(_there(self._followed)).add_done_callback(self._ended)
        except SitegenError as error:
            self._on_end(str(error))
            return
        # As if they were new: nobody told what changed in them meanwhile.
        for directory in self._followed:
            self._on_change(Change.added, directory)

    def _fall_back(self, error: BaseException | None) -> None:
        if self.polls or not isinstance(error, OSError | RuntimeError):
            raise SitegenError(
                f"Changes cannot be watched: {_reason(error)}", "Serve them with --no-reload."
            ) from error
        self.polls = True
        self._on_polling(_reason(error))

    async def _run(self, directories: list[Path]) -> None:
        changes = awatch(
            *directories,
            watch_filter=None,
            debounce=200,
            step=50,
            force_polling=self.polls,
            recursive=self._recursive,
            # Ignoring that would also ignore directories that are more than the system can watch.
            ignore_permission_denied=False,
        )
        async for batch in changes:
            for change, path in sorted(batch):
                self._on_change(change, Path(path))


def _reason(error: BaseException | None) -> str:
    text = str(error).partition(" about [")[0].rstrip(".") if error else "they are told of no more"
    return text or type(error).__name__


def _there(directories: Iterable[Path]) -> dict[Path, int]:
    """Those that can be read, with what tells one from another of the same name."""
    found: dict[Path, int] = {}
    for directory in directories:
        with suppress(OSError):
            if os.access(directory, os.R_OK):
                found[directory] = directory.stat().st_ino
    return found


def _topmost(directories: Iterable[Path]) -> list[Path]:
    """Those that are not below another one."""
    there = set(directories)
    return [directory for directory in there if there.isdisjoint(directory.parents)]
