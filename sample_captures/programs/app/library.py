"""The shared library: pictures, albums, camera events. One SQLite file; every process opens it for itself."""

from __future__ import annotations

import random
import sqlite3
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ALBUMS = ("Harbour", "Grandparents", "First snow", "Allotment", "Night train", "Kites", "Kitchen", "Lake")
KINDS = ("person", "car", "pet", "parcel", "bird")
PICTURES = 4_000
EVENTS_PER_KIND = 48

SCHEMA = """
create table album   (id integer primary key, title text not null);
create table picture (id integer primary key, album integer not null references album, title text not null,
                      taken text not null, place text not null, width integer, height integer,
                      cost text not null);
create table event   (id integer primary key, camera text not null, kind text not null, at text not null,
                      score real not null, preview blob not null);
create table clip    (id integer primary key, camera text not null, frames integer not null,
                      body blob not null);
create index picture_by_album on picture (album, taken);
create index event_by_kind on event (kind, at);
"""


class Picture(NamedTuple):
    id: int
    album: int
    title: str
    taken: str
    place: str
    width: int
    height: int
    cost: str


class Event(NamedTuple):
    id: int
    camera: str
    kind: str
    at: str
    score: float
    preview: bytes


def connect(folder: Path) -> sqlite3.Connection:
    """Open the library in `folder`. Writers of other processes are waited for."""
    return sqlite3.connect(folder / "library.db", timeout=20, check_same_thread=False)


def pictures(library: sqlite3.Connection, album: int) -> Iterator[Picture]:
    rows = library.execute("select * from picture where album = ? order by taken, id", (album,))
    return map(Picture._make, rows)


def events(library: sqlite3.Connection, kind: str) -> Iterator[Event]:
    rows = library.execute("select * from event where kind = ? order by at, id", (kind,))
    return map(Event._make, rows)


def original(folder: Path, picture_id: int) -> bytes:
    """The stored file of a picture, compressed. Many pictures share a file: the samples need no more."""
    return (folder / "originals" / f"{picture_id % 12}.z").read_bytes()


def seed(folder: Path) -> None:
    """Fill an empty folder with a library that is the same every time."""
    rng = random.Random(1871)
    (folder / "originals").mkdir(parents=True)
    for number in range(12):
        (folder / "originals" / f"{number}.z").write_bytes(zlib.compress(_pixels(rng, 640, 480), 6))
    with (folder / "weights.bin").open("wb") as file:
        tile = array("f", (rng.gauss(0, 1) for _ in range(8_192)))
        for _ in range(128):
            tile.tofile(file)
    with connect(folder) as library:
        library.execute("pragma journal_mode = wal")
        library.executescript(SCHEMA)
        library.executemany("insert into album values (?, ?)", enumerate(ALBUMS, 1))
        library.executemany("insert into picture values (?, ?, ?, ?, ?, ?, ?, ?)", _pictures(rng))
        library.executemany("insert into event values (?, ?, ?, ?, ?, ?)", _events(rng))
    library.close()


def _pictures(rng: random.Random) -> Iterator[Picture]:
    words = ("boat", "window", "garden", "bridge", "bicycle", "lantern", "market", "cloud", "stairs", "dog")
    places = ("Bergen", "Ghent", "Porto", "Turku", "Graz")
    for number in range(1, PICTURES + 1):
        title = " ".join(rng.sample(words, 3))
        taken = f"2026-{rng.randint(1, 10):02}-{rng.randint(1, 28):02}"
        cost = f"{rng.randint(1, 400) / 1000:.3f}"
        yield Picture(number, 1 + number % len(ALBUMS), title, taken, rng.choice(places), 640, 480, cost)


def _events(rng: random.Random) -> Iterator[Event]:
    for number in range(EVENTS_PER_KIND * len(KINDS)):
        camera = ("front_door", "garden")[number % 2]
        at = f"2026-11-01T{number % 24:02}:{number % 60:02}:00"
        yield Event(number + 1, camera, KINDS[number % len(KINDS)], at, rng.random(), rng.randbytes(36_000))


def _pixels(rng: random.Random, width: int, height: int) -> bytes:
    rows = [rng.randbytes(width // 8) * 8 for _ in range(height // 16)]
    return b"".join(row for row in rows for _ in range(16))
