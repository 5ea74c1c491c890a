"""What can be configured, as a frozen `Config`; `config_file.py` reads it.

Each field below is a key of the file, under the same name. Its `Key` says what may be written and what it
does; the documentation and the file that `sitegen init` writes are made from that (`describe_keys`).
Relative paths in a file are relative to that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from sitegen import config_values as values
from sitegen.config_values import METRICS, Key
from sitegen.model import PREVIOUS, Baseline, Growth
from sitegen.toml_text import as_toml
from sitegen.units import parse_percent, parse_size

FILE_NAME = "sitegen.toml"
DEFAULT_STORE = Path(".sitegen-cache")


class KeyText(msgspec.Struct, frozen=True):
    """A key for people: its dotted name, what it takes, its default as TOML ("" for none), what it does."""

    key: str
    type: str
    default: str
    about: str


_PositiveInt = Annotated[int, Meta(ge=1)]
_COUNT = "whole number, 1 or more"
_SIZE = 'size such as "500 MB"'
_GROWTH = 'percentage of the baseline such as "10%", or a size'
_PATHS = "list of paths"


class Budget(msgspec.Struct, frozen=True):
    """What a module may use. Limits that are None do not apply."""

    peak: Annotated[int | None, Key(_SIZE, "Most memory that may be held at once.", parse_size)] = None
    leaked: Annotated[int | None, Key(_SIZE, "Most memory that may be left at the end.", parse_size)] = None
    allocations: Annotated[
        Annotated[int, Meta(ge=0)] | None, Key("whole number", "Most allocations that may be made.")
    ] = None
    peak_growth: Annotated[
        Growth | None, Key(_GROWTH, "How far the peak may exceed the baseline's.", values.growth)
    ] = None
    leaked_growth: Annotated[
        Growth | None, Key(_GROWTH, "How far leaked memory may exceed the baseline's.", values.growth)
    ] = None
    allocations_growth: Annotated[
        Growth | None,
        Key(
            'percentage of the baseline such as "10%", or a whole number',
            "How far the number of allocations may exceed the baseline's.",
            values.growth_in_number,
        ),
    ] = None
    severity: Annotated[
        Literal["warn", "error"],
        Key('"warn" or "error"', "Whether a broken budget only warns, or fails `sitegen check`."),
    ] = "error"


class Findings(msgspec.Struct, frozen=True):
    """When a change counts as a finding."""

    min_change: Annotated[
        float,
        Key('percentage such as "5%"', "Changes of a smaller share are no findings.", parse_percent, '"5%"'),
    ] = 0.05
    min_bytes: Annotated[
        int, Key(_SIZE, "Changes of memory by less are no findings.", parse_size, '"100 kB"')
    ] = 100_000
    min_allocations: Annotated[
        Annotated[int, Meta(ge=0)],
        Key("whole number", "Changes of the number of allocations by less are no findings."),
    ] = 1_000
    metrics: Annotated[
        tuple[str, ...],
        Key('list of "peak", "leaked" and "allocations"', "Which figures are watched.", values.metrics),
    ] = METRICS
    errors: Annotated[
        tuple[str, ...],
        Key(
            "list of kinds of findings",
            "Kinds that fail `sitegen check`; the others warn. A budget has a severity of its own.",
            values.kinds,
        ),
    ] = ()


class Config(msgspec.Struct, frozen=True):
    """Everything that can be configured. `source` is the file it was read from, None where none was."""

    captures: Annotated[
        tuple[Path, ...], Key(_PATHS, "Captures, bundles, and directories of them.", values.paths)
    ] = (Path(),)
    exclude: Annotated[
        tuple[str, ...],
        Key(
            "list of glob patterns",
            "What is left out: matched against names, and against paths below the CAPTURES argument.",
        ),
    ] = ()
    output: Annotated[Path, Key("path", "Where the site is written.", values.path)] = Path("site")
    title: Annotated[str, Key("text", "The site's title.")] = "Memory profiles"
    theme: Annotated[str, Key("name or path", "The theme: one of sitegen's, or a directory.")] = "default"
    base_url: Annotated[
        str | None,
        Key(
            "web address",
            "Where the site will be published. Adds canonical links and a sitemap.",
            values.web_address,
        ),
    ] = None

    modules: Annotated[
        tuple[str, ...],
        Key(
            "list of module names",
            "Known modules. A file name that continues one of them is an instance of it.",
        ),
    ] = ()
    pattern: Annotated[
        tuple[re.Pattern[str], ...],
        Key(
            "regular expression, or list of them",
            "Finds run, module and instance (groups of these names) in the path below the CAPTURES argument. "
            "The first that matches counts.",
            values.patterns,
        ),
    ] = ()

    reports: Annotated[
        tuple[str, ...], Key("list of report names", "Reports to make, in this order. Empty: all.")
    ] = ()
    temporary_threshold: Annotated[
        Annotated[int, Meta(ge=0)],
        Key(
            "whole number",
            "An allocation is temporary when at most this many others come before it is freed.",
        ),
    ] = 1
    max_memory_records: Annotated[
        _PositiveInt, Key(_COUNT, "Most points of a capture's memory chart. A peak is never lost to it.")
    ] = 10_000
    max_nodes: Annotated[
        _PositiveInt,
        Key(_COUNT, "Most call-tree nodes in a page; smaller stacks are folded into their callers."),
    ] = 50_000
    suppressions: Annotated[
        Path | None,
        Key("path", "A file of known leaks, in LeakSanitizer's form (leak:PATTERN).", values.path),
    ] = None

    jobs: Annotated[
        _PositiveInt | None, Key(_COUNT, "Captures read at once. Not set: one for each processor.")
    ] = None
    timeout: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Key("number of seconds", "How long one capture may take. Not set: grows with the file."),
    ] = None
    memory: Annotated[
        int | None,
        Key(
            _SIZE,
            "How much memory reading one capture may take. Not set: by what the machine has.",
            parse_size,
        ),
    ] = None
    strict: Annotated[bool, Key("true or false", "Whether warnings fail the build.")] = False
    store: Annotated[
        Path | None,
        Key("path", "Where analyses are kept between builds. Not set: `.sitegen-cache`.", values.path),
    ] = None
    store_size: Annotated[
        int, Key(_SIZE, "How large the store may become; the oldest go first.", parse_size, '"2 GB"')
    ] = 2_000_000_000

    history: Annotated[
        tuple[Path, ...],
        Key(_PATHS, "Sites built earlier, whose runs appear beside the new ones.", values.paths),
    ] = ()
    keep_runs: Annotated[_PositiveInt | None, Key(_COUNT, "Runs kept, newest first. Not set: all.")] = None
    keep_days: Annotated[
        _PositiveInt | None, Key(_COUNT, "Days after which a run is dropped. Not set: never.")
    ] = None
    full_runs: Annotated[
        _PositiveInt,
        Key(_COUNT, "Newest runs kept in full; older ones keep figures, charts and a smaller tree."),
    ] = 20
    baseline: Annotated[
        Baseline,
        Key(
            '"previous", "median:N", "branch:NAME" or a run\'s id',
            "The run that others are compared with.",
            values.baseline,
            '"previous"',
        ),
    ] = PREVIOUS

    findings: Findings = Findings()
    budgets: tuple[tuple[str, Budget], ...] = ()  # in the file's order; the name may be a pattern (fnmatch)
    source: Path | None = None


_BUDGETS = 'budgets."MODULE"'


def describe_keys() -> tuple[KeyText, ...]:
    """Every key, in order: those of the top level, of `findings`, and of one budget."""
    return tuple(
        KeyText(prefix + field.name, key.type, key.default or as_toml(field.default), key.about)
        for prefix, kind in (("", Config), ("findings.", Findings), (f"{_BUDGETS}.", Budget))
        for field, key, _ in keys(kind)
    )


@cache
def keys(kind: type) -> tuple[tuple[msgspec.structs.FieldInfo, Key, Any], ...]:
    """The fields that are keys, what is said of them, and the type of their value."""
    return tuple(_annotated(kind))


def _annotated(kind: type) -> Iterator[tuple[msgspec.structs.FieldInfo, Key, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        for note in getattr(hints[field.name], "__metadata__", ()):
            if isinstance(note, Key):
                yield field, note, hints[field.name]
