"""Small text files that lie beside captures: notes, run.toml, what pytest-memray tells of its tests."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sitegen.capture.leads_to import is_link

MAX_BYTES = 1 << 20


class TextError(Exception):
    """A text file that is there cannot be used; the message names it and says why."""


def read_text(path: Path) -> str | None:
    """The text of a file of UTF-8; None where there is no such file. Never blocks. Raises TextError.

    Links are refused: captures may come from strangers, and what is read here is published.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = "is a link, and texts are not read through links" if is_link(path) else error.strerror
        raise TextError(f"{path}: {reason}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise TextError(f"{path}: is not a regular file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TextError(f"{path}: is longer than 1 MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TextError(f"{path}: is not UTF-8") from None
