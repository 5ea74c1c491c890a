"""Recording programs that cannot be changed: `sitegen record -m NAME -- python script.py`. Stdlib only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from sitegen import recorder
from sitegen.errors import SitegenError
from sitegen.recorder.run import fixed_run

_INJECT = Path(__file__).with_name("inject")
_PASSED_ON = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a program ended, and the captures that it left, by name: none where nothing was recorded."""

    exit_code: int
    captures: tuple[Path, ...]


def record_program(name: str, argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Recorded:
    """Run a program and record it under a name (`module` or `module:instance`).

    The first Python that the command starts is recorded: `python script.py`, `pytest`, a shell script that
    starts one. Its forked children are where `environ` (default: this process's) has `SITEGEN_FOLLOW_FORK`;
    all other `SITEGEN_` variables hold as well. Python must be able to import sitegen there, and must not
    run with -I, -E or -S. Signals are passed on; the exit code of a program that died of signal N is 128 + N.

    Raises SitegenError where the program cannot be started, or the working directory is gone and counts.
    """
    environment = dict(os.environ if environ is None else environ)
    try:
        environment |= fixed_run(environment)
    except OSError:
        raise SitegenError("The working directory is gone", "Change into one that is there.") from None
    environment["SITEGEN_MODULES"] = _literally(name)
    environment["SITEGEN_RECORD"] = name
    own = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(_INJECT), *([own] if own else [])])
    directory = Path(environment["SITEGEN_CAPTURES"], environment["SITEGEN_RUN"])
    before = _captures(directory)
    code = _run(list(argv), environment)
    return Recorded(code, tuple(sorted(_captures(directory) - before)))


def _captures(directory: Path) -> set[Path]:
    try:
        return set(directory.iterdir())
    except OSError:  # nothing is there, or not for us to see
        return set()


def _run(argv: list[str], environment: dict[str, str]) -> int:
    """Run a program, pass signals on to it, and wait for its end."""
    try:
        program = subprocess.Popen(argv, env=environment)
    except OSError as error:
        hint = "Write the whole command, as you would start it: `sitegen record -m NAME -- python script.py`."
        raise SitegenError(f"{argv[0]} cannot be started: {error.strerror}", hint) from None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        program.send_signal(number)

    # Ctrl-C reaches the program too, from the terminal; here it must not end the wait for it.
    former = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    former[signal.SIGINT] = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        code = program.wait()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def start_program(name: str) -> None:
    """In the program, before its own first line: begin to record it."""
    place = _script_directory()
    if place is not None:
        sys.path.insert(0, place)  # as Python itself soon does; memray notes the path, to name files by
    recorder.start(name)
    if place is not None:
        sys.path.remove(place)


def _script_directory() -> str | None:
    if sys.flags.safe_path or not sys.argv:
        return None
    script = sys.argv[0]
    try:
        return str(Path.cwd() if script in ("", "-c", "-m") else Path(script).resolve().parent)
    except (OSError, RuntimeError):  # the working directory is gone; links that go in circles
        return None


def _literally(name: str) -> str:
    """A name as a pattern that chooses it alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
