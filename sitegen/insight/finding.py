"""What a finding is, and what decides over findings."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from sitegen.insight.budgets import Budgets, Severity
from sitegen.insight.history import Figure, Where
from sitegen.insight.points import Effect
from sitegen.model import PREVIOUS, Baseline


class Kind(StrEnum):
    """The contract's kinds of findings."""

    STEP = "step"
    GROWTH = "growth"
    LEAK = "leak"
    BUDGET = "budget"
    NEW = "new"
    MISSING = "missing"
    DAMAGED = "damaged"


class Told(NamedTuple):
    """A finding's sentence, without its run for places that show the run, and with it for all others."""

    title: str
    message: str


UNTOLD = Told("", "")


class Finding(msgspec.Struct, frozen=True):
    """Something to look at. `against` is the run that `before` is of; both are None where there is none."""

    kind: Kind
    severity: Severity
    module: str
    instance: str | None
    run: str
    figure: Figure | None
    before: int | None
    after: int | None
    told: Told
    where: tuple[Where, ...] = ()
    against: str | None = None
    limit: int | None = None  # of a budget
    capture: str | None = None  # the capture's id that it is about, where it is about one
    base_capture: str | None = None  # and the one it was compared with

    @property
    def title(self) -> str:
        """What is found, in a sentence without the run."""
        return self.told.title

    @property
    def message(self) -> str:
        """What is found, in a sentence that stands alone."""
        return self.told.message

    @property
    def telling(self) -> tuple[Where, ...]:
        """Of `where`, what matters beside the first: places of at least a hundredth of it."""
        return tuple(place for place in self.where if 100 * abs(place.delta) >= abs(self.where[0].delta))

    @property
    def is_of_change(self) -> bool:
        """Whether `where` says what came on top. Of an absolute budget it says what is held: nothing was compared."""
        return self.kind is not Kind.BUDGET or self.against is not None


class FindingSettings(msgspec.Struct, frozen=True):
    """When a change is a finding, and what fails. `errors` are kinds that fail; the others warn."""

    min_share: float = 0.05
    min_bytes: int = 100_000
    min_allocations: int = 1_000
    figures: tuple[Figure, ...] = (Figure.PEAK, Figure.LEAKED, Figure.ALLOCATIONS)
    errors: frozenset[Kind] = frozenset()
    budgets: Budgets = ()
    baseline: Baseline = PREVIOUS

    def effect(self, figure: Figure) -> Effect:
        """The smallest change of a figure that matters."""
        amounts = {Figure.ALLOCATIONS: self.min_allocations, Figure.THREADS: 1}
        return Effect(self.min_share, amounts.get(figure, self.min_bytes))

    def severity(self, kind: Kind, otherwise: Severity = Severity.WARN) -> Severity:
        """The severity of a finding of a kind."""
        return Severity.ERROR if kind in self.errors else otherwise
