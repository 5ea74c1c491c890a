"""What a person sees while sitegen works: progress and warnings on stderr, results on stdout.

A bar on a terminal, plain lines elsewhere. rich honours NO_COLOR. It is loaded when there is something to tell:
that takes a fifth of what a build takes in which nothing changed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from sitegen.errors import SitegenError
from sitegen.units import counted, format_size

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

LINE_EVERY = 5.0
"""Seconds between two plain lines of progress."""


class Reading:
    """Tells how far the reading of captures is: count, bytes, the capture in hand, the time left.

    Use it as a context manager; `begin` says how much there is, once for every time that captures are read.
    """

    def __init__(self, console: Callable[[], Console]) -> None:
        self._console = console
        self._bar: tuple[Progress, TaskID] | None = None
        self._files = self._bytes = self._all_files = self._all_bytes = 0
        self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def begin(self, files: int, size: int) -> None:
        """How many captures are to be read, and their bytes. What was begun before is done."""
        self._stop()
        self._files = self._bytes = 0
        self._all_files, self._all_bytes = files, size
        if not files:
            return
        console = self._console()
        if not console.is_terminal:
            self._line(f"Reading {counted(files, 'capture')}, {format_size(size)}.")
            return
        bar = _bar(console)
        self._bar = bar, bar.add_task("reading", total=size, file="", count=f"0/{files}")
        bar.start()

    def started(self, file: str) -> None:
        """A worker has begun with this capture."""
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, file=_escaped(file))

    def finished(self, file: str, size: int) -> None:
        """A worker is done with this capture, for better or worse."""
        self._files += 1
        self._bytes += size
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=self._bytes, count=f"{self._files}/{self._all_files}")
        elif time.monotonic() - self._last_line >= LINE_EVERY:
            self._line(
                f"Read {self._files:,} of {self._all_files:,} captures, "
                f"{format_size(self._bytes)} of {format_size(self._all_bytes)}; last {file}."
            )

    def _stop(self) -> None:
        # A bar that is left standing keeps what is written to standard output to itself.
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def _line(self, text: str) -> None:
        self._last_line = time.monotonic()
        self._console().print(text, highlight=False, markup=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("[bold]Reading[/bold]"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[count]}"),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[file]}", style="dim"),
        console=console,
        transient=True,
    )


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def result(text: str | bytes) -> None:
    """What a command was asked for, to standard output as it is. Raises SitegenError where that is closed."""
    if sys.stdout is None:
        raise SitegenError(
            "Standard output is closed", "Let it go to a file or a program: > FILE, or | PROGRAM."
        )
    click.echo(text, nl=False)


def to_stderr() -> Console:
    """The console of what is told beside the results."""
    from rich.console import Console

    return Console(stderr=True)


def warn(console: Console, text: str) -> None:
    """One warning."""
    console.print(f"[yellow]warning:[/yellow] {_escaped(text)}", highlight=False, soft_wrap=True)


def error(console: Console, message: str, hint: str) -> None:
    """One error, and what to do about it."""
    console.print(f"[bold red]error:[/bold red] {_escaped(message)}", highlight=False, soft_wrap=True)
    if hint:
        console.print(f"  {_escaped(hint)}", highlight=False, soft_wrap=True)
