"""Makes the parts of the documentation that the code knows best: `python docs/make.py`.

They stand between `<!-- made by docs/make.py: NAME -->` and `<!-- end -->`. A test compares them with the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sitegen.cli import main  # noqa: E402 - the checkout's own
from sitegen.config import describe_keys  # noqa: E402
from sitegen.site.host_limits import HOSTS  # noqa: E402
from sitegen.units import format_size  # noqa: E402

_MADE = re.compile(r"(<!-- made by docs/make\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def remade(text: str) -> str:
    """A document with its made parts made again."""
    return _MADE.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[3]}", text)


def keys() -> str:
    """The keys of the configuration, a table for each of its tables."""
    titles = {"": "## The top level", "findings": "## [findings]", "budgets": '## [budgets."MODULE"]'}
    lines: list[str] = []
    for key in describe_keys():
        table, _, name = key.key.rpartition(".")
        title = titles.pop(table.partition(".")[0], None)
        if title:
            lines += ["", title, "", "| key | takes | default | what it does |", "| --- | --- | --- | --- |"]
        default = f"`{_cell(key.default)}`" if key.default else ""
        lines.append(f"| `{name}` | {_cell(key.type)} | {default} | {_cell(key.about)} |")
    return "\n".join([*lines[1:], "", ""])


def commands() -> str:
    """Every command with its usage, what it does, its arguments and its options."""
    lines: list[str] = []
    for name, command in main.commands.items():
        context = click.Context(command, info_name=f"sitegen {name}")
        usage = " ".join(command.get_usage(context).removeprefix("Usage:").split())
        lines += [f"## {name}", "", "```", usage, "```", "", " ".join((command.help or "").split()), ""]
        options = [p for p in command.params if isinstance(p, click.Option)]
        lines += ["| option | what it does |", "| --- | --- |"]
        lines += [f"| {_option(option, context)} | {_help(option)} |" for option in options]
        lines.append("")
    return "\n".join(lines)


def action() -> str:
    """The inputs and outputs of the GitHub Action."""
    described = yaml.safe_load((ROOT / "action.yml").read_text())
    lines = ["| input | default | what it is |", "| --- | --- | --- |"]
    for name, given in described["inputs"].items():
        default = f"`{given['default']}`" if given["default"] else ""
        lines.append(f"| `{name}` | {default} | {_cell(given['description'])} |")
    lines += ["", "| output | what it is |", "| --- | --- |"]
    for name, made in described["outputs"].items():
        lines.append(f"| `{name}` | {_cell(made['description'])} |")
    return "\n".join([*lines, ""])


def hosts() -> str:
    """The limits of hosts."""
    lines = ["| host | takes at most |", "| --- | --- |"]
    for host in HOSTS:
        limits = [
            f"{format_size(host.site_bytes)} a site" if host.site_bytes else "",
            f"{host.files:,} files" if host.files else "",
            f"{format_size(host.file_bytes)} a file" if host.file_bytes else "",
            f"{host.files_in_directory:,} files in a directory" if host.files_in_directory else "",
        ]
        lines.append(f"| {host.name} | {', '.join(filter(None, limits))} |")
    return "\n".join([*lines, ""])


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" {_cell(option.make_metavar(context))}"
    return names + value


def _help(option: click.Option) -> str:
    text = _cell(option.help or "")
    if option.required:
        return f"{text} Required."
    if option.default in (None, False, ()) or option.is_flag or not option.show_default:
        return text
    return f"{text} Default: `{option.default}`."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


PARTS: dict[str, Callable[[], str]] = {"keys": keys, "commands": commands, "action": action, "hosts": hosts}


def documents() -> Iterator[Path]:
    """Those with made parts."""
    for path in sorted((ROOT / "docs").glob("*.md")):
        if _MADE.search(path.read_text()):
            yield path


if __name__ == "__main__":
    for path in documents():
        path.write_text(remade(path.read_text()))
