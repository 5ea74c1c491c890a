"""First on the path of a program that `sitegen record` starts: begins the recording.

Python imports a module of this name when it starts. This one takes itself out of the way first, so that only
the first Python of the program is recorded, and lets the one behind it have its turn.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _leave_path() -> None:
    """Take this directory from the path, here and for the processes that the program starts."""
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _HERE]
    entries = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    if others := [entry for entry in entries if entry and Path(entry).resolve() != _HERE]:
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
    except ImportError as _error:
        sys.stderr.write(f"sitegen: nothing is recorded: {sys.executable}: {_error}\n")
    else:
        start_program(_name)
_import_the_next()
