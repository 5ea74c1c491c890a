"""What a person at the terminal sees of the preview: where it is, what each build made, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from sitegen import console as say
from sitegen.preview.listening import Listening
from sitegen.preview.outcome import Failed, Succeeded
from sitegen.units import counted


class Telling:
    """Results go to `out`, progress and warnings to `err`."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._warned: frozenset[str] = frozenset()

    def reading(self) -> say.Reading:
        """Progress of one build."""
        return say.Reading(self._err)

    def serving(self, listening: Listening, wanted: int, url: str) -> None:
        """The server is up."""
        if wanted not in (0, listening.port):
            self.warn(f"Port {wanted} is taken; the next one that is free is {listening.port}.")
        if not listening.is_local:
            self.warn("Everyone who can reach this machine over the network can read the site.")
        self._line(f"Serving {url} (Ctrl-C ends it)")

    def changed(self, paths: Sequence[str]) -> None:
        """A build begins because of these."""
        if paths:
            more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
            self._line(f"Changed: {_short(paths[0])}{more}")

    def built(self, built: Succeeded) -> None:
        """A build is done. Warnings that the one before gave are not said again."""
        for text in built.warnings:
            if text not in self._warned:
                self.warn(text)
        self._warned = frozenset(built.warnings)
        self._line(
            f"Built in {built.seconds:.1f} s: {counted(built.captures, 'capture')} in "
            f"{counted(built.runs, 'run')}, {counted(built.pages, 'page')}; "
            f"{counted(built.written, 'file')} written, {built.removed:,} removed"
        )

    def failed(self, failed: Failed) -> None:
        """A build failed."""
        say.error(failed.message, failed.hint, self._err)

    def warn(self, text: str) -> None:
        """Something that a person should know."""
        say.warn(text, self._err)

    def _line(self, text: str) -> None:
        say.line(text, self._out)


def _short(path: str) -> str:
    """A path as one would write it here."""
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return path
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
