"""Draws the sections of a capture's page, each by the template of its report."""

from __future__ import annotations

import traceback

import jinja2
import msgspec
from jinja2.runtime import Context
from markupsafe import Markup

from sitegen.reporters import BUILT_IN_NAMES
from sitegen.summary import Section


class Drawn(msgspec.Struct, frozen=True):
    """A section's HTML, or why it could not be drawn."""

    html: Markup
    why: str = ""


@jinja2.pass_context
def draw(context: Context, section: Section) -> Drawn:
    """What the section's template makes of its data, with all that the page's template knows.

    A template of another package costs its section when it fails, not the page.
    """
    try:
        template = context.environment.get_template(f"reports/{section.name}.html")
        shown = {**context.get_all(), "section": section, "report": section.data}
        return Drawn(Markup(template.render(shown)))
    except Exception as error:
        if section.name in BUILT_IN_NAMES:
            raise
        return Drawn(Markup(), f"This report could not be drawn: {explain(error)}")


def explain(error: Exception) -> str:
    """What went wrong in a template, and where: the template's file and line."""
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name}"
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or error.name}, line {error.lineno}: {error.message}"
    # jinja2 puts the lines of templates into tracebacks.
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if _is_template(frame.filename)]
    where = f"{places[-1].filename}, line {places[-1].lineno}: " if places else ""
    return f"{where}{type(error).__name__}: {error}"


def _is_template(file: str) -> bool:
    return not file.endswith((".py", ".pyx")) and not file.startswith("<")
