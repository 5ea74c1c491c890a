"""Runs: captures taken together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    started: int
    label: str | None = None
    commit: str | None = None
    branch: str | None = None
    url: str | None = None
    notes: str = ""
