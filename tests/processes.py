"""What is left of a process group, as `ps` shows it."""

from __future__ import annotations

import subprocess
import time


def of_group(group: int) -> list[str]:
    """The commands of a group's processes, but for its first; those that only wait to be reaped have ended."""
    listing = ["ps", "-A", "-o", "pgid=,pid=,stat=,args="]
    done = subprocess.run(listing, capture_output=True, text=True, check=True)
    rows = [line.split(None, 3) for line in done.stdout.splitlines()]
    own = str(group)
    return [row[3] for row in rows if row[0] == own != row[1] and not row[2].startswith("Z")]


def end_soon(group: int, seconds: float) -> bool:
    """Whether no process of a group is left before the time is over."""
    latest = time.monotonic() + seconds
    while of_group(group):
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)  # between two looks
    return True
