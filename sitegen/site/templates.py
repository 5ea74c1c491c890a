"""Jinja for very many small pages: what it does again for each of them, done with less."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import jinja2
from markupsafe import Markup, escape

_HAS_SPECIAL = re.compile("[&<>\"']").search


def escaped(value: Any) -> str:
    """What `markupsafe.escape` makes of the value, as any text. Hardly a text needs escapes, and to make one that is
    known to be safe takes longer than to look.
    """
    if type(value) is str and _HAS_SPECIAL(value) is None:
        return value
    return value if type(value) is Markup else escape(value)


class _Template(jinja2.Template):
    """A template that puts out values by `escaped`."""

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> jinja2.Template:
        template = super().from_code(*args, **kwargs)
        # Compiled templates put out values by this name, and use it for nothing else.
        template.root_render_func.__globals__["escape"] = escaped
        return template


class Environment(jinja2.Environment):
    """An environment whose templates have its globals without a map around them, which each page would go through."""

    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
