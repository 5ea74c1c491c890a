"""Signals that end a program: Ctrl-C, which a terminal sends to all processes at once, and what CI systems send."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CLEANING = 5.0  # seconds in which who cleans up after a signal hears no other

_deaf_until = 0.0
_holding = _held = 0  # how many hold interrupts back, and which one came meanwhile


@contextmanager
def one_interrupt() -> Iterator[None]:
    """A signal that is to end this program is a KeyboardInterrupt with its number, from which the program is expected
    to end. What is ignored stays so."""
    former = {
        number: handler
        for number in ENDING
        if (handler := signal.getsignal(number)) in (signal.SIG_DFL, signal.default_int_handler)
    }
    for number in former:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        if not _deaf_until:
            for number, handler in former.items():
                signal.signal(number, handler)


def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
    """Handles a signal. Of several that come together, as Ctrl-C and the server's do, one interrupts."""
    global _deaf_until, _held
    if _holding:
        _held = number
    elif time.monotonic() > _deaf_until:
        _deaf_until = time.monotonic() + _CLEANING
        raise KeyboardInterrupt(number)


@contextmanager
def held_back() -> Iterator[None]:
    """What comes meanwhile interrupts afterwards: between making a directory and knowing that it is to be removed.

    A signal that is blocked would be given to another thread, and interrupt all the same.
    """
    global _holding, _held
    _holding += 1
    try:
        yield
    finally:
        _holding -= 1
        if _held and not _holding:
            number, _held = _held, 0
            signal.raise_signal(number)


@contextmanager
def unheard_by_children() -> Iterator[None]:
    """What this thread starts meanwhile has Ctrl-C blocked, until it unblocks that itself."""
    # Imported late: what starts no process does without.
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # before, because starting it unblocks what is blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
