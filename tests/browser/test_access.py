"""The viewer for people who cannot see it, or see it otherwise: no violation in axe, in both themes."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .accessible import violations_in_both_themes
from .conftest import open_page

STATES = (
    "",
    "#leaks&q=main",
    "#temporal&range=100,300",
    "#table&by=places",
    "#leaks&by=tree&inverted=1",
    "#leaks&of=profiled.py:leak_steadily&colour=thread",
)


def test_axe_finds_no_violation(browser: Browser, site: Path) -> None:
    """Every tab, the menus, the sandwich and the list of keys, light and dark."""
    context = browser.new_context()
    page = context.new_page()
    for state in STATES:
        open_page(page, site, state)
        page.locator("summary", has_text="Show").click()
        assert not violations_in_both_themes(page), state
    page.locator(".graph").focus()
    page.keyboard.press("?")
    assert not violations_in_both_themes(page)
    context.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def colours(browser: Browser, site: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The colours of the graph in a theme, by name, as #rrggbb."""
    context = browser.new_context(color_scheme=request.param)
    page = context.new_page()
    open_page(page, site)
    script = """names => {
        const style = getComputedStyle(document.querySelector(".viewer"));
        return names.map(name => [name, style.getPropertyValue(`--graph-${name}`).trim()]);
    }"""
    names = ["ink", "soft", *FILLS, *HUES]
    found: dict[str, str] = dict(page.evaluate(script, names))
    context.close()
    return found


FILLS = ("root", "native", "lit", "grown", "new", "shrunk", "gone")
HUES = tuple(str(hue) for hue in range(9))
# How people without the cones for red, for green, see light (Machado, Oliveira and Fernandes, 2009).
BLIND = {
    "nobody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
}


def light(colour: str) -> list[float]:
    """Red, green and blue as amounts of light."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """As the accessibility guidelines define it."""
    low, high = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (light(one), light(other))
    )
    return (high + 0.05) / (low + 0.05)


def lab(parts: list[float]) -> tuple[float, float, float]:
    """CIE Lab, in which equal distances look equal."""
    red, green, blue = (max(0.0, part) for part in parts)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    root = [value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)]
    return 116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])


def test_labels_can_be_read_on_every_fill(colours: dict[str, str]) -> None:
    """Axe cannot see inside a canvas: the contrast of every text with every fill is at least 4.5."""
    poor = [
        (fill, ink)
        for fill in (*FILLS, *HUES)
        for ink in ("ink", "soft")
        if contrast(colours[fill], colours[ink]) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("eyes", BLIND)
def test_packages_can_be_told_apart(colours: dict[str, str], eyes: str) -> None:
    """Any two colours of packages differ clearly, for colour-blind people too."""
    seen = [
        lab(
            [
                sum(factor * part for factor, part in zip(row, light(colours[hue]), strict=True))
                for row in BLIND[eyes]
            ]
        )
        for hue in HUES
    ]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > 10
