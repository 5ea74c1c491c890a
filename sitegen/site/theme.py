"""Themes: a directory with `theme.toml`, `templates/` and `static/`, found by name or by path.

A theme can extend another: what it does not have itself is taken from there, template by template and
file by file.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from itertools import chain
from pathlib import Path

import jinja2
import msgspec
import rcssmin
import rjsmin

from sitegen.capture.leads_to import is_file
from sitegen.errors import ConfigError, did_you_mean
from sitegen.site import urls
from sitegen.toml_text import parse_toml

_PACKAGE = Path(__file__).resolve().parent.parent
# In a wheel themes lie inside the package, in a checkout beside it.
_THEME_DIRECTORIES = (_PACKAGE / "_themes", _PACKAGE.parent / "themes")


class _ThemeFile(msgspec.Struct, forbid_unknown_fields=True):
    """theme.toml"""

    title: str
    extends: str | None = None
    scripts: tuple[str, ...] | None = None
    styles: tuple[str, ...] | None = None
    charts: tuple[str, ...] | None = None
    viewer: tuple[str, ...] | None = None


class Theme(msgspec.Struct, frozen=True):
    """A theme with all that it extends, nearest first.

    `directories` are the theme's own and those of what it extends; `extra` are directories of templates that
    reporters bring. `assets` maps a static file's name to its content. `scripts` and `styles` are those that
    every page loads, in order; `charts` are the scripts of pages with charts, `viewer` those of pages with a flame
    graph besides: each the one file that all of its scripts are joined to. `digest` changes whenever anything of
    the theme does.
    """

    name: str
    directories: tuple[Path, ...]
    extra: tuple[Path, ...]
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    charts: tuple[str, ...]
    viewer: tuple[str, ...]
    assets: dict[str, bytes]
    digest: str

    @property
    def built_in(self) -> bool:
        """Whether it is one of sitegen's own."""
        return self.directories[0].parent in _THEME_DIRECTORIES

    def asset_url(self, name: str) -> str:
        """Where a static file lies in the site. Raises KeyError for one that the theme does not have."""
        return urls.asset(name, _fingerprint(self.assets[name]))

    def loader(self) -> jinja2.BaseLoader:
        """Finds templates in the theme, then in what it extends, then those that reporters bring.

        `THEME/NAME` names a template of one theme: how a template extends the one that it replaces.
        """
        own = [directory / "templates" for directory in self.directories]
        by_name = {
            directory.name: jinja2.FileSystemLoader(directory / "templates") for directory in self.directories
        }
        return jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(own),
                jinja2.PrefixLoader(by_name),
                jinja2.FileSystemLoader(self.extra),
            ]
        )


@cache
def _fingerprint(content: bytes) -> str:
    # Remembered: every page names every script.
    return hashlib.sha256(content).hexdigest()[:8]


def load_theme(name: str, extra: tuple[Path, ...] = ()) -> Theme:
    """The theme of this name, or in this directory, with templates from `extra` directories.

    Raises ConfigError for none, or a broken one.
    """
    directories: list[Path] = []
    settings: list[_ThemeFile] = []
    wanted: str | None = name
    while wanted is not None:
        directory = _find(wanted, beside=directories[-1].parent if directories else None)
        if directory in directories:
            raise ConfigError(f"The theme '{name}' extends itself.", f"See {directory / 'theme.toml'}.")
        directories.append(directory)
        settings.append(_read(directory))
        wanted = settings[-1].extends
    assets = _assets(directories)
    lists = {
        kind: next((files for s in settings if (files := getattr(s, kind)) is not None), ())
        for kind in ("styles", "scripts", "charts", "viewer")
    }
    for file in chain(*lists.values()):
        if file not in assets:
            raise ConfigError(f"The theme '{name}' names static/{file}, which it does not have.")
    joined = {kind: _join(kind, lists[kind], assets) for kind in ("scripts", "charts", "viewer")}
    for file in {*lists["scripts"], *lists["charts"], *lists["viewer"]}:
        del assets[file]
    templates = [*(directory / "templates" for directory in directories), *extra]
    digest = _digest(templates, assets, lists["styles"])
    return Theme(name, tuple(directories), extra, **(lists | joined), assets=assets, digest=digest)


def _join(kind: str, files: tuple[str, ...], assets: dict[str, bytes]) -> tuple[str, ...]:
    """Adds one asset that is all these files, so that a page names and fetches one; gives its name."""
    if not files:
        return ()
    name = f"{kind}-all.js"
    assets[name] = b";".join(assets[file].rstrip(b";") for file in files)
    return (name,)


def theme_names() -> list[str]:
    """The themes that come with sitegen."""
    return sorted(
        {path.parent.name for directory in _THEME_DIRECTORIES for path in directory.glob("*/theme.toml")}
    )


def _find(name: str, beside: Path | None) -> Path:
    candidates = [Path(name)] if "/" in name or name.startswith(".") else []
    if re.fullmatch(r"[\w-]+", name):
        candidates += [directory / name for directory in (beside, *_THEME_DIRECTORIES) if directory]
        candidates.append(Path(name))
    for candidate in candidates:
        if is_file(candidate / "theme.toml"):
            return Path(os.path.realpath(candidate))
    raise ConfigError(f"There is no theme '{name}'.", did_you_mean(name, theme_names()))


def _read(directory: Path) -> _ThemeFile:
    file = directory / "theme.toml"
    try:
        return msgspec.convert(parse_toml(file.read_text("utf-8")), _ThemeFile)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None


def _assets(directories: list[Path]) -> dict[str, bytes]:
    assets: dict[str, bytes] = {}
    for directory in reversed(directories):
        static = directory / "static"
        for file in sorted(static.rglob("*")):
            if is_file(file) and not file.name.startswith("."):
                assets[file.relative_to(static).as_posix()] = _small(file)
    return assets


def _small(file: Path) -> bytes:
    """A static file's content; scripts and styles without their comments and white space."""
    if file.suffix == ".js":
        return str(rjsmin.jsmin(_text(file))).encode()
    if file.suffix == ".css":
        return str(rcssmin.cssmin(_text(file))).encode()
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from None


def _text(file: Path) -> str:
    """A template, script or style. Raises ConfigError where it is no text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8: {error}") from None
    except OSError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{file} cannot be read: {error.strerror}")


def _digest(templates: list[Path], assets: dict[str, bytes], styles: tuple[str, ...]) -> str:
    """A SHA-256 of all that pages are drawn with. Which scripts they load shows in what these are joined to."""
    digest = hashlib.sha256("\0".join(styles).encode())
    for directory in templates:
        for file in filter(is_file, sorted(directory.rglob("*.*"))):
            digest.update(f"{file.relative_to(directory)}\0{_text(file)}\0".encode())
    for name, content in sorted(assets.items()):
        digest.update(f"{name}\0".encode() + content + b"\0")
    return digest.hexdigest()
