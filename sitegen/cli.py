"""The command line. The only file that ends the program; what it prints goes through `console`."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, TypeVar

import click
from rich.console import Console

import sitegen
from sitegen import console as say
from sitegen.config import Config, load_config
from sitegen.errors import SitegenError

# Heavy imports stand in the commands that need them: `sitegen --help` answers at once.

INTERRUPTED = 130
"""What a shell gives a program that Ctrl-C ended: 128 and the signal's number."""

OUT_OF_ROOM = "Make room where it goes, check its permissions, and allow enough open files (`ulimit -n`)."

F = TypeVar("F", bound=Callable[..., Any])


class Group(click.Group):
    """Turns every SitegenError into a message and an exit code, and lists commands as they are written."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SitegenError as error:
            say.error(_stderr(), error.message, error.hint)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            raise  # whoever read the output has enough of it: click ends the program without a word
        except OSError as error:
            # Of files everybody tells for themselves: this is standard output, or the system in need.
            what = error.filename or "The output"
            say.error(_stderr(), f"{what} cannot be used: {error.strerror or error}", OUT_OF_ROOM)
            _give_up_output()
            ctx.exit(SitegenError.exit_code)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _give_up_output() -> None:
    """What is still to be written to standard output goes nowhere: at the end it would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _stderr() -> Console:
    return Console(stderr=True)


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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sitegen.__version__, prog_name="sitegen")
def main() -> None:
    """Turn memray captures into a static site: every capture, every module over time, every pair of runs."""


@main.command()
@captures_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Where the site is written.")  # fmt: skip
@config_option
@reading_options
@click.option("--title", help="The site's title.")
@click.option("--theme", metavar="NAME", help="A theme's name or directory.")
@click.option("--report", "reports", multiple=True, metavar="NAME", help="A report to make. Can be repeated.")
@click.option("--base-url", metavar="URL", help="Where the site will be published.")
@history_option
@click.option("--strict", is_flag=True, default=None, help="End with 1 when there are warnings.")
def build(captures: tuple[Path, ...], config_file: Path | None, **options: Any) -> None:
    """Build the site of CAPTURES: files and directories, memray captures and bundles alike."""
    from sitegen.build import build as build_site

    config = _configured(config_file, captures, options)
    stderr = _stderr()
    with say.Reading(stderr) as reading:
        built = build_site(config, reading)
    for text in (*built.gathered.warnings, *built.hosting):
        say.warn(stderr, text)
    for line in built.lines():
        click.echo(line)
    if config.strict and (built.gathered.warnings or built.gathered.broken):
        raise click.exceptions.Exit(1)


@main.command()
@captures_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              required=True, help="Where the bundles are written.")  # fmt: skip
@config_option
@reading_options
def analyze(captures: tuple[Path, ...], config_file: Path | None, output: Path, **options: Any) -> None:
    """Write a bundle for every capture, to carry elsewhere and build from there."""
    from sitegen.build import write_bundles

    config = _configured(config_file, captures, options)
    stderr = _stderr()
    with say.Reading(stderr) as reading:
        written = write_bundles(config, output, reading)
    for text in written.warnings:
        say.warn(stderr, text)
    for line in written.lines():
        click.echo(line)


@main.command()
@captures_argument
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="HOST",
    help="The address to serve at. The default is this machine's alone.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="PORT",
    help="The port. Where it is taken, the next free one.",
)
@click.option("--open", "opens", is_flag=True, help="Open the site in a browser.")
@click.option("--no-reload", is_flag=True, help="Build once, and serve exactly what `build` would write.")
@click.option(
    "--poll", is_flag=True, help="Look for changes: over networks and into containers nobody tells."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the site is written. Not given: a directory that is removed at the end.",
)
@config_option
@reading_options
@click.option("--theme", metavar="NAME", help="A theme's name or directory.")
@click.option("--base-url", metavar="URL", help="Where the site will be published. Serves under its path.")
@click.option("--history", multiple=True, type=click.Path(path_type=Path), metavar="SITE",
              help="A site built before, whose runs are shown too. Can be repeated.")  # fmt: skip
def serve(
    captures: tuple[Path, ...], host: str, port: int, opens: bool, no_reload: bool, poll: bool,
    output: Path | None, config_file: Path | None, **options: Any,
) -> None:  # fmt: skip
    """Build the site of CAPTURES, serve it, and build again when something changes."""
    from sitegen.config import FILE_NAME
    from sitegen.preview.serve import Serving
    from sitegen.preview.serve import serve as serve_site
    from sitegen.preview.telling import Telling
    from sitegen.preview.watch import polling_wanted

    for path in captures:
        if not path.exists():
            raise SitegenError(f"{path} does not exist", "Name captures, bundles, or directories of them.")
    how = Serving(host, port, output, opens, not no_reload, poll or polling_wanted())
    places = (config_file,) if config_file else (Path(FILE_NAME), Path("pyproject.toml"))
    telling = Telling(Console(), _stderr())
    serve_site(partial(_configured, config_file, captures, options), places, how, telling)


@main.command()
@click.argument("capture", type=click.Path(path_type=Path))
@click.option("--format", "form", required=True, help="Whose format.",
              type=click.Choice(["speedscope", "collapsed", "csv", "json"]))  # fmt: skip
@click.option("--view", default="peak", show_default=True, help="Which memory.",
              type=click.Choice(["peak", "leaks", "temporary"]))  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Where to. Not given: standard output.")  # fmt: skip
