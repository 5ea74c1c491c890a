"""What native code writes to stderr. memray's reader says there, and only there, that a record is broken."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sitegen.capture.regular import open_regular

_MOST = 1 << 16  # of what was written, this much is of interest

_words: int | None = None
"""In a worker, the file that stderr is for good."""


def redirect(path: str) -> None:
    """From now on this process's stderr is a file, so that what it says last can be read when it is gone."""
    global _words
    _words = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(_words, 2)


def forget() -> None:
    """Empty the file that stderr is."""
    if _words is not None:
        os.ftruncate(_words, 0)


def last_words(path: str) -> str:
    """The end of what such a file holds. Raises OSError."""
    with open_regular(path) as file:
        return _text(file.fileno(), max(0, file.seek(0, os.SEEK_END) - _MOST))


@contextmanager
def captured_stderr() -> Iterator[Callable[[], str]]:
    """Keeps what this process writes to stderr meanwhile, native code included, from the terminal.

    Gives a function that returns what was written so far (the beginning of it, if it is long). Concerns
    the whole process: not for use in two threads at once.
    """
    if _words is not None:
        start = os.fstat(_words).st_size
        yield lambda: _text(_words or 2, start)
        return
    _flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield lambda: _text(file.fileno(), 0)
        finally:
            _flush()
            os.dup2(before, 2)
            os.close(before)


def _flush() -> None:
    with suppress(AttributeError, OSError, ValueError):  # there may be none, or a closed one
        sys.stderr.flush()


def _text(descriptor: int, start: int) -> str:
    return os.pread(descriptor, _MOST, start).decode("utf-8", "replace")
