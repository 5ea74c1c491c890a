"""What a person sees while sitegen works: progress and warnings on stderr, results on stdout.

A bar on a terminal, plain lines elsewhere, and no colours where NO_COLOR is set. rich, which takes as long to load
as some dozens of small captures to read, is there for the bar alone.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

import click

from sitegen.errors import SitegenError
from sitegen.units import counted, format_size
from sitegen.visible import in_one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY = 5.0
"""Seconds between two plain lines of progress."""


class Reading:
    """Tells how far the reading of captures is: count, bytes, the capture in hand, the time left.

    Use it as a context manager; `begin` says how much there is, once for every time that captures are read.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
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
        stream = self._stream or sys.stderr
        if stream is None or not stream.isatty():
            self._line(f"Reading {counted(files, 'capture')}, {format_size(size)}.")
            return
        bar = _bar(stream)
        self._bar = bar, bar.add_task("reading", total=size, file="", count=f"0/{files}")
        bar.start()

    def started(self, file: str) -> None:
        """A worker has begun with this capture."""
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, file=in_one_line(file))

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
        bar, self._bar = self._bar, None
        if bar is not None:
            with suppress(OSError):  # the terminal is gone
                bar[0].stop()

    def _line(self, text: str) -> None:
        self._last_line = time.monotonic()
        line(text, self._stream)


def _bar(terminal: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("[bold]Reading[/bold]"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[count]}"),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[file]}", style="dim", markup=False),
        console=Console(file=terminal),
        transient=True,
    )


def result(text: str | bytes) -> None:
    """What a command was asked for, to standard output as it is. Raises SitegenError where that is closed."""
    if sys.stdout is None:
        raise SitegenError(
            "Standard output is closed", "Let it go to a file or a program: > FILE, or | PROGRAM."
        )
    click.echo(text, nl=False, color=True)  # else click takes out what it thinks are colours


def listed(lines: Iterable[str]) -> None:
    """A result of lines for people, each of which stays one, whatever names it holds."""
    for each in lines:
        result(f"{in_one_line(each)}\n")


def warn(text: str, stream: TextIO | None = None) -> None:
    """One warning, to standard error if not to another stream."""
    line(text, stream, click.style("warning: ", fg="yellow"))


def error(message: str, hint: str, stream: TextIO | None = None) -> None:
    """One error, and what to do about it, to standard error if not to another stream."""
    line(message, stream, click.style("error: ", fg="red", bold=True))
    if hint:
        line(f"  {hint}", stream)


def line(text: str, stream: TextIO | None = None, styled: str = "") -> None:
    """A line, to standard error if not to another stream; before it what may have colours.

    Nothing is said where that leads to a full disk, or to nobody: the work is done all the same.
    """
    with suppress(OSError):
        click.echo(styled + in_one_line(text), stream, err=True, color=_colours())


def _colours() -> bool | None:
    """Whether there are colours; None where a terminal has some, and nothing else."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None
