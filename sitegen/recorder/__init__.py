"""Records chosen modules of a program into well-named captures. Free where nothing is chosen.

    from sitegen import recorder

    with recorder.recording("app.capture:front_door"):
        ...

`SITEGEN_MODULES="app.review,app.capture"` chooses modules with all their instances, or one instance by its
full name; patterns are allowed. Where nothing is chosen, nothing happens, and nothing is imported. Whatever
goes wrong stops the recording and is logged, under `sitegen.recorder`; the program goes on. `settings` lists
all variables.

**The run** is fixed when this package is first imported with `SITEGEN_MODULES` set, and inherited through the
environment by all processes that are started afterwards. Files land in `SITEGEN_CAPTURES/SITEGEN_RUN`.

**One recording per process at a time**: memray has one tracker. A second is refused, with a warning; so is
the first where the program runs under `memray run`.

What happens to processes:

* *Threads* are all recorded, with their whole stacks, whichever of them begins and ends the recording. A
  thread of the recorder's own, `sitegen-recorder`, cuts chunks and watches the disk; it shows in the
  captures with some kB.
* *fork*: the parent's recording goes on. The child is not recorded, until it begins a recording of its own;
  leaving a `with` that the parent entered does nothing there. With `SITEGEN_FOLLOW_FORK` the child is
  recorded at once, as the instance `fork-1`, `fork-2`, and so on in the order of the forks; beginning a
  recording in it ends that one.
* *multiprocessing, fork and forkserver*: the child is a fork, of this process or of the server. It ends by
  `os._exit`, past `atexit`, but runs multiprocessing's finalizers: the recording is completed there. The
  server inherits the run if this package was imported before the server was started.
* *multiprocessing, spawn, and `subprocess`*: a new interpreter, which inherits the run by its environment.
* *`os._exit`, SIGKILL, SIGTERM, a crash of the interpreter*: the capture holds everything up to that moment
  and the site shows it as unfinished, with the time of its last record. With `SITEGEN_AGGREGATE` there would
  be nothing: so, where the program has no handler for SIGTERM, the recorder completes the capture first, and
  then dies of it.
* *A normal exit, or an unhandled exception*: the recording is completed by `atexit`, after the program's own
  handlers that were registered later than this package was imported.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would cost more than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from sitegen.recorder.accounting import Account
    from sitegen.recorder.session import Session

_CONTROL = "sitegen.recorder.control"  # imported once something is recorded

__all__ = ["next_chunk", "recording", "start", "stop"]


class recording:  # noqa: N801  # used as `with recording(...)`, where it reads as a verb
    """Records the process inside the `with`, if `name` (`module` or `module:instance`) is chosen.

    `on_growth` is called from the recorder's thread when live memory grew by `SITEGEN_GROWTH`, with the
    `Account`; without it, the chunk is closed. Gives whether the process is recorded. Never raises.
    """

    def __init__(self, name: str, on_growth: Callable[[Account], object] | None = None) -> None:
        self._name = name
        self._on_growth = on_growth
        self._session: Session | None = None

    def __enter__(self) -> bool:
        self._session = _begin(self._name, self._on_growth)
        return self._session is not None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            sys.modules[_CONTROL].end(self._session)


def start(name: str, on_growth: Callable[[Account], object] | None = None) -> bool:
    """Record from here on, if the name is chosen, to `stop()` or the end of the process. As `recording`."""
    return _begin(name, on_growth) is not None


def stop() -> None:
    """End this process's recording, if there is one."""
    if _CONTROL in sys.modules:
        sys.modules[_CONTROL].end(None)


def next_chunk() -> None:
    """Complete the capture that is being written, if one is, and go on in another: the next chunk."""
    if _CONTROL in sys.modules:
        sys.modules[_CONTROL].next_chunk()


def _begin(name: str, on_growth: Callable[[Account], object] | None) -> Session | None:
    patterns = os.environ.get("SITEGEN_MODULES")
    if not patterns:
        return None
    try:
        from sitegen.recorder import choose, run

        run.join_run()
        run.asked.add(name)
        if not choose.chosen(choose.patterns_in(patterns), name):
            return None
        from sitegen.recorder import control

        return control.begin(name, on_growth)
    except Exception as error:
        import logging

        logging.getLogger("sitegen.recorder").error("%s is not recorded: %r", name, error)
        return None


if os.environ.get("SITEGEN_MODULES"):
    from contextlib import suppress

    from sitegen.recorder.run import join_run

    with suppress(OSError):  # what is to be recorded tries again, and says what is wrong
        join_run()
