"""Comparisons as text for a terminal, as Markdown for a comment, and as the contract's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from sitegen import units
from sitegen.insight.comparison import Comparison, Delta, FunctionDelta, Metric
from sitegen.insight.pairs import ModuleComparison, largest_change_first
from sitegen.markdown_text import escaped
from sitegen.model import full_name
from sitegen.units import signed_count, signed_percent, signed_size
from sitegen.visible import in_one_line

SHOWN = 12
"""Functions in a text; JSON has all."""


def comparison_json(comparison: Comparison, base: str, head: str) -> dict[str, Any]:
    """A comparison in the layout of the contract. Self deltas sum to `after - before` exactly."""
    return {
        "base": base,
        "head": head,
        "metric": comparison.metric,
        "before": comparison.before,
        "after": comparison.after,
        "functions": [
            {
                "function": row.function,
                "file": row.file,
                "self_before": row.own.before,
                "self_after": row.own.after,
                "self_delta": row.own.delta,
                "total_before": row.total.before,
                "total_after": row.total.after,
                "total_delta": row.total.delta,
            }
            for row in comparison.functions
        ],
        "stacks": [
            {
                "stack": [
                    {"function": frame.function, "file": frame.file, "line": frame.line}
                    for frame in row.stack
                ],
                "before": row.own.before,
                "after": row.own.after,
                "delta": row.own.delta,
            }
            for row in comparison.stacks()
        ],
    }


def runs_json(modules: Sequence[ModuleComparison], metric: Metric, base: str, head: str) -> dict[str, Any]:
    """Two runs in the layout of the contract. What could not be compared says why, without figures."""
    rows: list[dict[str, Any]] = []
    for module in modules:
        row: dict[str, Any] = {
            "module": module.module,
            "instance": module.instance,
            "only_in": module.only_in,
            "reasons": list(module.comparable.reasons),
        }
        if module.comparison:
            row |= comparison_json(module.comparison, base, head)
        rows.append(row)
    return {"base": base, "head": head, "metric": metric, "modules": rows}


def as_json(document: dict[str, Any]) -> str:
    """Readable JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def text(modules: Sequence[ModuleComparison], metric: Metric) -> str:
    """What changed, for a terminal: a line for each module, the largest change first, then its functions."""
    ordered = sorted(modules, key=largest_change_first)
    return "\n".join(in_one_line(line) for module in ordered for line in _module_text(module, metric))


def _module_text(module: ModuleComparison, metric: Metric) -> Iterator[str]:
    comparison, name = module.comparison, full_name(module.module, module.instance)
    if comparison is None:
        yield f"{name}: not compared. {' '.join(module.comparable.reasons)}"
        return
    figure = _figure_of(metric)
    yield f"{name}: {_sentence(comparison, module.only_in)}"
    for reason in module.comparable.reasons:
        yield f"  note: {reason}"
    changed = [row for row in comparison.functions if row.own.delta]
    rows = changed[:SHOWN]
    if rows:
        cells = [
            (_signed(row.own, metric), figure(row.own.before), figure(row.own.after), _place(row))
            for row in rows
        ]
        cells.insert(0, ("own change", "before", "after", "function"))
        widths = [max(len(row[column]) for row in cells) for column in range(3)]
        for row in cells:
            yield (
                "  "
                + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False))
                + f"  {row[3]}"
            )
        if len(changed) > SHOWN:
            yield f"  ... and {len(changed) - SHOWN:,} more functions that changed"
    for rename in comparison.renames[:3]:
        yield (
            f"  {rename.before.function} ({rename.before.file}) may now be "
            f"{rename.after.function} ({rename.after.file})"
        )


def markdown(modules: Sequence[ModuleComparison], metric: Metric) -> str:
    """What changed, as a table, the largest change first, with the details folded."""
    figure, modules = _figure_of(metric), sorted(modules, key=largest_change_first)
    lines = [
        f"| Module | {_called(metric).capitalize()} before | After | Change |",
        "| --- | ---: | ---: | ---: |",
    ]
    for module in modules:
        comparison = module.comparison
        name = escaped(full_name(module.module, module.instance))
        if comparison is None:
            lines.append(f"| {name} | | | {escaped(' '.join(module.comparable.reasons))} |")
            continue
        lines.append(
            f"| {name} | {figure(comparison.before)} | {figure(comparison.after)} | {_change(comparison)} |"
        )
    for module in modules:
        if module.comparison and module.comparison.functions:
            name = escaped(full_name(module.module, module.instance))
            lines += ["", f"<details><summary>{name}</summary>", ""]
            lines += ["| Function | Own before | After | Change |", "| --- | ---: | ---: | ---: |"]
            lines += [
                f"| {escaped(_place(row))} | {figure(row.own.before)} | {figure(row.own.after)} "
                f"| {_signed(row.own, metric)} |"
                for row in module.comparison.functions[:SHOWN]
                if row.own.delta
            ]
            lines += ["", "</details>"]
    return "\n".join(lines)


_CALLED = {Metric.ALLOCATIONS: "allocations at the peak"}
"""Metrics that are called otherwise than they are chosen by: allocations alone are all that were made."""


def _called(metric: Metric) -> str:
    return _CALLED.get(metric, metric)


def _sentence(comparison: Comparison, only_in: str | None) -> str:
    figure = _figure_of(comparison.metric)
    if only_in == "head":
        return f"{_called(comparison.metric)} {_be(comparison)} new: {figure(comparison.after)}"
    if only_in == "base":
        return f"{_called(comparison.metric)} {_be(comparison)} gone: {figure(comparison.before)} before"
    if not comparison.functions:
        return f"{_called(comparison.metric)} {_be(comparison)} unchanged: {figure(comparison.after)}"
    before, after = figure(comparison.before), figure(comparison.after)
    return f"{_called(comparison.metric)} {before} -> {after} ({_change(comparison)})"


def _be(comparison: Comparison) -> str:
    return "is" if comparison.metric is Metric.PEAK else "are"


def _change(comparison: Comparison) -> str:
    whole = comparison.whole
    change = _signed(whole, comparison.metric)
    return change if whole.ratio is None else f"{change}, {signed_percent(whole.ratio)}"


def _figure_of(metric: Metric) -> Callable[[int], str]:
    return units.format_count if metric is Metric.ALLOCATIONS else units.format_size


def _signed(delta: Delta, metric: Metric) -> str:
    return signed_count(delta.delta) if metric is Metric.ALLOCATIONS else signed_size(delta.delta)


def _place(row: FunctionDelta) -> str:
    return f"{row.function}  {row.file}:{row.line}" if row.file else row.function
