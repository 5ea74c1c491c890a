"""Draws with a theme's templates: what these know and can do, and what is said where one fails."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

import sitegen
from sitegen import units
from sitegen.errors import ConfigError, SitegenError
from sitegen.reporters import BUILT_IN
from sitegen.site import moments, urls
from sitegen.site.compiled import compiled_templates
from sitegen.site.notes import to_html
from sitegen.site.policy import CONTENT_SECURITY_POLICY
from sitegen.site.sections import draw, explain
from sitegen.site.templates import Environment
from sitegen.site.theme import Theme
from sitegen.site.views import Site, together


def environment_of(site: Site, theme: Theme) -> jinja2.Environment:
    """What draws the pages of a site: globals and filters are what templates of themes and reporters build on."""
    environment = Environment(
        loader=theme.loader(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=compiled_templates(),
    )
    environment.globals |= {
        "site": site,
        "theme": theme,
        "generator": f"sitegen {sitegen.__version__}",
        "draw": draw,
        "urls": urls,
        "policy": Markup(CONTENT_SECURITY_POLICY),
        "report_titles": {reporter.name: reporter.title for reporter in BUILT_IN},
    }
    environment.filters |= {
        "size": units.format_size,
        "signed_size": units.signed_size,
        "count": units.format_count,
        "signed_count": units.signed_count,
        "duration": lambda milliseconds: units.format_duration(milliseconds / 1000),
        "percent": units.percent,
        "signed_percent": units.signed_percent,
        "iso": moments.iso,
        "minute": moments.minute,
        "thread": attrgetter("label"),
        "argument": shlex.quote,
        "notes": to_html,
        "together": together,
        "number": lambda value: f"{value:g}",
        "axis_size": lambda value: units.axis_label(value, "bytes"),
        "axis": units.axis_label,
        "in_unit": units.in_unit,
        "anchor": urls.anchor,
        "script": _script_value,
        "compact": _compact,
    }
    return environment


def drawn(
    environment: jinja2.Environment, theme: Theme, template: str, what: str, context: Mapping[str, Any]
) -> bytes:
    """What a template makes of this. Raises ConfigError, with the template's file and line, where it fails."""
    try:
        return environment.get_template(template).render(context).encode()
    except SitegenError:
        raise
    except Exception as error:  # templates can do anything, and so fail in any way
        cure = (
            "This is a defect of sitegen: please report it."
            if theme.built_in
            else "Mend that template, or choose another theme."
        )
        raise ConfigError(f"The theme cannot draw {what}: {explain(error)}", cure) from error


def _script_value(value: Any) -> Markup:
    """A value as a script file has it. Nothing in such a file needs the escapes of a script inside a page."""
    return Markup(msgspec.json.encode(value, enc_hook=str).decode())


def _compact(html: Any) -> Markup:
    """Markup with one space between words, and none between tags or before one that ends a text."""
    return Markup(re.sub(r"(?<=>) (?=<)| (?=<(?:option|dt|p>|/))", "", " ".join(str(html).split())))
