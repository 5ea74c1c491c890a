"""Leaks that are known and meant: in the form of LeakSanitizer, and the interpreter's own caches.

A line is `leak:PATTERN`. The pattern is looked for in the function, file and package names of every frame of
a stack; `*` stands for anything, `^` and `$` for the name's start and end. `#` begins a comment line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

import msgspec

from sitegen.model import NO_FRAMES, ROOT, Analysis


class Suppression(msgspec.Struct, frozen=True):
    """A pattern, and why what it matches is no leak. Built-in ones look at the frame that allocates alone."""

    pattern: str
    reason: str = ""
    built_in: bool = False

    def matches(self, *names: str) -> bool:
        """Whether any of the names matches."""
        return any(_regex(self.pattern).match(name) for name in names)


_CLASSES = "Classes live as long as the module that made them."
_PATTERNS = "Compiled patterns are kept, up to a few hundred."
_IMPORTS = "Code and modules that were imported live as long as the process."

# Each is matched against the allocating frame alone: what a module allocates for itself while it is imported
# may well be a leak.
BUILT_IN = (
    Suppression("^<frozen importlib", _IMPORTS, True),
    Suppression("^<frozen zipimport>$", _IMPORTS, True),
    Suppression("^re/_*.py$", _PATTERNS, True),
    Suppression("^re/__init__.py$", _PATTERNS, True),
    Suppression("^sre_*.py$", _PATTERNS, True),
    Suppression("^linecache.py$", "Source lines are kept for tracebacks, each file once.", True),
    Suppression("^encodings/__init__.py$", "Each codec is looked up once and kept.", True),
    Suppression("^abc.py$", "Abstract classes remember which classes they have seen. " + _CLASSES, True),
    Suppression(
        "^<frozen abc>$", "Abstract classes remember which classes they have seen. " + _CLASSES, True
    ),
    Suppression("^enum.py$", _CLASSES, True),
    Suppression("^typing.py$", "Generic types are kept once made, up to a hundred for each.", True),
    Suppression("^dataclasses.py$", _CLASSES, True),
    Suppression("^namedtuple$", _CLASSES, True),
)


def parse_suppressions(text: str) -> tuple[Suppression, ...]:
    """The suppressions of a file. The comment lines right above one are its reason.

    Raises ValueError, with the line's number, for a line that is neither `leak:PATTERN` nor a comment.
    """
    suppressions: list[Suppression] = []
    comment: list[str] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line.startswith("#"):
            comment.append(line.lstrip("#").strip())
            continue
        if line:
            kind, colon, pattern = line.partition(":")
            if kind.strip() != "leak" or not colon or not pattern.strip():
                raise ValueError(f"line {number}: {line!r} is no suppression: write leak:PATTERN")
            suppressions.append(Suppression(pattern.strip(), " ".join(comment)))
        comment = []
    return tuple(suppressions)


def suppressed_nodes(analysis: Analysis, suppressions: Sequence[Suppression]) -> dict[int, Suppression]:
    """The nodes of the tree whose stacks are suppressed, each with the first suppression that matches."""
    if not suppressions:
        return {}
    frames, tree = analysis.frames, analysis.tree
    by_frame: list[Suppression | None] = []
    for function, file in zip(frames.function, frames.file, strict=True):
        source = frames.files[file]
        names = (frames.functions[function], source.name, source.path, source.package)
        by_frame.append(_first(suppressions, names))
    found: dict[int, Suppression] = {}
    if by := _first(suppressions, (NO_FRAMES,)):
        found[ROOT] = by
    for node, (frame, parent) in enumerate(zip(tree.frame, tree.parent, strict=True)):
        if node == ROOT:
            continue
        by = by_frame[frame]
        above = found.get(parent) if parent != ROOT else None
        if above and not above.built_in:
            by = above
        if by:
            found[node] = by
    return found


def _first(suppressions: Iterable[Suppression], names: Sequence[str]) -> Suppression | None:
    return next((suppression for suppression in suppressions if suppression.matches(*names)), None)


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """What matches a name from its start. Each part is looked for once, right behind the one before: where one is not
    found, it would not be found behind a later one either, and names can be long."""
    start, end = pattern.startswith("^"), pattern.endswith("$")
    first, *parts = map(re.escape, pattern[start : len(pattern) - end].split("*"))
    parts = [first if start else f".*?{first}", *(f".*?{part}" for part in parts)]
    if end:  # the last may come several times before the end
        parts[-1] = parts[-1].replace(".*?", ".*", 1) + r"\Z"
    return re.compile("".join(f"(?>{part})" for part in parts), re.DOTALL)
