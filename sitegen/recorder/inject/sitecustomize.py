"""First on the path of a program that `sitegen record` starts: begins the recording.

Python imports a module of this name when it starts. This one takes itself out of the way first, so that only
the first Python of the program is recorded, and lets the one behind it have its turn.
"""

from __future__ import annotations

import importlib
import os
import sys

_HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120


def _is_here(entry: str) -> bool:
    try:
        return os.path.realpath(entry) == _HERE
    except (OSError, ValueError):  # a relative one, and the working directory is gone
        return False


def _leave_path() -> None:
    """Take this directory from the path, here and for the processes that the program starts."""
    sys.path[:] = [entry for entry in sys.path if not _is_here(entry)]
    entries = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    if others := [entry for entry in entries if entry and not _is_here(entry)]:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)


def _import_the_next() -> None:
    this = sys.modules.pop("sitecustomize")
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = this


_leave_path()
if _name := os.environ.pop("SITEGEN_RECORD", ""):
    try:
        from sitegen.recorder.program import start_program

        start_program(_name)
    except Exception as _error:  # whatever it is: the program is to run as it would
        if sys.stderr is not None:
            sys.stderr.write(f"sitegen: nothing is recorded: {sys.executable}: {_error}\n")
_import_the_next()
