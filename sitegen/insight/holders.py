"""Who holds the memory over many processes: functions and packages, added up over captures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from sys import intern

import msgspec

from sitegen.model import FunctionRow


class Holder(msgspec.Struct, frozen=True):
    """A function or a package over several captures: own bytes, and own bytes by module, largest first."""

    function: str  # "" for a package
    file: str
    package: str
    line: int
    bytes: int
    modules: tuple[tuple[str, int], ...]


def function_holders(tables: Iterable[tuple[str, Sequence[FunctionRow]]]) -> tuple[Holder, ...]:
    """The functions of (module, table) rows that hold anything themselves, largest first."""
    held: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    known: dict[tuple[str, str], FunctionRow] = {}
    for module, rows in tables:
        for row in rows:
            if row.self_bytes:
                key = (row.file, row.function)
                held[key][module] += row.self_bytes
                if key not in known or row.self_bytes > known[key].self_bytes:
                    known[key] = row
    return _largest(
        # Interned: each run of a long history names the same functions again.
        Holder(
            intern(row.function),
            intern(row.file),
            intern(row.package),
            row.line,
            sum(held[key].values()),
            _by_size(held[key]),
        )
        for key, row in known.items()
    )


def package_holders(functions: Iterable[Holder]) -> tuple[Holder, ...]:
    """The packages of these functions, largest first."""
    held: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for holder in functions:
        for module, size in holder.modules:
            held[holder.package][module] += size
    return _largest(
        Holder("", "", package, 0, sum(by.values()), _by_size(by)) for package, by in held.items()
    )


def _by_size(by_module: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(by_module.items(), key=lambda item: (-item[1], item[0])))


def _largest(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    return tuple(
        sorted(holders, key=lambda holder: (-holder.bytes, holder.package, holder.file, holder.function))
    )
