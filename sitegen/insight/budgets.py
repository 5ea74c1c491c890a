"""Budgets: what a module may use, and how far it may exceed the baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from sitegen.insight.history import BaselineValue, Figure
from sitegen.model import Growth, full_name


class Severity(StrEnum):
    """`ERROR` fails `sitegen check`, `WARN` does under `--strict`, `INFO` is good to know."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class Budget(msgspec.Struct, frozen=True):
    """What a module may use. Limits that are None do not apply."""

    peak: int | None = None
    leaked: int | None = None
    allocations: int | None = None
    peak_growth: Growth | None = None
    leaked_growth: Growth | None = None
    allocations_growth: Growth | None = None
    severity: Severity = Severity.ERROR

    def limit(self, figure: Figure) -> int | None:
        """The absolute limit of a figure."""
        return {
            Figure.PEAK: self.peak,
            Figure.LEAKED: self.leaked,
            Figure.ALLOCATIONS: self.allocations,
        }.get(figure)

    def growth(self, figure: Figure) -> Growth | None:
        """The limit of a figure's growth."""
        return {
            Figure.PEAK: self.peak_growth,
            Figure.LEAKED: self.leaked_growth,
            Figure.ALLOCATIONS: self.allocations_growth,
        }.get(figure)


Budgets = Sequence[tuple[str, Budget]]
"""Budgets by the name or pattern of modules."""


class Breach(msgspec.Struct, frozen=True):
    """A broken budget. `growth` and `baseline` are set where it is one of growth."""

    figure: Figure
    value: int
    limit: int
    severity: Severity
    growth: Growth | None = None
    baseline: BaselineValue | None = None


def breaches(
    budgets: Budgets,
    module: str,
    instance: str | None,
    value_of: Callable[[Figure], int | None],
    baseline_of: Callable[[Figure], BaselineValue | None],
) -> tuple[Breach, ...]:
    """The limits that a capture exceeds. A figure that does not exist breaks none, nor does growth from nowhere.

    Of several tables that fit, each limit counts as the first has it that has it at all: the module's and
    instance's own, the module's own, then patterns in their order.
    """
    fitting = budgets_for(budgets, module, instance)
    found: list[Breach] = []
    for figure in (Figure.PEAK, Figure.LEAKED, Figure.ALLOCATIONS):
        value = value_of(figure)
        if value is None:
            continue
        for budget in fitting:
            limit = budget.limit(figure)
            if limit is not None:
                if value > limit:
                    found.append(Breach(figure, value, limit, budget.severity))
                break
        for budget in fitting:
            growth = budget.growth(figure)
            if growth is not None:
                baseline = baseline_of(figure)
                if baseline and value > growth.limit(baseline.value):
                    allowed = int(growth.limit(baseline.value))
                    found.append(Breach(figure, value, allowed, budget.severity, growth, baseline))
                break
    return tuple(found)


def budgets_for(budgets: Budgets, module: str, instance: str | None) -> list[Budget]:
    """The budgets for a module, the most particular first."""
    names = _names(module, instance)
    own = [budget for name in names for pattern, budget in budgets if pattern == name]
    return own + [
        budget for pattern, budget in budgets if pattern not in names and fits(pattern, module, instance)
    ]


def fits(pattern: str, module: str, instance: str | None) -> bool:
    """Whether a budget of this name or pattern is for a module, or an instance of it."""
    return any(pattern == name or fnmatchcase(name, pattern) for name in _names(module, instance))


def _names(module: str, instance: str | None) -> list[str]:
    return [module] if instance is None else [full_name(module, instance), module]
