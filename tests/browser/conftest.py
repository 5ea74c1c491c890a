"""Pages with the viewer on them, and a browser to look at them with."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pytest
from browser_finder import HOW_TO_GET_ONE, find_browser
from playwright.sync_api import Browser, Page, expect, sync_playwright
from static_host import hosting

from sitegen.capture import bundle
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.insight.curves import peak_at
from sitegen.insight.suppressions import BUILT_IN
from sitegen.model import Analysis

expect.set_options(timeout=30_000)

HERE = Path(__file__).parent
THEME = HERE.parents[1] / "themes" / "default"
LISTS: dict[str, list[str]] = tomllib.loads((THEME / "theme.toml").read_text())
SCRIPTS = ["dom.js", *LISTS["charts"], *LISTS["viewer"]]
REPORTS = {
    "flamegraph": "Flame graph",
    "leaks": "Leaks",
    "temporal": "Temporal",
    "table": "Table",
    "stats": "Stats",
    "temporary": "Temporary",
}
VIEW_OF = {
    "flamegraph": "peak",
    "leaks": "leaks",
    "temporal": "temporal",
    "table": "table",
    "temporary": "temporary",
}
UNUSED = (
    # Pages that belong to the address bar of every window: half of what a tab costs, and nobody sees them.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # What Playwright switches off itself, for the browser takes the last list alone: asking servers for things,
    # and what holds up or redirects pages.
    "AimEnabled",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PreconnectToSearch",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
)
"""Features of the browser that tests do without."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = find_browser()
    if found is None:
        pytest.fail(HOW_TO_GET_ONE)
    arguments = [f"--disable-features={','.join(UNUSED)}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real capture of `profiled.py`."""
    path = tmp_path_factory.mktemp("capture") / "profiled.bin"
    command = [sys.executable, "-m", "memray", "run", "-q", "-o", str(path), str(HERE / "profiled.py")]
    # Files are named by the paths that the program was started with: those of a plain start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=HERE)
    return path


@pytest.fixture(scope="session")
def analysis(capture: Path) -> Analysis:
    return read_capture(capture, ReadOptions())


def write_data(folder: Path, name: str, analysis: Analysis, beside: dict[str, Any]) -> None:
    """The two data files of an analysis, as a site has them."""
    encoded = bundle.encode(analysis, {"capture": name, **beside})
    for key, suffix, data in (
        (name, "", encoded.main),
        (f"{name}#temporal", ".temporal", encoded.temporal),
    ):
        text = base64.b64encode(data).decode()
        (folder / f"{name}{suffix}.js").write_text(f'sitegen.data("{key}", "{text}");\n')


def chart(analysis: Analysis) -> dict[str, Any] | None:
    """The geometry of a memory chart, as the pages' charts have it."""
    shots = analysis.snapshots
    if not shots.time:
        return None
    box = {"width": 960, "height": 240, "left": 64, "right": 948, "top": 12, "bottom": 212}
    begin, end = analysis.facts.started, max(shots.time[-1], analysis.facts.ended)
    most = max(*shots.heap, *shots.rss)

    def line(values: Sequence[int]) -> str:
        return " ".join(
            f"{64 + (time - begin) / (end - begin) * 884:.1f},{212 - value / most * 200:.1f}"
            for time, value in zip(shots.time, values, strict=True)
        )

    ticks = [(64, "0 s"), (506, "half")]
    return {
        **box,
        "peak": shots.time[peak_at(shots.heap)],
        "x0": begin,
        "x1": end,
        "most": most,
        "heap": line(shots.heap),
        "rss": line(shots.rss),
        "ticks": ticks,
    }


def write_page(folder: Path, name: str, analysis: Analysis, theme: str = "", **beside: Any) -> Path:
    """A page with the viewer of an analysis; everything it needs stands beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_data(folder, name, analysis, beside)
    views = ["peak", "leaks"]
    views += ["temporary"] if analysis.temporary else []
    views += ["temporal"] if analysis.high_water else []
    return write_html(
        folder / f"{name}.html",
        "one_capture.html",
        id=name,
        temporal=f"{name}.temporal.js" if analysis.high_water or analysis.lifetimes else "",
        views=views,
        sections=list(REPORTS.items()),
        views_of=VIEW_OF,
        chart=chart(analysis),
        theme=theme,
    )


def write_html(path: Path, template: str, **values: Any) -> Path:
    """A page from one of the tests' templates, with the theme's scripts and styles beside it."""
    for static in (*(THEME / "static").iterdir(), HERE / "tokens.css"):
        shutil.copy(static, path.parent)
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader([THEME / "templates", HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    path.write_text(templates.get_template(template).render(scripts=SCRIPTS, **values))
    return path


SUPPRESSIONS = [["^build_cache$"], [one.pattern for one in BUILT_IN]]
"""The user's own and the built-in ones, as the toolbar's script has them."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, analysis: Analysis) -> Path:
    """The page of the real capture."""
    folder = tmp_path_factory.mktemp("site")
    return write_page(folder, "profiled", analysis, title="profiled", suppressions=SUPPRESSIONS)


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The same page over HTTP."""
    with hosting(site.parent) as base:
        yield base + site.name


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A browser tab. Errors and refusals of the page fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)  # a busy machine is slow, not wrong
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


def open_page(page: Page, path: Path, fragment: str = "") -> Page:
    """Opens a page afresh with a fragment, and waits until it is drawn."""
    page.goto("about:blank")  # an address that differs in its fragment alone loads nothing
    page.goto(f"{path.as_uri()}{fragment}")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    return page


@pytest.fixture
def opened(tab: Page, site: Path) -> Callable[..., Page]:
    """Opens the page of the real capture with a fragment."""
    return partial(open_page, tab, site)
