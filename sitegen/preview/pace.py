"""When to build again: soon after a change, once for many changes, and seldom for what keeps growing."""

from __future__ import annotations

from collections.abc import Iterable

QUIET = 0.4
"""Seconds without a change after which a build begins."""
PATIENCE = 3.0
"""Seconds after the first change at which it begins, however many follow."""
REST = 3.0
"""Least seconds between two builds that only a growing capture asks for; more where building takes longer."""


class _Wish:
    """A build that is wanted: for which paths, and when the first and the last of them changed."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self._first = self._last = 0.0

    def add(self, path: str, now: float) -> None:
        if not self.paths:
            self._first = now
        self._last = now
        self.paths.add(path)

    def due(self, quiet: float) -> float | None:
        return min(self._last + quiet, self._first + max(PATIENCE, quiet)) if self.paths else None


class Pace:
    """Told of changes and of builds; says when the next build is due. Times are seconds of one clock.

    `quiet` is how long nothing must have changed before a build.
    """

    def __init__(self, quiet: float = QUIET) -> None:
        self.quiet = quiet
        self._pressing, self._patient = _Wish(), _Wish()
        self._in_hand: set[str] = set()
        self._growing: set[str] = set()
        self._rest_until = float("-inf")

    def changed(self, path: str, now: float) -> None:
        """Something changed that a person is waiting to see."""
        self._pressing.add(path, now)

    def grew(self, path: str, now: float) -> None:
        """A capture was written to. That waits when the last build had read it, too."""
        wish = self._patient if path in self._growing or path in self._in_hand else self._pressing
        wish.add(path, now)

    def due(self) -> float | None:
        """When to build; None while there is no reason to."""
        pressing, patient = self._pressing.due(self.quiet), self._patient.due(self.quiet)
        if patient is not None:
            patient = max(patient, self._rest_until)
        return min((time for time in (pressing, patient) if time is not None), default=None)

    def begin(self) -> tuple[str, ...]:
        """A build begins: gives what it is for."""
        self._in_hand = self._pressing.paths | self._patient.paths
        self._pressing, self._patient = _Wish(), _Wish()
        return tuple(sorted(self._in_hand))

    def end(self, now: float, took: float, unfinished: Iterable[str]) -> None:
        """The build is done. `unfinished` are the captures that may still be growing."""
        self._growing = self._in_hand.union(unfinished)
        self._in_hand = set()
        self._rest_until = now + max(REST, took)
