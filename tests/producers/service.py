"""A small service of five processes under the recorder: what it leaves is looked at in `test_service.py`.

`python service.py DIES`: the process of that name is killed in the middle of its work; `nobody`: none is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

from sitegen import recorder

ROUNDS = 60
kept: list[bytearray] = []


def answer(size: int) -> int:
    """What a process does and is done with."""
    return len([bytearray(size + number) for number in range(20)])


def remember(size: int) -> None:
    """What a process does and never lets go."""
    kept.append(bytearray(size))


def serve(name: str, leaks: bool, dies: bool) -> None:
    """One process of the service."""
    with recorder.recording(name):
        remember(1_000_000)
        for number in range(ROUNDS):
            answer(2_000)
            if leaks:
                remember(50_000)
            if dies and number == ROUNDS // 2:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.02)  # a pause of a busy machine must not be half of the time that it leaks


def main() -> None:
    """Start the four others, work, and wait for them."""
    dying = sys.argv[1]
    with recorder.recording("shop.main"):
        names = ("shop.web", "shop.worker:mail", "shop.worker:stock", "shop.cache")
        fork = multiprocessing.get_context("fork")
        children = [
            fork.Process(target=serve, args=(name, name == "shop.cache", name == dying)) for name in names
        ]
        for child in children:
            child.start()
        remember(500_000)
        for child in children:
            child.join()


if __name__ == "__main__":
    main()
