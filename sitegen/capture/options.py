"""Which passes are made over a capture. Apart from `reader`, so that it is known without memray."""

from __future__ import annotations

import msgspec


class ReadOptions(msgspec.Struct, frozen=True):
    """Which passes are made, and how.

    `max_memory_records` bounds the snapshots; `temporary_threshold` is memray's (None: no such view).
    """

    max_memory_records: int = 10_000
    temporary_threshold: int | None = 1
    temporal: bool = True
    stats: bool = True
