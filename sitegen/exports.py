"""Analyses in formats that other tools read. Never folded: every stack with its exact figures.

Memory without any frame is one frame `<no frames>` with an empty file, so that sums hold.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

import sitegen
from sitegen.errors import SitegenError
from sitegen.insight.allocators import allocator_name
from sitegen.model import NO_FRAMES, ROOT, Analysis, Records, View

_CONTROL = re.compile(r"[;\x00-\x1f\x7f\x85\u2028\u2029]")


def export(analysis: Analysis, view: View, form: str) -> bytes:
    """The view of the analysis in one of `FORMATS`. Raises SitegenError where there is no such view."""
    records = analysis.records(view)
    if records is None:
        raise SitegenError(f"This capture has no view '{view}'.", "Choose --view peak or --view leaks.")
    return FORMATS[form](analysis, records)


def _speedscope(analysis: Analysis, records: Records) -> bytes:
    """https://www.speedscope.app/file-format-schema.json, as `memray transform speedscope` fills it."""
    frames = [_speedscope_frame(analysis, frame) for frame in range(len(analysis.frames.line))]
    by_node: dict[int, list[int]] = {}
    for node, size, count in zip(records.node, records.bytes, records.count, strict=True):
        figures = by_node.setdefault(node, [0, 0])
        figures[0] += size
        figures[1] += count
    samples = {node: _frame_numbers(analysis, node) for node in by_node}

    def profile(name: str, unit: str, figure: int) -> dict[str, Any]:
        held = [(node, figures[figure]) for node, figures in by_node.items() if figures[figure]]
        return {
            "type": "sampled",
            "name": name,
            "unit": unit,
            "startValue": 0,
            "endValue": sum(weight for _, weight in held),
            "samples": [samples[node] for node, _ in held],
            "weights": [weight for _, weight in held],
        }

    return msgspec.json.encode(
        {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": frames},
            "profiles": [profile("Memory", "bytes", 0), profile("Allocations", "none", 1)],
            "name": analysis.facts.command or "memray",
            "activeProfileIndex": 0,
            "exporter": f"sitegen@{sitegen.__version__}",
        }
    )


def _speedscope_frame(analysis: Analysis, frame: int) -> dict[str, Any]:
    if frame == ROOT:
        return {"name": NO_FRAMES, "file": ""}
    function, file, line = _raw(analysis, frame)
    described: dict[str, Any] = {"name": function}
    if file:
        described["file"] = file
    if line:
        described["line"] = line
    return described


def _collapsed(analysis: Analysis, records: Records) -> bytes:
    """Brendan Gregg's folded stacks, one in a line: frames from the root, `;` between them, then bytes."""
    by_stack: dict[str, int] = {}
    for node, size in zip(records.node, records.bytes, strict=True):
        stack = ";".join(_collapsed_frame(analysis, frame) for frame in _frame_numbers(analysis, node))
        by_stack[stack] = by_stack.get(stack, 0) + size
    return "".join(f"{stack} {size}\n" for stack, size in by_stack.items() if size).encode()


def _collapsed_frame(analysis: Analysis, frame: int) -> str:
    if frame == ROOT:
        return NO_FRAMES
    function, file, line = _raw(analysis, frame)
    return _CONTROL.sub("_", f"{function} ({file}:{line})")


def _csv(analysis: Analysis, records: Records) -> bytes:
    """One row for each record, with the columns of `memray transform csv`; stacks from the leaf."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["allocator", "num_allocations", "size", "tid", "thread_name", "stack_trace"])
    for node, thread, allocator, size, count in _rows(records):
        frames = reversed(_frame_numbers(analysis, node))
        known = analysis.threads[thread]
        stack = "|".join(f"{f};{file};{line}" for f, file, line in (_named(analysis, n) for n in frames))
        name = allocator_name(allocator).upper()
        writer.writerow([name, count, size, known.id, known.label, stack])
    return text.getvalue().encode("utf-8", "surrogatepass")


def _json(analysis: Analysis, records: Records) -> bytes:
    """Every record as an object; stacks from the root."""
    rows = [
        {
            "stack": [
                {"function": function, "file": file, "line": line}
                for function, file, line in (_named(analysis, n) for n in _frame_numbers(analysis, node))
            ],
            "thread": analysis.threads[thread].label,
            "allocator": allocator_name(allocator),
            "bytes": size,
            "allocations": count,
        }
        for node, thread, allocator, size, count in _rows(records)
    ]
    return msgspec.json.encode({"records": rows}) + b"\n"


FORMATS: dict[str, Callable[[Analysis, Records], bytes]] = {
    "speedscope": _speedscope,
    "collapsed": _collapsed,
    "csv": _csv,
    "json": _json,
}
"""Format -> what makes it."""


def _rows(records: Records) -> Iterator[tuple[int, int, int, int, int]]:
    return zip(records.node, records.thread, records.allocator, records.bytes, records.count, strict=True)


def _frame_numbers(analysis: Analysis, node: int) -> list[int]:
    """The frames of a node's stack from the root; the root's own frame for memory without frames."""
    if node == ROOT:
        return [ROOT]
    frames = []
    while node != ROOT:
        frames.append(analysis.tree.frame[node])
        node = analysis.tree.parent[node]
    return frames[::-1]


def _named(analysis: Analysis, frame: int) -> tuple[str, str, int]:
    return (NO_FRAMES, "", 0) if frame == ROOT else _raw(analysis, frame)


def _raw(analysis: Analysis, frame: int) -> tuple[str, str, int]:
    frames = analysis.frames
    return frames.functions[frames.function[frame]], frames.files[frames.file[frame]].path, frames.line[frame]
