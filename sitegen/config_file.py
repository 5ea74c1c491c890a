"""Reads `sitegen.toml`, or `[tool.sitegen]` of `pyproject.toml`, with a word on every mistake."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import msgspec
from msgspec.structs import replace

from sitegen import config_values as values
from sitegen.capture import leads_to
from sitegen.capture.regular import open_regular
from sitegen.config import FILE_NAME, Budget, Config, Findings, keys
from sitegen.config_values import Key
from sitegen.errors import ConfigError, did_you_mean
from sitegen.toml_text import as_toml, parse_toml

_LONGEST = 1 << 20
_NAME_ONE = f"Name a {FILE_NAME} or a pyproject.toml with --config, or leave that out."


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
        if leads_to.is_file(file) and (table := _table_of(file)) is not None:
            return _read(table, file)
    return Config()


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
        raise ConfigError(f"{file}: {key} must be a table, found {as_toml(value)}", f"Write it as [{key}].")
    return value


def _values(kind: type, table: Mapping[str, Any], prefix: str, file: Path) -> dict[str, Any]:
    known = {field.name: (key, value_type) for field, key, value_type in keys(kind)}
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
        raise ConfigError(f"{file}: {name}: expected {key.type}, found {as_toml(value)}") from None
    except ValueError as error:
        raise ConfigError(f"{file}: {name}: {error}", f"Expected: {key.type}.") from None


def _from(directory: Path, name: str, value: object) -> object:
    """The value, with relative paths in it made relative to the directory. Raises ValueError as `values.path`."""
    if name == "theme" and isinstance(value, str) and PurePath(value).name != value:
        return os.path.join(directory, values.path(value))  # noqa: PTH118 - a Path would make a name of ./NAME
    if isinstance(value, Path):
        return directory / value
    if isinstance(value, tuple):
        return tuple(directory / part if isinstance(part, Path) else part for part in value)
    return value
