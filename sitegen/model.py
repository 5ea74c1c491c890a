"""The plain, immutable data that every stage works with. Imports nothing of sitegen.

Units: sizes in bytes, times in milliseconds since the epoch (UTC). Columns are `array`s of unsigned
integers; columns of one table have equal length. Nothing here is changed after it was built.
"""

from __future__ import annotations

from array import array
from enum import StrEnum
from typing import Literal

import msgspec

ROOT = 0
"""The node that is every tree's root, and the frame that stands for it."""

NEVER = 2**32 - 1
"""In `Intervals.freed`: never freed while the capture ran."""

NO_FRAMES = "<no frames>"
"""How memory without any Python or native frame is named in tables, exports and comparisons."""


class Status(StrEnum):
    """How far a capture can be believed (the contract's words)."""

    OK = "ok"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"
    FAILED = "failed"

    @property
    def trusted(self) -> bool:
        """Whether the figures are the program's own: those of damaged captures are lower bounds."""
        return self in (Status.OK, Status.UNFINISHED)


class View(StrEnum):
    """Which figure of the tree is shown."""

    PEAK = "peak"
    LEAKS = "leaks"
    TEMPORARY = "temporary"


class Origin(StrEnum):
    """Where a source file belongs."""

    PROJECT = "project"
    INSTALLED = "installed"
    STDLIB = "stdlib"
    NATIVE = "native"


class FrameKind(StrEnum):
    """What a frame is; decides which frames the viewer can hide. One letter each: they are stored."""

    PYTHON = "p"
    NATIVE = "n"
    IMPORT = "i"  # the import system's own
    RUNPY = "r"  # what starts `python -m`
    INTERNAL = "c"  # the interpreter's own C functions, which memray never shows


class SourceFile(msgspec.Struct, frozen=True):
    """A file as the capture names it, and as it is shown and matched.

    `path` is as captured, `name` is the same on every machine (`pandas/core/frame.py`), `package` is
    the top-level package it belongs to.
    """

    path: str
    name: str
    package: str
    origin: Origin


class Frames(msgspec.Struct, frozen=True):
    """Interned frames. Frame `ROOT` stands for the root and has an empty name.

    `function` indexes `functions`, `file` indexes `files`; `line` is 0 where unknown; `kind` has one
    letter of `FrameKind` for each frame.
    """

    functions: tuple[str, ...]
    files: tuple[SourceFile, ...]
    function: array[int]
    file: array[int]
    line: array[int]
    kind: str


class Tree(msgspec.Struct, frozen=True):
    """One call tree. Node `ROOT` is the root; for every other node `parent[i] < i`.

    `frame` indexes the columns of `Frames`.
    """

    parent: array[int]
    frame: array[int]


class Records(msgspec.Struct, frozen=True):
    """What was allocated: rows of (node, thread, allocator) with bytes and number of allocations.

    `node` indexes the tree: the place that allocated, `ROOT` where no frames are known. `thread`
    indexes `Analysis.threads`, `allocator` is memray's number. Sorted by node.
    """

    node: array[int]
    thread: array[int]
    allocator: array[int]
    bytes: array[int]
    count: array[int]


class Intervals(msgspec.Struct, frozen=True):
    """When memory was held: rows of (node, thread) with the windows in which it began and ended to count.

    Window `i` is the time before snapshot `i` (and after snapshot `i - 1`); window `len(snapshots)` is
    what follows the last. The memory counts from window `allocated` on, and no more in window `freed`
    (`NEVER`: to the end). What counted to the highest point of the last window and was freed after it has
    `freed` `len(snapshots) + 1`, which is no window. Sorted by node.
    """

    node: array[int]
    thread: array[int]
    allocated: array[int]
    freed: array[int]
    bytes: array[int]
    count: array[int]


class Snapshots(msgspec.Struct, frozen=True):
    """Memory over time. `high_water[i]` is the highest heap in window `i`, one entry more than snapshots.

    `high_water` is empty for aggregated captures, which do not know it.
    """

    time: array[int]
    heap: array[int]
    rss: array[int]
    high_water: array[int]


class Thread(msgspec.Struct, frozen=True):
    """A thread of the process: its identifier, and its name (empty where it has none)."""

    id: int
    name: str

    @property
    def label(self) -> str:
        """The thread as memray shows it: its identifier in hexadecimal, and its name where it has one."""
        return f"{self.id:#x} ({self.name})" if self.name else f"{self.id:#x}"


