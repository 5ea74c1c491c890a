"""Reads the SVG paths of `sitegen.site.charts`."""

from __future__ import annotations

import re


def stretches(path: str) -> list[list[tuple[int, int]]]:
    """Where a path leads that is made of places and steps from there, a list for every unbroken stretch of it."""
    found: list[list[tuple[int, int]]] = []
    for stretch in path.split("M")[1:]:
        start, _, steps = stretch.partition("l")
        x, y = map(int, start.split())
        places = [(x, y)]
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        for across, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + across, y + down
            places.append((x, y))
        found.append(places)
    return found
