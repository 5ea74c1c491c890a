"""memray's allocators: captures know them by number."""

from __future__ import annotations

_NAMES = {
    2: "pymalloc_malloc",
    3: "pymalloc_calloc",
    4: "pymalloc_realloc",
    6: "malloc",
    7: "realloc",
    8: "calloc",
    9: "posix_memalign",
    10: "aligned_alloc",
    11: "memalign",
    12: "valloc",
    13: "pvalloc",
    14: "mmap",
}
"""memray's AllocatorType, those that allocate."""


def allocator_name(number: int) -> str:
    """The name of an allocator; the number itself where this sitegen knows none for it."""
    return _NAMES.get(number, str(number))
