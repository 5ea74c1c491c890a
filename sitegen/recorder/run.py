"""Which run this process belongs to. Stdlib only, and light: imported wherever `SITEGEN_MODULES` is set."""

from __future__ import annotations

import atexit
import logging  # noqa: F401  # so that its end of things comes after ours, which is to be heard
import os
import re
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sitegen.recorder.settings import Settings

ROOT = "SITEGEN_RECORDER_ROOT"
"""The variable that holds the id of the process that fixed the run: the one that sums it up at its end."""

asked: set[str] = set()
"""The names that this process asked to record, chosen or not."""


def join_run() -> None:
    """Fix the run for this process and all that it starts, unless it was inherited; once.

    The environment carries it: `SITEGEN_RUN` (the name given, or the time of the start), and directories made
    absolute, because programs change theirs. Raises OSError where the program's own is gone and counts.
    """
    global _joined
    if _joined:
        return
    os.environ.update(fixed_run(os.environ))
    _joined = True
    os.environ.setdefault(ROOT, str(os.getpid()))
    atexit.register(_end_process)


_joined = False


def fixed_run(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that carry the run, as they are for all processes of it. Raises OSError as `join_run` does."""
    fixed = {"SITEGEN_RUN": _one_directory(environ.get("SITEGEN_RUN", "")) or _start_time()}
    for name, default in (("SITEGEN_CAPTURES", "captures"), ("SITEGEN_SITE", "")):
        if text := environ.get(name, "").strip() or default:
            fixed[name] = _absolute(text)
    return fixed


def _absolute(text: str) -> str:
    path = Path(text)
    with suppress(RuntimeError):  # there is no such user: a shell takes the name as it is, too
        path = path.expanduser()
    return str(path if path.is_absolute() else Path.cwd() / path)


def is_root() -> bool:
    """Whether this process fixed the run."""
    return os.environ.get(ROOT) == str(os.getpid())


def _start_time() -> str:
    """`2026-03-01T12-30-05.123Z`: sorts by time, and no file system or artifact store refuses it."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"


def _one_directory(name: str) -> str:
    """A run's name as one directory's: what would lead elsewhere, or hide it, becomes a dash."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "-", name.strip()).lstrip(".")


def _end_process() -> None:
    from sitegen.recorder.ending import end_process

    end_process()


def build_command(settings: Settings) -> str:
    """The one command that builds the site of what was recorded, to be pasted into a shell."""
    return shlex.join(["sitegen", "build", str(settings.captures), "-o", str(settings.site or "site")])
