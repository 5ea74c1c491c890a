"""What a path leads to. Path's own methods raise where one may not look, or a name is too long; these do not."""

from __future__ import annotations

import os

is_directory, is_file, is_link = os.path.isdir, os.path.isfile, os.path.islink
