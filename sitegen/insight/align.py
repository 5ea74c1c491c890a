"""Which files of two captures are one file, where two machines kept the project under different roots.

Files are matched by name. What is left over differs by its leading directories at most: `src/app/db.py`
here, `app/db.py` there. Such files are paired by the longest path they end with alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

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
        nearest = {name: _nearest(name, ours) for name in theirs}
        back = {name: _nearest(name, theirs) for name in ours}
        for name, found in nearest.items():
            if found and back[found] == name and _is_same(found, base[found], name, head[name]):
                pairs[found] = name
    return pairs


def _by_basename(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=_from_the_end):
        groups[name.rpartition("/")[2]].append(name)
    return groups


def _from_the_end(name: str) -> list[str]:
    """The components of a path: what is sorted by them has alike endings side by side."""
    return name.split("/")[::-1]


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """The one with the longest common ending; None where two have it. `names` are sorted by theirs."""
    at = bisect_left(names, _from_the_end(name), key=_from_the_end)
    near = {other: _common_ending(name, other) for other in names[max(at - 2, 0) : at + 2]}
    longest = max(near.values())
    found = [other for other, common in near.items() if common == longest]
    return found[0] if len(found) == 1 else None


def _common_ending(one: str, other: str) -> int:
    """How many path components two names end with alike."""
    common = 0
    for mine, yours in zip(_from_the_end(one), _from_the_end(other), strict=False):
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
