"""What the environment asks of the recorder. Stdlib only.

| variable | meaning |
|---|---|
| `SITEGEN_MODULES` | what to record: names or patterns, separated by commas |
| `SITEGEN_CAPTURES` | where the runs are kept; `captures` |
| `SITEGEN_RUN` | the run's name; the time of the start |
| `SITEGEN_SITE` | build the site there at a normal exit |
| `SITEGEN_NATIVE` | native stacks too |
| `SITEGEN_PYTHON_ALLOCATORS` | every object, not only what Python asks of the system |
| `SITEGEN_AGGREGATE` | small files without a timeline, written at the end |
| `SITEGEN_INTERVAL_MS` | milliseconds between two points of the memory chart; 10 |
| `SITEGEN_FOLLOW_FORK` | record forked children too, each in a capture of its own |
| `SITEGEN_COMPRESS` | compress what is finished; on |
| `SITEGEN_BUFFERED` | write without mmap, for file systems that have none |
| `SITEGEN_CHUNK_MINUTES` | begin a new chunk after so many minutes |
| `SITEGEN_CHUNK_SIZE` | begin a new chunk at this size, `100 MB` |
| `SITEGEN_KEEP` | keep the newest so many chunks of each recording |
| `SITEGEN_SIGUSR1` | what the signal does: `rotate`, `toggle`, or `armed` (`toggle`, switched off at first) |
| `SITEGEN_RESERVE` | stop when less than this is free on the disk; `100 MB` |
| `SITEGEN_ACCOUNT_SECONDS` | count allocated against freed memory at this interval |
| `SITEGEN_GROWTH` | how much live memory may grow before the chunk is closed, `50 MB` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sitegen.errors import did_you_mean, nearest
from sitegen.recorder.choose import patterns_in
from sitegen.units import parse_size

DEFAULT_CAPTURES = "captures"
DEFAULT_INTERVAL_MS = 10
DEFAULT_RESERVE = 100_000_000

SIGNAL_ACTIONS = ("rotate", "toggle", "armed")

_PREFIX = "SITEGEN_"
_ON = ("1", "true", "yes", "on")
_OFF = ("", "0", "false", "no", "off")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment's wishes, read. None where nothing of the kind is wanted."""

    modules: tuple[str, ...]
    captures: Path
    run: str
    site: Path | None
    native: bool
    python_allocators: bool
    aggregate: bool
    interval_ms: int
    follow_fork: bool
    compress: bool
    buffered: bool
    chunk_seconds: float | None
    chunk_bytes: int | None
    keep: int | None
    on_signal: str | None
    reserve_bytes: int
    account_seconds: float | None
    growth_bytes: int | None

    @property
    def directory(self) -> Path:
        """Where the captures of this run go."""
        return self.captures / self.run

    @property
    def chunked(self) -> bool:
        """Whether one recording may become several captures."""
        return bool(self.chunk_seconds or self.chunk_bytes or self.on_signal or self.growth_bytes)


class _Reader:
    """Reads variables; one that cannot be understood counts as unset, and is complained of."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: set[str] = set()
        self.complaints: list[str] = []

    def text(self, name: str) -> str:
        self._known.add(name)
        return self._environ.get(name, "").strip()

    def complain(self, name: str, why: str) -> None:
        self.complaints.append(f"{name}={self.text(name)}: {why}; ignored")

    def switch(self, name: str, default: bool) -> bool:
        text = self.text(name).lower()
        if name not in self._environ or text not in _ON + _OFF:
            if text:
                self.complain(name, "write 1 or 0")
            return default
        return text in _ON

    def number(self, name: str) -> float | None:
        text = self.text(name)
        try:
            number = float(text) if text else None
        except ValueError:
            number = -1
        if number is not None and not 0 < number < 1e9:
            self.complain(name, "write a number above 0")
            return None
        return number

    def whole(self, name: str) -> int | None:
        number = self.number(name)
        if number is None or number == int(number):
            return None if number is None else int(number)
        self.complain(name, "write a whole number")
        return None

    def size(self, name: str) -> int | None:
        text = self.text(name)
        try:
            return parse_size(text) if text else None
        except ValueError as error:
            self.complain(name, str(error))
            return None

    def size_above_zero(self, name: str) -> int | None:
        size = self.size(name)
        if size == 0:
            self.complain(name, "write a size above 0")
        return size or None

    def choice(self, name: str, known: tuple[str, ...]) -> str | None:
        text = self.text(name).lower()
        if text and text not in known:
            self.complain(name, did_you_mean(text, list(known)).rstrip(".?"))
            return None
        return text or None

    def complain_of_misspelt(self) -> None:
        """Complains of variables that are called nearly like one that was read. Others are somebody else's."""
        read = {name.removeprefix(_PREFIX): name for name in self._known}
        for name in sorted(self._environ.keys() - self._known):
            near = nearest(name.removeprefix(_PREFIX), read, 0.8) if name.startswith(_PREFIX) else None
            if near is not None:
                self.complain(name, f"Did you mean {read[near]}")


def read_settings(environ: Mapping[str, str]) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and what could not be understood, one sentence each. Never raises."""
    read = _Reader(environ)
    minutes = read.number("SITEGEN_CHUNK_MINUTES")
    site = read.text("SITEGEN_SITE")
    reserve = read.size("SITEGEN_RESERVE")
    settings = Settings(
        modules=patterns_in(read.text("SITEGEN_MODULES")),
        captures=Path(read.text("SITEGEN_CAPTURES") or DEFAULT_CAPTURES),
        run=read.text("SITEGEN_RUN"),
        site=Path(site) if site else None,
        native=read.switch("SITEGEN_NATIVE", default=False),
        python_allocators=read.switch("SITEGEN_PYTHON_ALLOCATORS", default=False),
        aggregate=read.switch("SITEGEN_AGGREGATE", default=False),
        interval_ms=read.whole("SITEGEN_INTERVAL_MS") or DEFAULT_INTERVAL_MS,
        follow_fork=read.switch("SITEGEN_FOLLOW_FORK", default=False),
        compress=read.switch("SITEGEN_COMPRESS", default=True),
        buffered=read.switch("SITEGEN_BUFFERED", default=False),
        chunk_seconds=minutes * 60 if minutes else None,
        chunk_bytes=read.size_above_zero("SITEGEN_CHUNK_SIZE"),
        keep=read.whole("SITEGEN_KEEP"),
        on_signal=read.choice("SITEGEN_SIGUSR1", SIGNAL_ACTIONS),
        reserve_bytes=DEFAULT_RESERVE if reserve is None else reserve,
        account_seconds=read.number("SITEGEN_ACCOUNT_SECONDS"),
        growth_bytes=read.size_above_zero("SITEGEN_GROWTH"),
    )
    read.complain_of_misspelt()
    return settings, tuple(read.complaints)
