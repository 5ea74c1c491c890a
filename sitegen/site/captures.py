"""The captures of a site. Each is made when it is looked at: of thousands only the columns are in memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, overload

import msgspec

from sitegen.model import Name, full_name
from sitegen.packed import Few, Hashes, Paths
from sitegen.packed_figures import FiguresColumn
from sitegen.site import urls
from sitegen.summary import Figures

T = TypeVar("T")

PartOf = Callable[[str, str], bytes]
"""What gives the parts of captures that lie in the store: a capture's id and the name of a part -> the part."""

_AT_HAND = 1024
"""So many captures are kept as they were made: pages that follow each other show the same ones."""


class Entry(msgspec.Struct, frozen=True):
    """One capture of the site: what it is called, its figures, and where the rest of it lies.

    `key` finds it in the store; None for one that could not be read. `digest` is of what it shows.
    """

    id: str
    file: str
    name: Name
    process: str | None
    figures: Figures
    key: str | None
    digest: str


class Capture(msgspec.Struct, frozen=True):
    """A capture with its URLs. Of a process that wrote several chunks, one can stand for all (see `repeats`).

    `data` and `temporal` are its data files: None where it could not be read, or has no intervals.
    """

    id: str
    url: str
    data: str | None
    temporal: str | None
    run: str
    run_label: str
    module: str
    instance: str | None
    chunk: int | None
    process: str | None
    file: str
    figures: Figures
    digest: str
    chunks: tuple[str, ...] = ()  # ids of all chunks, where `figures` are of a process that has several

    @property
    def label(self) -> str:
        """How the capture is called beside others: module and instance."""
        return full_name(self.module, self.instance)

    @property
    def short_label(self) -> str:
        """How it is called below its module and run: by its instance, else by its file, whose directory they say."""
        return self.instance or self.file.rpartition("/")[2]

    @property
    def trusted(self) -> bool:
        """Whether its figures may be compared: those of damaged captures are lower bounds."""
        return self.figures.status.trusted


class Captures(Sequence[Capture]):
    """Captures in the order of their ids: all of a site, or some of them."""

    def __init__(self, table: _Table, rows: Sequence[int]) -> None:
        self._table = table
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Capture: ...
    @overload
    def __getitem__(self, at: slice) -> Captures: ...
    def __getitem__(self, at: int | slice) -> Capture | Captures:
        if isinstance(at, slice):
            return Captures(self._table, self._rows[at])
        return self._table.capture(self._rows[at])

    def __iter__(self) -> Iterator[Capture]:
        return map(self._table.capture, self._rows)

    def ids(self) -> Iterator[str]:
        """The id of each."""
        return map(self._table.id.__getitem__, self._rows)

    def find(self, id_: str) -> Capture | None:
        """The one with this id, if it is here."""
        at = self._place(id_)
        return None if at is None else self[at]

    def key(self, id_: str) -> str:
        """Where the parts of a capture are in the store. Raises KeyError where they are nowhere."""
        at = self._place(id_)
        key = None if at is None else self._table.key[self._rows[at]]
        if key is None:
            raise KeyError(id_)
        return key

    def by_run(self) -> Mapping[str, Captures]:
        """The captures of every run; none for others."""
        return self._by(lambda row: self._table.run[row][0])

    def by_module(self) -> Mapping[str, Captures]:
        """The captures of every module; none for others."""
        return self._by(lambda row: self._table.process[row][0])

    def by_instance(self) -> Mapping[str | None, Captures]:
        """The captures of every instance, of which modules; none for others."""
        return self._by(lambda row: self._table.process[row][1])

    def _by(self, what: Callable[[int], T]) -> Mapping[T, Captures]:
        rows: dict[T, array[int]] = defaultdict(lambda: array("I"))
        for row in self._rows:
            rows[what(row)].append(row)
        found: dict[T, Captures] = defaultdict(lambda: Captures(self._table, ()))
        found.update((value, Captures(self._table, own)) for value, own in rows.items())
        return found

    def _place(self, id_: str) -> int | None:
        at = bisect_left(self._rows, id_, key=self._table.id.__getitem__)
        return at if at < len(self._rows) and self._table.id[self._rows[at]] == id_ else None


def captures_of(entries: Sequence[Entry], label_of_run: Mapping[str, str]) -> Captures:
    """The captures of a site; `label_of_run` has the label of each of their runs by its id."""
    table = _Table(entries, label_of_run)
    return Captures(table, array("I", sorted(range(len(entries)), key=table.id.__getitem__)))


class _Table:
    """All captures in columns: what many have in common once, the rest as plain numbers."""

    def __init__(self, entries: Sequence[Entry], label_of_run: Mapping[str, str]) -> None:
        rows = len(entries)
        self.id, self.file = Paths(rows), Paths(rows)
        self.run = Few[tuple[str, str]](rows)
        self.process = Few[tuple[str, str | None, int | None, str | None]](rows)
        self.figures = FiguresColumn(rows)
        self.key, self.digest = Hashes(rows), Hashes(rows)
        for row, entry in enumerate(entries):
            name = entry.name
            self.id[row] = entry.id
            self.file[row] = entry.file
            self.run[row] = name.run, label_of_run[name.run]
            self.process[row] = name.module, name.instance, name.chunk, entry.process
            self.figures[row] = entry.figures
            self.key[row] = entry.key
            self.digest[row] = entry.digest
        for column in (self.id, self.file, self.run, self.process, self.figures):
            column.close()
        self.capture = lru_cache(_AT_HAND)(self._capture)

    def _capture(self, row: int) -> Capture:
        """The capture in a row."""
        id_ = self.id[row]
        run, run_label = self.run[row]
        module, instance, chunk, process = self.process[row]
        figures = self.figures[row]
        readable = self.key[row] is not None
        temporal = readable and _TEMPORAL in figures.reports
        return Capture(
            id_,
            urls.capture(id_),
            urls.data(id_) if readable else None,
            urls.temporal(id_) if temporal else None,
            run,
            run_label,
            module,
            instance,
            chunk,
            process,
            self.file[row],
            figures,
            self.digest[row] or "",
        )


_TEMPORAL = ("temporal", True)
