"""Which files of two captures are one file, where two machines kept the project under different roots.

Files are matched by name. What is left over differs by its leading directories at most: `src/app/db.py`
here, `app/db.py` there. Such files are paired by the longest path they end with alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

_MODULE = "<module>"


def align_files(base: Mapping[str, Collection[str]], head: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The files of base that head knows by another name: name in base -> name in head.

    Takes the project's files of each side with the names of their functions. A pair must be each other's
    longest common ending, and no other file may end alike as far. Where the ending is not the whole of the
    shorter name, or is the bare file name, the two must share a function as well: many a project has two
    `utils.py`.
    """
    left = _by_basename(base.keys() - head.keys())
    right = _by_basename(head.keys() - base.keys())
    pairs: dict[str, str] = {}
    for basename in sorted(left.keys() & right.keys()):
        ours, theirs = left[basename], right[basename]
        of_base, of_head = _by_ending(ours), _by_ending(theirs)
        nearest = {name: _nearest(name, of_base) for name in theirs}
        back = {name: _nearest(name, of_head) for name in ours}
        for name, found in nearest.items():
            if found and back[found] == name and _is_same(found, base[found], name, head[name]):
                pairs[found] = name
    return pairs


def _by_basename(names: Collection[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[name.rpartition("/")[2]].append(name)
    return groups


def _by_ending(names: Iterable[str]) -> dict[str, str | None]:
    """The name that ends in so many path components; None where several do."""
    found: dict[str, str | None] = {}
    for name in names:
        for ending in _endings(name):
            found[ending] = None if ending in found else name
    return found


def _endings(name: str) -> Iterator[str]:
    """What a name ends with, from the whole of it to its last component."""
    yield name
    while "/" in name:
        name = name.partition("/")[2]
        yield name


def _nearest(name: str, by_ending: Mapping[str, str | None]) -> str | None:
    """The name with the longest common ending; None where two have it."""
    return next((by_ending[ending] for ending in _endings(name) if ending in by_ending), None)


def _common_ending(one: str, other: str) -> int:
    """How many path components two names end with alike."""
    common = 0
    for mine, yours in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if mine != yours:
            break
        common += 1
    return common


def _is_same(one: str, ones: Collection[str], other: str, others: Collection[str]) -> bool:
    common = _common_ending(one, other)
    if common > 1 and common == min(one.count("/"), other.count("/")) + 1:
        return True
    shared = set(ones) & set(others)
    return bool(shared - {_MODULE}) or set(ones) == set(others) == {_MODULE}
