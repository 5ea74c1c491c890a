"""Frame identity: what makes two machines and two commits comparable.

A capture names files as one machine kept them. They are shown and matched as module paths instead:
`pandas/core/frame.py`, `json/decoder.py`, or relative to the project.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

from sitegen.model import Origin, SearchPaths, SourceFile

_SITE_PACKAGES = re.compile(r"/(?:site|dist)-packages/")
_STDLIB = re.compile(r"/lib(?:64)?/python3(?:\.\d+)?t?/|/python3\d*\.zip/")
_FROZEN = re.compile(r"<frozen ([\w.]+)>")
_SHARED_LIBRARY = re.compile(r"\.(?:so|dylib)(?:\.|$)")

_AT_HAND = 1 << 14
"""So many files are named once."""

_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})


def is_comprehension(function: str) -> bool:
    """Whether a frame of this name counts for the function that calls it.

    Python 3.12 has no such frames any more (PEP 709); this is how captures of 3.11 compare with it.
    """
    return function in _COMPREHENSIONS


class FileNames:
    """Names files as `SourceFile`s by the search paths of the process: `python` that of a Python frame, `native` a
    C source, or a library where no source is known.
    """

    def __init__(self, search_paths: SearchPaths) -> None:
        self._installed = [_directory(path) for path in search_paths.site_packages]
        self._stdlib = [_directory(search_paths.stdlib)] if search_paths.stdlib else []
        self._project = [
            _directory(path) for path in search_paths.sys_path if path and not path.endswith(".zip")
        ]
        self.python = lru_cache(_AT_HAND)(self._python)
        self.native = lru_cache(_AT_HAND)(_native)

    def _python(self, path: str) -> SourceFile:
        if frozen := _FROZEN.fullmatch(path):
            return SourceFile(path, path, frozen[1].lstrip("_").partition(".")[0], Origin.STDLIB)
        for directories, origin in (
            (self._installed, Origin.INSTALLED),
            (self._stdlib, Origin.STDLIB),
            (self._project, Origin.PROJECT),
        ):
            for directory in directories:
                if path.startswith(directory):
                    return _named(path, path[len(directory) :], origin)
        if parts := _SITE_PACKAGES.split(path)[1:]:
            return _named(path, parts[-1], Origin.INSTALLED)
        if parts := _STDLIB.split(path)[1:]:
            return _named(path, parts[-1], Origin.STDLIB)
        # Two levels tell one `__init__.py` or `utils.py` from another without telling the machine.
        return _named(path, _short(path), Origin.PROJECT)


@lru_cache(maxsize=1)
def file_names(search_paths: SearchPaths | None) -> FileNames:
    """What names the files of a process. The next capture is most likely one with the same search paths and files."""
    return FileNames(search_paths or SearchPaths())


def _directory(path: str) -> str:
    return path.rstrip("/") + "/"


def _named(path: str, name: str, origin: Origin) -> SourceFile:
    name = name or path
    top = name.partition("/")[0]
    return SourceFile(path, name, top.removesuffix(".py") or name, origin)


def _native(path: str) -> SourceFile:
    if not path or path.startswith("<"):
        return SourceFile(path, path, "native", Origin.NATIVE)
    last = PurePosixPath(path).name
    if _SHARED_LIBRARY.search(last):
        return SourceFile(path, last, last.partition(".")[0], Origin.NATIVE)
    return SourceFile(path, _short(path) or path, "native", Origin.NATIVE)


def _short(path: str) -> str:
    """Its last two parts; nothing of a path that has none, as "." and "/"."""
    return "/".join(PurePosixPath(path).parts[-2:]).lstrip("/")
