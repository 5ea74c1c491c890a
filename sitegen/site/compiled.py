"""Templates are compiled once on a machine, as Python's modules are: that takes as long as a hundred pages.

They lie where Jinja keeps them by itself: a directory for temporary files that nobody else can write to. Not in
the store, which comes along when somebody's captures are copied with the directory around them: this is code.
"""

from __future__ import annotations

from contextlib import suppress

import jinja2
from jinja2.bccache import Bucket


class _Forgiving(jinja2.FileSystemBytecodeCache):
    """A cache that can be full or damaged: then a template is compiled."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever is in there, it is not what Jinja wrote
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compiled_templates() -> jinja2.BytecodeCache | None:
    """Where compiled templates are kept; None where no directory is safe."""
    try:
        return _Forgiving(pattern="sitegen-%s")
    except (OSError, RuntimeError):
        return None