class SearchPaths(msgspec.Struct, frozen=True):
    """Where the profiled process looked for modules: its standard library, site-packages and `sys.path`."""

    stdlib: str = ""
    site_packages: tuple[str, ...] = ()
    sys_path: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """What the capture says of itself."""

    started: int
    ended: int
    command: str
    pid: int
    main_thread: int
    allocator: str  # of Python objects: pymalloc, malloc, ...
    native: bool
    aggregated: bool
    python_allocators_traced: bool
    format_version: int
    python_version: str  # of the profiled process, "" where the format does not tell


class SizeBin(msgspec.Struct, frozen=True):
    """One bar of the histogram of allocation sizes: `low` to `high` bytes, both inclusive."""

    low: int
    high: int
    count: int


class Location(msgspec.Struct, frozen=True):
    """A place in the code and a figure of it (bytes or allocations)."""

    function: str
    file: str
    line: int
    value: int


class ModuleShare(msgspec.Struct, frozen=True):
    """What one top-level module of the program allocated, as `memray stats` counts it."""

    module: str
    allocations: int
    bytes: int


class Stats(msgspec.Struct, frozen=True):
    """Totals over the whole life of the capture, as `memray stats` has them."""

    allocations: int
    bytes: int
    by_allocator: tuple[tuple[str, int], ...]
    by_size: tuple[SizeBin, ...]
    top_by_bytes: tuple[Location, ...]
    top_by_count: tuple[Location, ...]
    modules_by_bytes: tuple[ModuleShare, ...]
    modules_by_count: tuple[ModuleShare, ...]


class FunctionRow(msgspec.Struct, frozen=True):
    """A function's own and total memory in one view. Recursion counts once in the totals."""

    function: str
    file: str  # SourceFile.name
    package: str
    line: int  # of the heaviest own allocation, or of the first frame seen
    self_bytes: int
    self_count: int
    total_bytes: int
    total_count: int


class PackageRow(msgspec.Struct, frozen=True):
    """A package's own and total memory in one view."""

    package: str
    origin: Origin
    self_bytes: int
    total_bytes: int
    self_count: int


class Folded(msgspec.Struct, frozen=True):
    """What was folded into parents to keep a page small: nodes and stacks gone, their bytes at the peak (at
    most: what was folded twice counts twice).

    The tables of functions and packages are those of the whole tree, for every view. `share` is the largest
    share of a view's bytes that a node which is gone had, 0 to 1.
    """

    nodes: int
    stacks: int
    bytes: int
    functions: tuple[tuple[View, tuple[FunctionRow, ...]], ...]
    packages: tuple[tuple[View, tuple[PackageRow, ...]], ...]
    share: float = 0.0


class Analysis(msgspec.Struct, frozen=True, weakref=True):
    """Everything sitegen knows of one capture. Figures that cannot be known are None.

    `high_water` are the intervals that count at each window's highest point; `lifetimes` are the true
    lifetimes (allocated in window, freed in window). Both index `snapshots`.
    """

    status: Status
    reason: str  # why the status is not `ok`; what a person can do; else ""
    facts: Facts
    peak_bytes: int
    peak_rss_bytes: int | None
    leaked_bytes: int
    leaked_allocations: int | None
    threads: tuple[Thread, ...]
    frames: Frames
    tree: Tree
    peak: Records
    leaks: Records
    temporary: Records | None
    temporary_threshold: int | None
    snapshots: Snapshots
    high_water: Intervals | None
    lifetimes: Intervals | None
    stats: Stats | None
    folded: Folded | None = None

    def records(self, view: View) -> Records | None:
        """The records of a view; None where the capture cannot have it."""
        return {View.PEAK: self.peak, View.LEAKS: self.leaks, View.TEMPORARY: self.temporary}[view]


class Growth(msgspec.Struct, frozen=True):
    """How far a figure may exceed the baseline: by a share of it (0.1 is 10 %) or an amount. One is None."""

    share: float | None = None
    amount: int | None = None

    def limit(self, baseline: int) -> float:
        """The most that is allowed."""
        return baseline * (1 + self.share) if self.share is not None else baseline + (self.amount or 0)


class Baseline(msgspec.Struct, frozen=True):
    """Which run others are compared with.

    `previous`; `run` with the id or label `name`; `branch`, the last run of the branch `name`; `median` of the
    last `count` runs.
    """

    kind: Literal["previous", "run", "branch", "median"] = "previous"
    name: str = ""
    count: int = 0


PREVIOUS = Baseline()


def full_name(module: str, instance: str | None) -> str:
    """How a process is called: `app.capture:front_door`, or `app.capture` where its module has no instances."""
    return module if instance is None else f"{module}:{instance}"


class Name(msgspec.Struct, frozen=True):
    """Who a capture is of: its run, its module, and which process of the module (None: the only one)."""

    run: str
    module: str
    instance: str | None
    chunk: int | None = None  # set where one process wrote several captures, one after the other
