"""Begins and ends this process's recording, and keeps it right over forks, signals and exits.

The package's docstring says what that comes to. Imported only where something is recorded: it brings memray.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from sitegen.recorder import session as sessions
from sitegen.recorder.choose import split_name
from sitegen.recorder.run import build_command, is_root
from sitegen.recorder.session import Session, log
from sitegen.recorder.settings import Settings, read_settings
from sitegen.recorder.watch import Message, OnGrowth, Watch

_Handler = Callable[[int, FrameType | None], None]

_AFTER_ALL_OTHERS = -1000
"""Priority among multiprocessing's finalizers: what they allocate is recorded too."""


@dataclass(slots=True)
class _Process:
    """What this process has of recording."""

    session: Session | None = None
    watch: Watch | None = None
    forks: int = 0  # of the session, for their names
    followed: bool = False  # the session is one that nobody began: a followed fork's


_process = _Process()


def begin(name: str, on_growth: OnGrowth | None = None) -> Session | None:
    """Record this process under a name; None where that cannot be, which is logged."""
    settings, complaints = read_settings(os.environ)
    for complaint in complaints:
        log.warning("%s", complaint)
    with sessions.lock:
        if _process.followed:
            _end()
        elif (running := current()) is not None:
            log.warning("%s is not recorded: this process records %s already", name, running.name)
            return None
        _install_fork_hooks()
        try:
            session = _begin(name, settings, on_growth)
        except BaseException:
            _end()
            raise
        if session is not None and is_root():
            log.info("whatever becomes of this process, `%s` shows what it left", build_command(settings))
        return session


def current() -> Session | None:
    """The session of this process that has not ended."""
    session = _process.session
    return None if session is None or session.ended else session


def end(session: Session | None) -> None:
    """End a session, or the current one. A session of a process that this was forked from is left alone."""
    with sessions.lock:
        if session is None or session is _process.session:
            _end()


def next_chunk() -> None:
    """Complete the capture being written, if one is, and begin the next."""
    if (session := current()) is not None:
        session.next_chunk()


def _begin(
    name: str, settings: Settings, on_growth: OnGrowth | None, *, paused: bool = False
) -> Session | None:
    session = Session(name, settings)
    watch = Watch(session, on_growth)
    _process.session, _process.watch, _process.forks, _process.followed = session, watch, 0, False
    if settings.on_signal:
        _hear_signal()
    if settings.aggregate:
        _finish_when_terminated()
    if paused or settings.on_signal == "armed":
        log.info("%s is recorded from signal SIGUSR1 on: kill -USR1 %d", name, os.getpid())
    else:
        session.open()
    if session.ended:
        return None
    try:
        watch.start()
    except RuntimeError as error:
        log.error("recording of %s stopped: %s", name, error)
        session.end()
        return None
    _finish_with_multiprocessing(session)
    return session


def _end() -> None:
    if _process.session is not None and _process.watch is not None:
        _process.session.end()
        _process.watch.tell(Message.END)


# Forks


@functools.cache
def _install_fork_hooks() -> None:
    # After memray registered its own: in a child, memray lets go of the tracker first.
    os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)


def _before_fork() -> None:
    sessions.lock.acquire()
    _process.forks += 1


def _after_in_parent() -> None:
    sessions.lock.release()


def _after_in_child() -> None:
    sessions.lock = threading.RLock()
    session, watch, forks = current(), _process.watch, _process.forks
    _process.session = _process.watch = None
    if session is None or watch is None:
        return
    paused = session.chunk is None
    try:
        session.abandon()
        watch.abandon()
        if session.settings.follow_fork:
            followed = _begin(
                _forked_name(session.name, forks), session.settings, watch.on_growth, paused=paused
            )
            if followed is not None:
                _process.followed = True
                _finish_with_multiprocessing_later(followed)
    except Exception:
        log.exception("recording of %s could not be left behind in a forked process", session.name)


def _forked_name(name: str, number: int) -> str:
    """`app` -> `app:fork-1`, `app:front` -> `app:front-fork-1`: as forks that memray follows are named."""
    module, instance = split_name(name)
    return f"{module}:{instance}-fork-{number}" if instance else f"{module}:fork-{number}"


# Exits


def _finish_with_multiprocessing(session: Session) -> None:
    """Children of multiprocessing end by `os._exit`, past `atexit`; but they run its finalizers."""
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, end, args=(session,), exitpriority=_AFTER_ALL_OTHERS)


def _finish_with_multiprocessing_later(session: Session) -> None:
    """The same, in a child that multiprocessing has just forked and not yet made its own."""
    if (util := sys.modules.get("multiprocessing.util")) is not None:
        util.register_after_fork(session, _finish_with_multiprocessing)


# Signals


def _hear_signal() -> None:
    """Have SIGUSR1 reach the watch, unless the program wants the signal for itself."""
    if not _take_signal(signal.SIGUSR1, _on_sigusr1, (signal.SIG_DFL, signal.SIG_IGN)):
        log.warning(
            "SIGUSR1 is not heard: the program handles it, or recording began outside its main thread"
        )


def _finish_when_terminated() -> None:
    """An aggregated capture is written at its end: complete it where SIGTERM would just kill the process."""
    _take_signal(signal.SIGTERM, _on_sigterm, (signal.SIG_DFL,))


def _take_signal(number: signal.Signals, handler: _Handler, free: tuple[signal.Handlers, ...]) -> bool:
    """Whether the handler is now, or was before, the signal's: only the main thread may set one."""
    before = signal.getsignal(number)
    if before in free and threading.current_thread() is threading.main_thread():
        signal.signal(number, handler)
        return True
    return before is handler


def _on_sigusr1(_number: int, _frame: FrameType | None) -> None:
    if current() is not None and _process.watch is not None:
        _process.watch.tell(Message.SIGNAL)


def _on_sigterm(number: int, _frame: FrameType | None) -> None:
    end(None)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
