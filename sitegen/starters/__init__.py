"""The files that `sitegen init` writes: a commented configuration, and what CI systems and hosts need."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections.abc import Sequence
from importlib.metadata import Distribution
from pathlib import Path

import jinja2
import msgspec

from sitegen.config import FILE_NAME, describe_keys
from sitegen.config_file import load_config
from sitegen.errors import SitegenError

_FILES = Path(__file__).resolve().parent / "files"
_WIDTH = 118

_ELSEWHERE = "Check its permissions, or name another directory: `sitegen init DIR`."
_CAPTURES = "captures"
_FIRST_RUN = f"{_CAPTURES}/first"
_RECORD = "say what is profiled: the line with `memray run`"


class Starter(msgspec.Struct, frozen=True):
    """A file to begin with: where it goes, the template that makes it, and what is left to do by hand."""

    path: str
    template: str
    then: tuple[str, ...]


CONFIG = Starter(FILE_NAME, "sitegen.toml", ())
HOSTS = {
    "github-pages": Starter(
        ".github/workflows/memory.yml",
        "github-pages.yml",
        (
            _RECORD,
            'on GitHub, under Settings > Pages, choose "GitHub Actions" as the source',
        ),
    ),
    "netlify": Starter(
        "netlify.toml",
        "netlify.toml",
        (_RECORD, "on Netlify, connect this repository to a site"),
    ),
    "gitlab-pages": Starter(
        ".gitlab/memory.yml",
        "gitlab-pages.yml",
        (_RECORD, "include it in .gitlab-ci.yml, as its first lines show"),
    ),
    "jenkins": Starter(
        "Jenkinsfile",
        "Jenkinsfile",
        (_RECORD, "on Jenkins, install the plugins Copy Artifact and HTML Publisher"),
    ),
}


class Started(msgspec.Struct, frozen=True):
    """What was written into a directory, and what was there before and stayed.

    `captured` says whether there are captures already, as far as their usual place tells.
    """

    directory: Path
    written: tuple[Starter, ...]
    kept: tuple[str, ...]
    captured: bool

    def lines(self) -> list[str]:
        """What was done, and what is to be done next."""
        lines = [f"wrote {self.directory / starter.path}" for starter in self.written]
        lines += [f"kept {self.directory / path}, which was there" for path in self.kept]
        if self.kept:
            lines.append("(--force writes anew what is there.)")
        steps = [] if self.directory == Path() else [f"go there: cd {shlex.quote(str(self.directory))}"]
        steps += [f"{starter.path}: {step}" for starter in self.written for step in starter.then]
        if not self.captured:
            steps.append(
                f"take a capture: mkdir -p {_FIRST_RUN} && memray run -o {_FIRST_RUN}/app.bin -m app"
            )
        steps += [
            "see the site: sitegen build, then open site/index.html",
            "keep captures/, site/, last-site/ and .sitegen-cache/ out of version control",
        ]
        return [*lines, "", "Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]


def write_starters(directory: Path, hosts: Sequence[str], requirement: str | None, *, force: bool) -> Started:
    """Writes a configuration and the files for these hosts (keys of `HOSTS`) into a directory.

    `requirement` is what pip installs sitegen by; None finds out how this one was installed. Files that
    are there stay, unless `force` is set. Raises SitegenError where a file cannot be written, or where
    nobody knows where CI is to install sitegen from.
    """
    starters = [CONFIG, *(HOSTS[host] for host in dict.fromkeys(hosts))]
    kept = [] if force else [starter for starter in starters if _is_there(directory, starter)]
    new = [starter for starter in starters if starter not in kept]
    if any(starter is not CONFIG for starter in new):
        requirement = requirement or installed_by()
    for starter in new:
        _write(directory / starter.path, text_of(starter, requirement or ""))
    captured = any((directory / _CAPTURES).glob("*"))
    return Started(directory, tuple(new), tuple(starter.path for starter in kept), captured)


def text_of(starter: Starter, requirement: str) -> str:
    """The text of a file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FILES),
        # The files are full of the usual delimiters.
        variable_start_string="<[",
        variable_end_string="]>",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # no HTML
    )
    environment.filters["comment"] = _comment
    return environment.get_template(starter.template).render(requirement=requirement, keys=keys())


class KeyLine(msgspec.Struct, frozen=True):
    """A key of the configuration: its table, its name, and a value to begin with, as TOML."""

    table: str
    name: str
    type: str
    about: str
    value: str


# What is written for keys without a default, by what they take.
_EXAMPLES = {
    "name or path": '"default"',
    "web address": '"https://example.org/memory/"',
    "path": '"PATH"',
    "whole number": "100000",
    "whole number, 1 or more": "4",
    "number of seconds": "120",
    'size such as "500 MB"': '"500 MB"',
    'percentage of the baseline such as "10%", or a size': '"10%"',
    'percentage of the baseline such as "10%", or a whole number': '"10%"',
}


def keys() -> tuple[KeyLine, ...]:
    """Every key of the configuration, in order."""
    lines = []
    for key in describe_keys():
        table, _, name = key.key.rpartition(".")
        value = key.default or _EXAMPLES[key.type]
        lines.append(KeyLine(table.partition(".")[0], name, key.type, key.about, value))
    return tuple(lines)


def installed_by() -> str:
    """What pip would install this very sitegen by, elsewhere.

    Raises SitegenError where it was installed from a directory or a file, which others do not have.
    """
    distribution = Distribution.from_name("sitegen")
    text = distribution.read_text("direct_url.json")  # PEP 610: absent where an index gave the package
    if text is None:
        return f"sitegen=={distribution.version}"
    origin = json.loads(text)
    if "vcs_info" in origin:
        return f"sitegen @ {origin['vcs_info']['vcs']}+{origin['url']}@{origin['vcs_info']['commit_id']}"
    if origin["url"].startswith("https:"):
        return f"sitegen @ {origin['url']}"
    raise SitegenError(
        "CI cannot install sitegen from where this one was installed.",
        "Say from where with --install, as pip takes it: --install 'sitegen @ git+https://HOST/OWNER/sitegen'",
    )


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# "))


def _is_there(directory: Path, starter: Starter) -> bool:
    if (directory / starter.path).exists():
        return True
    # A sitegen.toml would take the place of the table in pyproject.toml.
    return starter is CONFIG and load_config(None, directory).source is not None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise SitegenError(f"{path} cannot be written: {error.strerror or error}", _ELSEWHERE) from None