@config_option
@reading_options
def export(
    capture: Path, form: str, view: str, output: Path | None, config_file: Path | None, **options: Any
) -> None:
    """Write CAPTURE, a capture or a bundle, in a format that other tools read."""
    from sitegen.build import store_of
    from sitegen.comparing import load, read_one
    from sitegen.exports import export as exported
    from sitegen.model import View

    config = _configured(config_file, (), options)
    store = store_of(config)
    with say.Reading(_stderr()) as reading:
        read = read_one(capture, config, store, reading)
    data = exported(load(read, store), View(view), form)
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise SitegenError(f"{output} cannot be written: {error.strerror}") from None


@main.command()
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@click.option("--format", "form", default="text", type=click.Choice(["text", "json", "markdown"]),
              show_default=True, help="How the comparison is written.")  # fmt: skip
@click.option("--metric", default="peak", type=click.Choice(["peak", "leaks", "allocations"]),
              show_default=True, help="What is compared.")  # fmt: skip
@config_option
@reading_options
def compare(base: Path, head: Path, form: str, metric: str, config_file: Path | None, **options: Any) -> None:
    """Say what changed from BASE to HEAD: captures, bundles, or directories of runs."""
    from sitegen.comparing import compare_paths

    config = _configured(config_file, (), options)
    stderr = _stderr()
    with say.Reading(stderr) as reading:
        compared = compare_paths(base, head, metric, config, reading)
    for text in compared.warnings:
        say.warn(stderr, text)
    click.echo(compared.written(form))


@main.command()
@captures_argument
@config_option
@history_option
@reading_options
@click.option("--run", metavar="RUN", help="The run that is judged. Not given: the newest.")
@click.option("--strict", is_flag=True, default=None, help="End with 1 for warnings too.")
@click.option("--format", "form", default="text", show_default=True, help="How the findings are written.",
              type=click.Choice(["text", "json", "markdown", "github", "benchmark"]))  # fmt: skip
def check(
    captures: tuple[Path, ...], config_file: Path | None, run: str | None, form: str, **options: Any
) -> None:
    """Judge the newest run of CAPTURES by its budgets and its history; end with 1 when it fails."""
    from sitegen.checking import check as judge
    from sitegen.checking import write_summary, written

    config = _configured(config_file, captures, options)
    stderr = _stderr()
    with say.Reading(stderr) as reading:
        checked = judge(config, run, reading)
    for text in checked.warnings:
        say.warn(stderr, text)
    click.echo(written(checked, form))
    if form == "github":
        write_summary(checked)
    if checked.fails(strict=config.strict):
        raise click.exceptions.Exit(1)


@main.command()
@config_option
@store_option
def clean(config_file: Path | None, **options: Any) -> None:
    """Remove the analyses that are kept between builds."""
    from sitegen.build import store_of
    from sitegen.units import format_size

    store = store_of(_settings(config_file, (), options))
    click.echo(f"{format_size(store.clean())} removed from {store.directory}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "-m",
    "--module",
    "name",
    required=True,
    metavar="NAME",
    help="What is recorded: MODULE or MODULE:INSTANCE.",
)
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def record(ctx: click.Context, name: str, program: tuple[str, ...]) -> None:
    """Run PROGRAM, a Python program with its arguments after `--`, and record it as NAME."""
    import shlex

    from sitegen.recorder.program import record_program
    from sitegen.units import format_size

    recorded = record_program(name, list(program), os.environ)
    if recorded.captures:
        for capture in recorded.captures:
            click.echo(f"Recorded {capture} ({format_size(capture.stat().st_size)}).", err=True)
        root = recorded.captures[0].parent.parent
        click.echo(f"Build the site with: sitegen build {shlex.quote(str(root))} -o site", err=True)
    else:
        say.warn(_stderr(), "nothing was recorded: no Python began here that can import sitegen")
    ctx.exit(recorded.exit_code)


@main.command()
@click.argument("directory", default=".", metavar="[DIR]",
                type=click.Path(path_type=Path, file_okay=False))  # fmt: skip
@click.option("--with", "hosts", multiple=True,
              type=click.Choice(["github-pages", "netlify", "gitlab-pages", "jenkins"]),
              help="Write the CI or hosting files for this, too. Can be repeated.")  # fmt: skip
@click.option("--install", "requirement", metavar="REQUIREMENT",
              help="What pip installs sitegen by in CI. Not given: as this one was installed.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write anew what is there already.")
def init(directory: Path, hosts: tuple[str, ...], requirement: str | None, force: bool) -> None:
    """Write a commented sitegen.toml into DIR and, when asked, CI and hosting files."""
    from sitegen.starters import write_starters

    for line in write_starters(directory, hosts, requirement, force=force).lines():
        click.echo(line)


def _configured(file: Path | None, captures: tuple[Path, ...], options: dict[str, Any]) -> Config:
    """The settings of a command that reads captures: with a store that can be written, for this once if need be."""
    from sitegen.capture.store import can_keep
    from sitegen.config import DEFAULT_STORE

    config = _settings(file, captures, options)
    store = config.store or DEFAULT_STORE
    return config if can_keep(store) else replace(config, store=_passing_store(store))


@cache
def _passing_store(instead_of: Path) -> Path:
    """A store that is gone when the program ends. Says so."""
    try:
        store = Path(mkdtemp(prefix="sitegen-"))
    except OSError:
        raise SitegenError(
            "There is no directory for temporary files", "Set TMPDIR to one that can be written."
        ) from None
    atexit.register(rmtree, store, ignore_errors=True)
    say.warn(
        _stderr(),
        f"Nothing can be kept in {instead_of}: captures will be read again next time. "
        "Name a directory that can be written with --store, or `store` in the configuration.",
    )
    return store


def _settings(file: Path | None, captures: tuple[Path, ...], options: dict[str, Any]) -> Config:
    """The configuration with what the command line says on top."""
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
