"""The peak out of the two passes over time, so that memray need not read the capture once more for it.

memray tells of every place (stack, thread, allocator) what it held at the highest point of each window between
two snapshots. At the window of the peak that is the peak, but for one defect of memray's: of a place that since
an earlier window's highest point allocated and freed equally often, but not equally much, and then rested, it
remembers the bytes of that earlier point. The true lifetimes tell what such a place holds: at rest it holds
what it held at the window's beginning, and it was at rest where its number of allocations says so.

Where that is no proof, because memory was given out twice without having been freed, or because parts of a
mapping were, there is no answer, and memray has to be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sitegen.model import NEVER

MMAP = 14
"""The allocator whose allocations can be freed in parts, so that memray counts them in two ways."""


Interval = tuple[int, int, int, int]
"""Some allocations of one place: from which window they count, in which no more (NEVER), bytes, allocations."""


class Place(NamedTuple):
    """What memray tells apart: a stack, in one thread, by one allocator."""

    stack: int
    native_stack: int
    segment_generation: int
    thread: int
    allocator: int


Figures = tuple[int, int]
"""Bytes and allocations."""

NOTHING: Figures = (0, 0)


class PeakWindow:
    """What every place held in the window of the peak; told place by place, as memray tells it in two passes.

    `marks` are the highest points of the windows. The last window's is too low where memory was at its
    highest when the capture ended.
    """

    def __init__(self, marks: Sequence[int], peak_bytes: int) -> None:
        self._peak_bytes = peak_bytes
        self._last = len(marks) - 1
        # Of equal peaks memray means the last.
        self._window = max((n for n, mark in enumerate(marks) if mark == peak_bytes), default=self._last)
        self._at_mark: dict[Place, Figures] = {}
        self._kept: dict[Place, Figures] = {}
        self._at_rest: dict[Place, Figures] = {}
        self._truly_kept: dict[Place, Figures] = {}
        self._busy: set[Place] = set()

    def add_high_water(self, place: Place, intervals: Sequence[Interval]) -> None:
        """What the place held at each window's highest point, and what it kept to the end."""
        self._sort(place, intervals, self._at_mark, self._kept)

    def add_lifetimes(self, place: Place, intervals: Sequence[Interval]) -> None:
        """From when to when the place's allocations lived."""
        self._sort(place, intervals, self._at_rest, self._truly_kept)
        if any(self._window in (allocated, freed) for allocated, freed, _, _ in intervals):
            self._busy.add(place)

    def figures(self) -> dict[Place, Figures] | None:
        """What every place held at the peak; None where that cannot be told for certain."""
        at_the_end = sum(size for size, _ in self._kept.values())
        if at_the_end == self._peak_bytes and self._window != self._last:
            return None
        if any(
            _differ(place, self._kept.get(place, NOTHING), self._truly_kept.get(place, NOTHING))
            for place in self._kept.keys() | self._truly_kept.keys()
        ):
            return None
        figures: dict[Place, Figures] = {}
        for place in self._at_mark.keys() | self._at_rest.keys():
            held, rested = self._at_mark.get(place, NOTHING), self._at_rest.get(place, NOTHING)
            if place not in self._busy and held != rested:
                if held[1] == rested[1]:
                    held = rested
                elif held[1] < rested[1] or place.allocator == MMAP:
                    return None
            if held != NOTHING:
                figures[place] = held
        return figures if sum(size for size, _ in figures.values()) == self._peak_bytes else None

    def _sort(
        self,
        place: Place,
        intervals: Sequence[Interval],
        in_window: dict[Place, Figures],
        kept: dict[Place, Figures],
    ) -> None:
        held_bytes = held_count = kept_bytes = kept_count = 0
        for allocated, freed, size, count in intervals:
            if allocated <= self._window < freed:
                held_bytes += size
                held_count += count
            if freed == NEVER:
                kept_bytes += size
                kept_count += count
        if held_bytes or held_count:
            in_window[place] = (held_bytes, held_count)
        if kept_bytes or kept_count:
            kept[place] = (kept_bytes, kept_count)


def _differ(place: Place, one: Figures, other: Figures) -> bool:
    # Of a mapping that was freed in parts one pass counts the parts, the other the mapping.
    return one[0] != other[0] if place.allocator == MMAP else one != other
