"""What a process held at one moment, by function."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from sitegen.insight.calltree import functions_of
from sitegen.model import Analysis, FunctionRow


def functions_at(analysis: Analysis, moment: int) -> tuple[FunctionRow, ...]:
    """The functions that held memory at the highest point before a snapshot (milliseconds since the epoch).

    Only `self_bytes` and `self_count` are filled. () for captures that do not know when memory was held.
    """
    held = analysis.high_water
    if held is None:
        return ()
    window = bisect_left(analysis.snapshots.time, moment)
    functions = functions_of(analysis)
    size, count = Counter[int](), Counter[int]()
    for node, begin, end, bytes_, allocations in zip(
        held.node, held.allocated, held.freed, held.bytes, held.count, strict=True
    ):
        if begin <= window < end:
            size[functions.of_node[node]] += bytes_
            count[functions.of_node[node]] += allocations
    return tuple(
        FunctionRow(
            function=functions.names[function],
            file=functions.files[function].name,
            package=functions.files[function].package,
            line=0,
            self_bytes=total,
            self_count=count[function],
            total_bytes=0,
            total_count=0,
        )
        for function, total in size.items()
    )
