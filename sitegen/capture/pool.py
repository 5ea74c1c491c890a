"""Runs what reads captures in processes of its own: one that crashes, hangs or blows up costs one capture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from sitegen.capture.limits import Limits

T = TypeVar("T")

_BATCH_TASKS = 16
_BATCH_BYTES = 1 << 16
"""So many captures at most, of so many bytes together, go to a worker at once: each by itself costs more to
hand over than to read."""


class Task(msgspec.Struct, Generic[T], frozen=True):
    """Something to do in a worker. `call` and its result must pickle.

    `size` is the capture's, in bytes. One that runs `alone` gets a process of its own, which ends with it
    and gives all its memory back. Those are begun first, then the large ones.
    """

    key: Any  # by which the caller knows it again
    call: Callable[[], T]
    size: int = 0
    alone: bool = False


class Failure(msgspec.Struct, frozen=True):
    """Why a task has no result, and what to do, in words for people. Reads on after the capture's name."""

    message: str
    hint: str = ""


def run_isolated(
    tasks: Sequence[Task[T]], limits: Limits, on_start: Callable[[Task[T]], object] = lambda _: None
) -> Iterator[tuple[Task[T], T | Failure]]:
    """Does all tasks, `limits.jobs` at once; gives each with its result as they end.

    Of thousands of tasks, made when they are looked at, only those are in memory whose turn has come.
    `on_start` is told when a task is handed to the workers. Whoever stops iterating, or is interrupted,
    leaves no process behind. Raises StoreError where results cannot be kept.
    """
    waiting = _Waiting(tasks)
    if not waiting:
        return
    # Imported late: a build in which nothing changed does without.
    from sitegen.capture.workers import LostError, Workers

    # A worker without work costs as much to begin as one with.
    limits = replace(limits, jobs=min(limits.jobs, len(waiting)))
    running: dict[Future[list[T | Failure]], list[Task[T]]] = {}
    suspects: deque[Task[T]] = deque()  # one of them cost a worker its life: they go one by one
    with Workers(limits, waiting.modules) as workers:
        while waiting or suspects or running:
            while (suspects or waiting) and len(running) < _room(
                suspects[0] if suspects else waiting.first, running.values(), limits.jobs
            ):
                batch = [suspects.popleft()] if suspects else _next_batch(waiting, limits.jobs)
                for task in batch:
                    on_start(task)
                running[workers.schedule(batch)] = batch
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch = running.pop(future)
                try:
                    outcomes = workers.outcomes(future, batch)
                except LostError:
                    suspects.extendleft(_apart(batch))
                    continue
                yield from zip(batch, outcomes, strict=True)


class _Waiting(Generic[T]):
    """Tasks in the order in which they are begun, each made when its turn comes.

    `modules` are those of their functions.
    """

    def __init__(self, tasks: Sequence[Task[T]]) -> None:
        self._tasks = tasks
        self.modules: set[str] = set()
        ranks: list[tuple[bool, int, int]] = []
        for number, task in enumerate(tasks):
            self.modules.add(_module_of(task.call))
            ranks.append((not task.alone, -task.size, number))
        self._order = deque(number for _, _, number in sorted(ranks))
        self._first: Task[T] | None = None

    def __len__(self) -> int:
        return len(self._order)

    @property
    def first(self) -> Task[T]:
        """The next."""
        if self._first is None:
            self._first = self._tasks[self._order[0]]
        return self._first

    def take(self) -> Task[T]:
        """The next, which is begun now."""
        task = self.first
        self._order.popleft()
        self._first = None
        return task


def _next_batch(waiting: _Waiting[T], jobs: int) -> list[Task[T]]:
    """What a worker gets next: a capture, or several small ones, as long as there are enough for all workers."""
    batch = [waiting.take()]
    most = min(_BATCH_TASKS, len(waiting) // (2 * jobs))
    size = batch[0].size
    while waiting and len(batch) < most and not batch[0].alone and size + waiting.first.size <= _BATCH_BYTES:
        size += waiting.first.size
        batch.append(waiting.take())
    return batch


def _apart(batch: Sequence[Task[T]]) -> list[Task[T]]:
    """What is tried again, last first: several one by one, one by itself in a process of its own."""
    return [replace(task, alone=len(batch) == 1) for task in reversed(batch)]


def _room(task: Task[T], running: Iterable[Sequence[Task[T]]], jobs: int) -> int:
    """How many batches there may be at once with this task: for workers that stay, the next lie ready."""
    return jobs if task.alone or any(batch[0].alone for batch in running) else 2 * jobs


def _module_of(call: Callable[[], object]) -> str:
    function = call.func if isinstance(call, partial) else call
    return function.__module__
