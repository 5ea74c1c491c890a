"""Runs what reads captures in processes of its own: one that crashes, hangs or blows up costs one capture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from sitegen.capture.limits import Limits

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """Something to do in a worker. `call` and its result must pickle.

    `size` is the capture's, in bytes. One that runs `alone` gets a process of its own, which ends with it
    and gives all its memory back. Those are begun first, then the large ones.
    """

    key: str
    call: Callable[[], T]
    size: int = 0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result, and what to do, in words for people. Reads on after the capture's name."""

    message: str
    hint: str = ""


def run_isolated(
    tasks: Iterable[Task[T]], limits: Limits, on_start: Callable[[Task[T]], object] = lambda _: None
) -> Iterator[tuple[Task[T], T | Failure]]:
    """Does all tasks, `limits.jobs` at once; gives each with its result as they end.

    `on_start` is told when a task is handed to the workers. Whoever stops iterating, or is interrupted,
    leaves no process behind.
    """
    waiting = deque(sorted(tasks, key=lambda task: (not task.alone, -task.size)))
    if not waiting:
        return
    # Imported late: a build in which nothing changed does without.
    from sitegen.capture.workers import LostError, Workers

    running: dict[Future[T | Failure], Task[T]] = {}
    with Workers(limits, {_module_of(task.call) for task in waiting}) as workers:
        while waiting or running:
            while waiting and len(running) < _room(waiting[0], running.values(), limits.jobs):
                task = waiting.popleft()
                on_start(task)
                running[workers.schedule(task)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    outcome = workers.outcome(future, task)
                except LostError:
                    waiting.appendleft(task)
                    continue
                yield task, outcome


def _room(task: Task[T], running: Iterable[Task[T]], jobs: int) -> int:
    """How many tasks there may be at once with this one: for workers that stay, the next lie ready."""
    return jobs if task.alone or any(other.alone for other in running) else 2 * jobs


def _module_of(call: Callable[[], object]) -> str:
    function = call.func if isinstance(call, partial) else call
    return function.__module__
