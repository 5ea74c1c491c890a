"""A small photo service: two cameras, a library, a search by likeness, a web page, a weekly report.

Each module here is one process of the service. They share one SQLite database and a few files, nothing else.
"""

from __future__ import annotations

import os

# Five releases of the service live in this one checkout. Where a release behaves differently, the code says
# `if RELEASE >= 3`, so that what changed between two runs can be read in one place.
RELEASE = int(os.environ.get("APP_RELEASE", "5"))
