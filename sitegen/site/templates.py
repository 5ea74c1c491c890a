"""Jinja for very many small pages: what it does again for each of them, done with less."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import FunctionType, MethodType
from typing import Any

import jinja2
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

_FUNCTIONS = (FunctionType, MethodType)


def escaped(value: Any) -> str:
    """What `markupsafe.escape` makes of the value, as any text. Hardly a text needs escapes, and to make one that is
    known to be safe takes longer than to look.
    """
    if type(value) is str:
        # One after the other: a pattern of all five is slower with words, and thirty times as slow with a chart's path.
        if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
            return escape(value)
        return value
    return value if type(value) is Markup else escape(value)


class _Context(Context):
    """A context that calls macros, and functions that want nothing of it, without asking what they may want."""

    def call(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        _block_vars: dict[str, Any] | None = None,
        _loop_vars: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        kind = type(function)
        if kind is Macro or (kind in _FUNCTIONS and not hasattr(function, "jinja_pass_arg")):
            return function(*args, **kwargs)
        return super().call(function, *args, _block_vars=_block_vars, _loop_vars=_loop_vars, **kwargs)


class _Template(jinja2.Template):
    """A template that puts out values by `escaped`."""

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> jinja2.Template:
        template = super().from_code(*args, **kwargs)
        # Compiled templates put out values by this name, and use it for nothing else.
        template.root_render_func.__globals__["escape"] = escaped
        return template


class Environment(jinja2.Environment):
    """An environment whose templates have its globals without a map around them, which each page would go through.

    What was loaded stays, and is found by its name alone: every page asks for its template and six that it is made of.
    """

    template_class = _Template
    context_class = _Context

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._loaded: dict[str, jinja2.Template] = {}

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        if not isinstance(name, str) or globals is not None:
            return super().get_template(name, parent, globals)
        found = self._loaded.get(name)
        if found is None:
            # Not by its own name: `default/base.html` is called `base.html`, as is the one that extends it.
            found = self._loaded[name] = super().get_template(name, parent)
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
