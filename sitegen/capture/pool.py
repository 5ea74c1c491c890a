"""Runs what reads captures in processes of its own: one that crashes, hangs or blows up costs one capture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from sitegen.capture.failures import Failure
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
    from sitegen.capture.workers import Workers

    # A worker without work costs as much to begin as one with.
    limits = replace(limits, jobs=min(limits.jobs, len(waiting)))
    suspects: deque[Task[T]] = deque()  # one of them cost a worker its life: they go one by one
    done: Iterable[tuple[Task[T], T | Failure]] = ()
    with Workers[T](limits, waiting.modules) as workers:
        while waiting or suspects or workers.busy:
            while (waiting or suspects) and workers.busy < limits.jobs:
                next_ones = [suspects.popleft()] if suspects else _next_batch(waiting, limits.jobs)
                for task in next_ones:
                    on_start(task)
                workers.begin(next_ones)
            yield from done  # by now the worker that did it has more to do
            batch, outcomes = workers.wait()
            if outcomes is None:
                suspects.extendleft(_apart(batch))
                done = ()
            else:
                done = zip(batch, outcomes, strict=True)
        yield from done


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


def _module_of(call: Callable[[], object]) -> str:
    function = call.func if isinstance(call, partial) else call
    return function.__module__
