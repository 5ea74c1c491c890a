"""Live accounting: what the capture being written says was allocated against freed, while the program runs.

The figures are memray's own of the capture so far. Counting takes as long as reading the capture does, so a
helper process (`accountant.py`) does it, at low priority, with long enough rests to use a tenth of one
processor at most.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sitegen.recorder.settings import Settings
from sitegen.units import format_count, format_size

log = logging.getLogger("sitegen.recorder")

POLL_SECONDS = 0.2
"""How often to look for the helper's answer."""

DEFAULT_SECONDS = 60.0
REST = 10
"""The helper rests so many times as long as it worked."""

_ACCOUNTANT = Path(__file__).with_name("accountant.py")


@dataclass(frozen=True, slots=True)
class Account:
    """One count of the capture being written. All but the last figure are of this capture alone.

    `freed` is of memory that this capture saw allocated. `growth_bytes` is what `live_bytes` grew by since
    the baseline: the first count of this capture, or the last that reached the threshold. `resident_bytes`
    is the process's; None where the system does not tell.
    """

    name: str
    file: Path
    allocations: int
    allocated_bytes: int
    freed: int
    freed_bytes: int
    live: int
    live_bytes: int
    growth_bytes: int
    resident_bytes: int | None


class Accounting:
    """Has a helper count, at an interval, and keeps the baseline."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._helper: subprocess.Popen[bytes] | None = None
        self._answer = b""
        self._asking = False
        self._last_asked = 0.0
        self._next = time.monotonic() + seconds
        self._baseline: tuple[Path, int] | None = None

    @classmethod
    def of(cls, name: str, settings: Settings) -> Accounting | None:
        """The accounting that the settings ask for; None: none."""
        if settings.account_seconds is None and settings.growth_bytes is None:
            return None
        if settings.aggregate:
            log.warning("no accounting of %s: an aggregated capture is written at its end", name)
            return None
        return cls(name, settings.account_seconds or DEFAULT_SECONDS)

    @property
    def due(self) -> float:
        """When to look next, as `time.monotonic` has it."""
        return time.monotonic() + POLL_SECONDS if self._asking else self._next

    def look(self, path: Path) -> Account | None:
        """Have the capture counted when that is due; the account when one is there. Never waits."""
        if self._asking:
            return self._hear(path)
        if time.monotonic() >= self._next:
            self._ask(path)
        return None

    def alarmed(self, account: Account) -> None:
        """Take this account as the baseline from now on: its growth was dealt with."""
        self._baseline = account.file, account.live_bytes

    def close(self) -> None:
        """Send the helper home."""
        helper, self._helper = self._helper, None
        if helper is not None:
            helper.kill()
            helper.communicate()

    def abandon(self) -> None:
        """In a forked process: let go of the parent's helper, which else would wait for this process too."""
        helper, self._helper = self._helper, None
        if helper is not None and helper.stdin and helper.stdout:
            helper.stdin.close()
            helper.stdout.close()
            helper.returncode = 0  # it is no child of this process: there is nothing to wait for

    def _ask(self, path: Path) -> None:
        self._asking, self._answer = True, b""
        self._last_asked = time.monotonic()
        if self._helper is None:
            self._helper = _start_helper()
        assert self._helper.stdin is not None
        self._helper.stdin.write(json.dumps(str(path)).encode() + b"\n")

    def _hear(self, path: Path) -> Account | None:
        assert self._helper is not None
        assert self._helper.stdout is not None
        more: bytes | None = self._helper.stdout.read(1 << 16)  # None: nothing yet
        if more == b"":
            raise RuntimeError("the process that counts memory ended")
        self._answer += more or b""
        if not self._answer.endswith(b"\n"):
            return None
        answer = json.loads(self._answer)
        self._asking = False
        self._next = max(self._last_asked + self._seconds, time.monotonic() + REST * answer.get("seconds", 0))
        if answer["file"] != str(path):  # the chunk ended meanwhile
            return None
        if "error" in answer:
            log.warning("%s could not be counted: %s", path, answer["error"])
            return None
        return self._account(path, answer)

    def _account(self, path: Path, answer: dict[str, int]) -> Account:
        live = answer["live_bytes"]
        if self._baseline is None or self._baseline[0] != path:
            self._baseline = path, live
        account = Account(
            name=self._name,
            file=path,
            allocations=answer["allocations"],
            allocated_bytes=answer["allocated_bytes"],
            freed=answer["allocations"] - answer["live"],
            freed_bytes=answer["allocated_bytes"] - live,
            live=answer["live"],
            live_bytes=live,
            growth_bytes=live - self._baseline[1],
            resident_bytes=_resident_bytes(),
        )
        log.info("%s", _sentence(account))
        return account


def _start_helper() -> subprocess.Popen[bytes]:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("SITEGEN_")}
    helper = subprocess.Popen(
        [sys.executable, "-P", str(_ACCOUNTANT)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        start_new_session=True,  # a Ctrl-C is not for the helper; it ends when its input does
    )
    assert helper.stdout is not None
    os.set_blocking(helper.stdout.fileno(), False)
    return helper


def _sentence(account: Account) -> str:
    resident = "" if account.resident_bytes is None else f", resident {format_size(account.resident_bytes)}"
    return (
        f"{account.name}: allocated {format_size(account.allocated_bytes)}"
        f" ({format_count(account.allocations)} allocations), freed {format_size(account.freed_bytes)}"
        f" ({format_count(account.freed)}), live {format_size(account.live_bytes)},"
        f" grown by {format_size(account.growth_bytes)}{resident}"
    )


def _resident_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGESIZE")
