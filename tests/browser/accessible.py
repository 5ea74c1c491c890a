"""What axe finds on a page, in each of its themes."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SCRIPT = Axe().axe_script
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
_FIND = """async only => (await axe.run({
    // `preload` fetches style sheets for rules that no test of ours has on; what passes is of no interest.
    preload: false, resultTypes: ["violations"], ...(only && { runOnly: { type: "rule", values: only } }),
})).violations.map(
    ({ id, help, nodes }) => [id, help, ...nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`)]
)"""
_BY_COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules that a theme can break. The first takes longer than all others do."""
_JUDGE_CONTRAST_OF_EVERY_LOOK = """() => {
    // What it goes by: an element's own style, and that of all it lies in. A row of a table looks as the next.
    const known = new Map();
    const looks = new Map([[null, 0]]);
    const look = element => {
        if (!looks.has(element)) {
            const style = getComputedStyle(element);
            const words = [
                look(element.parentElement), element.tagName, element.getAttribute("class"),
                element.matches(":disabled, [aria-disabled=true]"), element.checkVisibility(),
                style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.textShadow,
                style.fontSize, style.fontWeight, style.textDecorationLine, style.visibility, style.position,
            ].join();
            if (!known.has(words)) known.set(words, known.size + 1);
            looks.set(element, known.get(words));
        }
        return looks.get(element);
    };
    const texts = element => [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ data }) => data.trim()).join("");
    // Of a single character axe makes no judgement.
    const chosen = new Map();
    for (const element of document.body.querySelectorAll("*")) {
        const length = element.matches("input, select, textarea") ? 1 : texts(element).length;
        if (length > (chosen.get(look(element))?.length ?? 0)) chosen.set(look(element), { element, length });
    }
    document.querySelectorAll("[data-look]").forEach(element => element.removeAttribute("data-look"));
    for (const { element } of chosen.values()) element.setAttribute("data-look", "");
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });
}"""


def violations(page: Page) -> list[list[str]]:
    """Every violation: the rule, what it asks for, and where it is broken and how."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    return _find(page, None)


def violations_in_both_themes(page: Page) -> list[list[str]]:
    """The same of a page in the light theme; then, without loading it again, of its colours in the dark one."""
    _show(page, "light")
    light = page.evaluate(_BACKGROUND)
    found = violations(page)
    _show(page, "dark")
    assert page.evaluate(_BACKGROUND) != light, "both themes look alike"
    return found + [["in the dark theme", *one] for one in _find(page, _BY_COLOUR)]


def _find(page: Page, only: list[str] | None) -> list[list[str]]:
    page.evaluate(_JUDGE_CONTRAST_OF_EVERY_LOOK)
    found: list[list[str]] = page.evaluate(_FIND, only)
    return found


def _show(page: Page, theme: Literal["light", "dark"]) -> None:
    # Colours that are still changing would be judged on their way.
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
