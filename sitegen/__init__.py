"""sitegen: a static report site for memray memory profiles."""

from __future__ import annotations

__version__ = "0.1.0"
