"""The command line. The only file that ends the program; what it prints goes through `console`."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

import sitegen
from sitegen import console as say
from sitegen.capture.interrupts import one_interrupt
from sitegen.cli_options import (
    base_url_option,
    captures_argument,
    config_option,
    configuration,
    configuration_to_read,
    history_option,
    reading_options,
    site_option,
    store_option,
    theme_option,
)
from sitegen.errors import SitegenError

# Heavy imports stand in the commands that need them: `sitegen --help` answers at once.

BY_SIGNAL = 128
"""What a shell gives a program that a signal ended: this and the signal's number."""

LOOK_FOR_GARBAGE = 20_000
"""The garbage collector's first threshold, in objects. A command makes hardly any garbage that needs it: what refers to
itself in a circle."""

LOOK_FOR_OLD_PAGES = 5_000, 40
"""The first two thresholds while a site is built. What a template has drawn is such a circle, with all that its page
showed: young objects are looked at four times as often, what stayed once as seldom as before (40 times 5,000 are
Python's 10 times 20,000)."""

OUT_OF_ROOM = "Make room where it goes, check its permissions, and allow enough open files (`ulimit -n`)."


class Command(click.Command):
    """Is listed with its whole sentence, on as many lines as it takes."""

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - click's signature
        return super().get_short_help_str(len(self.help or ""))


class Group(click.Group):
    """Turns every SitegenError into a message and an exit code, and lists commands as they are written."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with one_interrupt():
                return super().invoke(ctx)
        except SitegenError as error:
            say.error(error.message, error.hint)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            raise  # whoever read the output has enough of it: click ends the program without a word
        except OSError as error:
            # Of files everybody tells for themselves: this is standard output, or the system in need.
            what = error.filename or "The output"
            say.error(f"{what} cannot be used: {error.strerror or error}", OUT_OF_ROOM)
            _give_up_output()
            ctx.exit(SitegenError.exit_code)
        except KeyboardInterrupt as interrupt:
            (number,) = interrupt.args or (signal.SIGINT,)
            ctx.exit(BY_SIGNAL + number)


def _give_up_output() -> None:
    """What is still to be written to standard output goes nowhere: at the end it would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _stand_in_for_closed_streams() -> None:
    """What is opened later does not get their numbers: workers, and native code, write to 1 and 2 whatever that is."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sitegen.__version__, prog_name="sitegen")
def main() -> None:
    """Turn memray captures into a static site: every capture, every module over time, every pair of runs."""
    _stand_in_for_closed_streams()
    gc.set_threshold(LOOK_FOR_GARBAGE)
    atexit.register(gc.freeze)  # nor is it looked for at the end, among all that is still there


@main.command()
@captures_argument
@site_option
@config_option
@reading_options
@click.option("--title", help="The site's title.")
@theme_option
@click.option("--report", "reports", multiple=True, metavar="NAME", help="A report to make. Can be repeated.")
@base_url_option
@history_option
@click.option("--strict", is_flag=True, default=None, help="End with 1 when there are warnings.")
def build(captures: tuple[Path, ...], config_file: Path | None, **options: Any) -> None:
    """Build the site of CAPTURES: files and directories, memray captures and bundles alike."""
    from sitegen.build import build as build_site

    gc.set_threshold(*LOOK_FOR_OLD_PAGES)
    config = configuration_to_read(config_file, captures, options)
    with say.Reading() as reading:
        built = build_site(config, reading)
    for text in (*built.read.warnings, *built.hosting):
        say.warn(text)
    say.listed(built.lines())
    if config.strict and (built.read.warnings or built.read.broken):
        raise click.exceptions.Exit(1)


@main.command()
@captures_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              required=True, help="Where the bundles are written.")  # fmt: skip
@config_option
@reading_options
def analyze(captures: tuple[Path, ...], config_file: Path | None, output: Path, **options: Any) -> None:
    """Write a bundle for every capture, to carry elsewhere and build from there."""
    from sitegen.bundling import write_bundles

    config = configuration_to_read(config_file, captures, options)
    with say.Reading() as reading:
        written = write_bundles(config, output, reading)
    for text in written.warnings:
        say.warn(text)
    say.listed(written.lines())


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
@theme_option
@click.option("--base-url", metavar="URL", help="Where the site will be published. Serves under its path.")
@history_option
def serve(
    captures: tuple[Path, ...], host: str, port: int, opens: bool, no_reload: bool, poll: bool,
    output: Path | None, config_file: Path | None, **options: Any,
) -> None:  # fmt: skip
    """Build the site of CAPTURES, serve it, and build again when something changes."""
    from sitegen.capture.walk import check
    from sitegen.config import FILE_NAME
    from sitegen.preview.serve import Serving
    from sitegen.preview.serve import serve as serve_site
    from sitegen.preview.telling import Telling
    from sitegen.preview.watch import polling_wanted

    for path in captures:
        check(path)
    how = Serving(host, port, output, opens, not no_reload, poll or polling_wanted())
    places = (config_file,) if config_file else (Path(FILE_NAME), Path("pyproject.toml"))
    telling = Telling(sys.stdout, sys.stderr)
    serve_site(partial(configuration_to_read, config_file, captures, options), places, how, telling)


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
    from sitegen.comparing import load, read_one
    from sitegen.exports import export as exported
    from sitegen.gathering import store_of
    from sitegen.model import View

    config = configuration_to_read(config_file, (), options)
    store = store_of(config)
    with say.Reading() as reading:
        read = read_one(capture, config, store, reading)
    data = exported(load(read, store), View(view), form)
    if output is None:
        say.result(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        hint = "Check its permissions and free space, or name another file with -o."
        raise SitegenError(f"{output} cannot be written: {error.strerror or error}", hint) from None


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

    config = configuration_to_read(config_file, (), options)
    with say.Reading() as reading:
        compared = compare_paths(base, head, metric, config, reading)
    for text in compared.warnings:
        say.warn(text)
    say.result(f"{compared.written(form)}\n")


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

    config = configuration_to_read(config_file, captures, options)
    with say.Reading() as reading:
        checked = judge(config, run, reading)
    for text in checked.warnings:
        say.warn(text)
    say.result(f"{written(checked, form)}\n")
    if form == "github":
        write_summary(checked)
    if checked.fails(strict=config.strict):
        raise click.exceptions.Exit(1)


@main.command()
@config_option
@store_option
def clean(config_file: Path | None, **options: Any) -> None:
    """Remove the analyses that are kept between builds."""
    from sitegen.gathering import store_of
    from sitegen.units import format_size

    store = store_of(configuration(config_file, (), options))
    say.result(f"{format_size(store.clean())} removed from {store.directory}\n")


@main.command(
    context_settings={"ignore_unknown_options": True},
    options_metavar="-m NAME --",
    epilog="""\b
    For example:
      sitegen record -m app.web -- python -m app.web --port 8080

    Captures go to captures/RUN/, RUN being the time of the start, unless SITEGEN_CAPTURES and SITEGEN_RUN name
    other places.""",
)
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

    if not name.partition(":")[0].strip():
        raise click.BadParameter("a module needs a name: MODULE or MODULE:INSTANCE", param_hint="--module")
    recorded = record_program(name, list(program), os.environ)
    if recorded.captures:
        for capture in recorded.captures:
            say.line(f"Recorded {capture} ({format_size(capture.stat().st_size)}).")
        root = recorded.captures[0].parent.parent
        say.line(f"Build the site with: sitegen build {shlex.quote(str(root))} -o site")
    else:
        say.warn("nothing was recorded: no Python began here that can import sitegen")
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

    say.listed(write_starters(directory, hosts, requirement, force=force).lines())
