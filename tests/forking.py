"""The process that `command` starts once: it has imported sitegen, and forks for every command it is told.

Importing costs more than most commands do. Each command is still a process of its own, as `python -m sitegen`
starts it: with a directory, an environment and output of its own, and an end by itself.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from importlib import import_module
from typing import TypedDict

IMPORTED = ("cli", "build", "checking", "comparing", "exports", "starters")
"""What the commands import, of sitegen."""


class Order(TypedDict):
    """A command that is to be run, and the files that take what it prints."""

    arguments: list[str]
    directory: str
    environment: dict[str, str]
    out: str
    err: str


def wait_for_orders() -> Order:
    """Forks for every order, and tells the exit codes. Returns in the children alone, with their order."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            order: Order = json.loads(line)
            return order
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.exit()


def become(order: Order) -> None:
    """Makes this process the one that the order describes, and runs the command."""
    os.chdir(order["directory"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for descriptor, file in enumerate((os.devnull, order["out"], order["err"])):
        opened = os.open(file, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.path[0] = order["directory"]
    sys.argv[1:] = order["arguments"]
    runpy.run_module("sitegen", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in IMPORTED:
        import_module(f"sitegen.{name}")
    # It remembers the directory that it was imported in; so it must be the command that imports it.
    assert "multiprocessing" not in sys.modules
    become(wait_for_orders())
