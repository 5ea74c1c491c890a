"""`sitegen.toml`, or `[tool.sitegen]` in `pyproject.toml`, as a frozen `Config`.

Each field below is a key of the file, under the same name. Its `Key` says what may be written and what it
does; the documentation and the file that `sitegen init` writes are made from that (`describe_keys`).
Relative paths in a file are relative to that file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from functools import cache
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from sitegen import config_values as values
from sitegen.capture.regular import open_regular
from sitegen.config_values import METRICS, PREVIOUS, Baseline, Growth, Key
from sitegen.errors import ConfigError, did_you_mean
from sitegen.toml_text import parse_toml
from sitegen.units import parse_percent, parse_size

FILE_NAME = "sitegen.toml"
DEFAULT_STORE = Path(".sitegen-cache")

_LONGEST = 1 << 20
_NAME_ONE = f"Name a {FILE_NAME} or a pyproject.toml with --config, or leave that out."


@dataclass(frozen=True, slots=True)
class KeyText:
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


@dataclass(frozen=True, slots=True)
class Budget:
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


@dataclass(frozen=True, slots=True)
class Findings:
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


@dataclass(frozen=True, slots=True)
class Config:
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
    embed_sources: Annotated[
        bool, Key("true or false", "Whether pages hold the source lines that allocated.")
    ] = False
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


def load_config(explicit: Path | None, directory: Path) -> Config:
    """The configuration of `explicit`, else of the directory's sitegen.toml, else of its pyproject.toml.

    The defaults where there is none. Raises ConfigError, which names the file and the key.
    """
    if explicit is not None:
        table = _table_of(explicit)
        if table is None:
            raise ConfigError(f"{explicit} has no table [tool.sitegen]", f"Add it, or name a {FILE_NAME}.")
        return _read(table, explicit)
    for file in (directory / FILE_NAME, directory / "pyproject.toml"):
        if file.is_file() and (table := _table_of(file)) is not None:
            return _read(table, file)
    return Config()


def describe_keys() -> tuple[KeyText, ...]:
    """Every key, in order: those of the top level, of `findings`, and of one budget."""
    return tuple(
        KeyText(prefix + field.name, key.type, key.default or _as_toml(field.default), key.about)
        for prefix, kind in (("", Config), ("findings.", Findings), (f"{_BUDGETS}.", Budget))
        for field, key, _ in _keys(kind)
    )


def _table_of(file: Path) -> dict[str, Any] | None:
    """The file's table of sitegen; None where it is a pyproject.toml without one."""
    try:
        with open_regular(file) as opened:
            content = opened.read(_LONGEST + 1)
    except OSError as error:
        reason = error.strerror or "it is not a regular file"
        raise ConfigError(f"{file} cannot be read: {reason}", _NAME_ONE) from None
    if len(content) > _LONGEST:
        raise ConfigError(f"{file} is longer than 1 MiB", _NAME_ONE)
    try:
        table = parse_toml(content.decode())
    except ValueError as error:  # of TOML's grammar, or of UTF-8
        raise ConfigError(f"{file} is no valid TOML: {error}") from None
    if file.name != "pyproject.toml":
        return table
    tool = table.get("tool", {})
    if not isinstance(tool, dict) or "sitegen" not in tool:
        return None
    return _section(tool["sitegen"], "tool.sitegen", file)


def _read(table: Mapping[str, Any], file: Path) -> Config:
    rest = dict(table)
    findings = _section(rest.pop("findings", {}), "findings", file)
    budgets = _section(rest.pop("budgets", {}), "budgets", file)
    config = Config(
        findings=Findings(**_values(Findings, findings, "findings.", file)),
        budgets=tuple(_budget(pattern, limits, file) for pattern, limits in budgets.items()),
        source=file,
    )
    return replace(config, **_values(Config, rest, "", file))


def _budget(pattern: str, limits: object, file: Path) -> tuple[str, Budget]:
    key = f"budgets.{json.dumps(pattern, ensure_ascii=False)}"
    return pattern, Budget(**_values(Budget, _section(limits, key, file), f"{key}.", file))


def _section(value: object, key: str, file: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {key} must be a table, found {_as_toml(value)}", f"Write it as [{key}].")
    return value


def _values(kind: type, table: Mapping[str, Any], prefix: str, file: Path) -> dict[str, Any]:
    known = {field.name: (key, value_type) for field, key, value_type in _keys(kind)}
    for name in table:
        if name not in known:
            tables = ["findings", "budgets"] if kind is Config else []
            raise ConfigError(f"{file}: unknown key {prefix}{name}", did_you_mean(name, [*known, *tables]))
    return {name: _value(*known[name], value, f"{prefix}{name}", file) for name, value in table.items()}


def _value(key: Key, value_type: Any, value: object, name: str, file: Path) -> object:
    try:
        read = key.read(value) if key.read else msgspec.convert(value, value_type)
        return _from(file.parent, name, read)
    except msgspec.ValidationError:
        raise ConfigError(f"{file}: {name}: expected {key.type}, found {_as_toml(value)}") from None
    except ValueError as error:
        raise ConfigError(f"{file}: {name}: {error}", f"Expected: {key.type}.") from None


def _from(directory: Path, name: str, value: object) -> object:
    """The value, with relative paths in it made relative to the directory. Raises ValueError as `values.path`."""
    if name == "theme" and isinstance(value, str) and PurePath(value).name != value:
        return str(directory / values.path(value))
    if isinstance(value, Path):
        return directory / value
    if isinstance(value, tuple):
        return tuple(directory / part if isinstance(part, Path) else part for part in value)
    return value


def _as_toml(value: object) -> str:
    """A value as one would write it in TOML; "" for None."""
    match value:
        case None:
            return ""
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Path():
            return json.dumps(value.as_posix(), ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(_as_toml, value))}]"
        case dict():
            return "a table"
        case _:
            return str(value)


@cache
def _keys(kind: type) -> tuple[tuple[Field[Any], Key, Any], ...]:
    """The fields that are keys, what is said of them, and the type of their value."""
    return tuple(_annotated(kind))


def _annotated(kind: type) -> Iterator[tuple[Field[Any], Key, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        for note in getattr(hints[field.name], "__metadata__", ()):
            if isinstance(note, Key):
                yield field, note, hints[field.name]
