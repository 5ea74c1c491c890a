"""What several commands are given in the same words: arguments and options, and the configuration they make."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from sitegen.capture.interrupts import held_back
from sitegen.config import Config
from sitegen.config_file import load_config
from sitegen.console import warn
from sitegen.errors import SitegenError

F = TypeVar("F", bound=Callable[..., Any])

captures_argument = click.argument("captures", nargs=-1, type=click.Path(path_type=Path))
config_option = click.option(
    "--config", "config_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The configuration. Not given: sitegen.toml, or [tool.sitegen] in pyproject.toml.",
)  # fmt: skip


history_option = click.option(
    "--history", multiple=True, type=click.Path(path_type=Path), metavar="SITE",
    help="A site built before, whose runs are shown beside the new ones. Can be repeated.",
)  # fmt: skip


store_option = click.option(
    "--store", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Where analyses are kept between builds.",
)  # fmt: skip


def reading_options(command: F) -> F:
    """The options of every command that reads captures."""
    for option in reversed(
        (
            click.option("--jobs", type=click.IntRange(1), metavar="N", help="Captures read at once."),
            click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
                         help="How long one capture may take."),
            click.option("--memory", metavar="SIZE", help="How much memory reading one capture may take."),
            click.option("--module", "modules", multiple=True, metavar="NAME",
                         help="A module whose instances file names continue. Can be repeated."),
            click.option("--temporary-threshold", type=click.IntRange(0), metavar="N",
                         help="Allocations that may come before a temporary one is freed."),
            click.option("--max-memory-records", type=click.IntRange(1), metavar="N",
                         help="Most points of a memory chart."),
            store_option,
        )
    ):  # fmt: skip
        command = option(command)
    return command


site_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Where the site is written.",
)  # fmt: skip


theme_option = click.option("--theme", metavar="NAME", help="A theme's name or directory.")
base_url_option = click.option("--base-url", metavar="URL", help="Where the site will be published.")


def configuration_to_read(file: Path | None, captures: tuple[Path, ...], options: dict[str, Any]) -> Config:
    """The configuration of a command that reads captures. Its store can be written, if need be for this once."""
    from sitegen.capture.store import can_keep
    from sitegen.config import DEFAULT_STORE

    config = configuration(file, captures, options)
    store = config.store or DEFAULT_STORE
    return config if can_keep(store) else replace(config, store=_passing_store(store))


@cache
def _passing_store(instead_of: Path) -> Path:
    """A store that is gone when the program ends. Says so."""
    try:
        with held_back():
            store = Path(mkdtemp(prefix="sitegen-"))
            atexit.register(rmtree, store, ignore_errors=True)
    except OSError:
        raise SitegenError(
            "There is no directory for temporary files", "Set TMPDIR to one that can be written."
        ) from None
    warn(
        f"Nothing can be kept in {instead_of}: captures will be read again next time. "
        "Name a directory that can be written with --store, or `store` in the configuration.",
    )
    return store


def configuration(file: Path | None, captures: tuple[Path, ...], options: dict[str, Any]) -> Config:
    """The configuration of the file, or of the defaults, with what the command line says on top.

    Raises ConfigError for the file, click.BadParameter for the command line.
    """
    from sitegen.config_values import web_address
    from sitegen.units import parse_size

    config = load_config(file, Path())
    given = {name: value for name, value in options.items() if value not in (None, ())}
    for name, read in (("memory", parse_size), ("base_url", web_address)):
        if name in given:
            try:
                given[name] = read(given[name])
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint=f"--{name.replace('_', '-')}") from None
    if captures:
        given["captures"] = captures
    return replace(config, **given)
