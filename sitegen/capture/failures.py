"""Why a capture could not be read, in words for people."""

from __future__ import annotations

import signal
from pathlib import Path
from traceback import extract_tb

import msgspec

_CRASHES = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV}
_REPORT = "This is a defect of sitegen: please report it, if you can with the file."


class Failure(msgspec.Struct, frozen=True):
    """Why a task has no result, and what to do, in words for people. Reads on after the capture's name."""

    message: str
    hint: str = ""


def too_slow(seconds: float) -> Failure:
    """It was given up after so long."""
    return Failure(
        f"took longer than {seconds:.3g} s to read",
        "The file is damaged, or the machine is slow: a higher --timeout gives it more time.",
    )


def too_big(memory_bytes: int | None) -> Failure:
    """It needs more than what a worker may have."""
    limit = f"{memory_bytes / 1e6:,.0f} MB" if memory_bytes is not None else "there is"
    return Failure(
        f"needs more memory than {limit} to read",
        "The file is damaged, or very large: a higher --memory, or fewer --jobs, give it more.",
    )


def defect(error: Exception) -> Failure:
    """What nobody has foreseen."""
    frames = extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return Failure(f"could not be analysed: {type(error).__name__}: {error}{place}", _REPORT)


def ended(exitcode: int, last_words: str) -> Failure:
    """The process that read it has ended: how (negative for a signal), and what it said last."""
    if -exitcode == signal.SIGKILL:
        return Failure(
            "could not be read: the system killed the process that read it, most likely for its memory",
            "Build with fewer --jobs, or on a machine with more memory.",
        )
    if exitcode >= 0:
        said = last_words.strip().rpartition("\n")[2] or f"exit code {exitcode}"
        return Failure(f"could not be analysed: its worker process ended ({said})", _REPORT)
    if -exitcode in _CRASHES:
        return Failure(
            f"crashed memray's reader ({signal.Signals(-exitcode).name})",
            "The file is damaged; copy it again or record it again.",
        )
    return Failure(
        f"could not be read: the process that read it was ended ({signal.strsignal(-exitcode) or -exitcode})",
        "Build again; it may be a limit of this machine (`ulimit -a`).",
    )
