"""Ctrl-C, which a terminal sends to all processes at once, is for the one that was asked for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def unheard_by_children() -> Iterator[None]:
    """What this thread starts meanwhile has Ctrl-C blocked, until it unblocks that itself."""
    resource_tracker.ensure_running()  # before, because starting it unblocks what is blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
