"""The viewer side by side with memray's own page of the same capture, in the same browser. Run by hand:

    PYTHONPATH=.:tests python tests/performance/viewer_bench.py [NODES]

Prints a table of milliseconds: from navigation to drawn, and of every interaction to the next frame. "CPU" is the
time that the page's main thread was busy, which other work on the machine disturbs less than the wall time. Each
figure is the median of several; pages are opened in turn. "first" is the first click of its kind on a page that was
looked at for a while. The capture is made up: NODES call-tree nodes (200,000 unless told otherwise) in stacks of up to
40 frames of 4,000 functions in two threads, held at the peak and never freed. The page is that of a site that sitegen
built, with nothing folded. Both pages are opened from the disk, memray's self-contained (`--no-web`).
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from browser_finder import HOW_TO_GET_ONE, find_browser
from made_captures import write_capture
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROUNDS = 5
LOOKED_AT = 3000
"""Milliseconds between drawing and the first click. The viewer uses them to make what clicks ask for."""

NEXT_FRAME = "await new Promise(done => requestAnimationFrame(() => setTimeout(done)));"


@dataclass(frozen=True)
class Subject:
    """A page to measure: what says that it is drawn, what to hover over, and what people do (as scripts, in turn)."""

    url: str
    drawn: str
    graph: str
    deeds: dict[str, list[str]]


def typed(selector: str, value: str) -> str:
    return (
        f"const e = document.querySelector({selector!r}); e.value = {value!r};"
        " e.dispatchEvent(new Event('input', {bubbles: true}));"
    )


def clicked(selector: str) -> str:
    return f"document.querySelector({selector!r}).click();"


NODES = """async () => {
    const { container } = sitegen.file(document.querySelector(".viewer").dataset.capture);
    return (await container).columns["tree.parent"].length;
}"""
"""How many nodes the page's data has."""

SEARCHES = ("function_1", "function_12", "function_123", "")
OURS = {
    "search key": [typed("[name=q]", text) for text in SEARCHES],
    "zoom in and out": [
        "const graph = document.querySelector('.graph'), { x, y, width } = graph.getBoundingClientRect();"
        " graph.dispatchEvent(new MouseEvent('click', {clientX: x + width / 3, clientY: y + 50}));",
        clicked("[data-do=unzoom]"),
    ],
    "hide or show": [clicked("[name=irrelevant]")] * 2,
    "flames or icicles": [clicked("[name=flames]")] * 2,
    "inverted": [clicked("[name=inverted]")] * 2,
    "measure": ["state.set({ metric: 'count' })", "state.set({ metric: '' })"],
}
OURS_OVER_TIME = {
    "time range": [
        f"state.set({{ range: '{begin},{begin + 900}' }}, 'move')" for begin in (50, 120, 190, 260)
    ],
}
MEMRAYS = {
    "search key": [typed("#searchTerm", text) for text in SEARCHES],
    "zoom in and out": [
        "document.querySelectorAll('#chart svg g.frame')[2].dispatchEvent(new MouseEvent('click', {bubbles: true}));",
        clicked("#resetZoomButton"),
    ],
    "hide or show": [clicked("#hideUninteresting")] * 2,
    "flames or icicles": [clicked("#flames"), clicked("#icicles")],
}


def stacks(nodes: int) -> list[tuple[list[tuple[str, str, int]], int]]:
    """Stacks that make about so many nodes: a random tree with a long tail of small branches."""
    chance = random.Random(1)
    functions = [
        (f"function_{n}", f"/srv/app/package{n % 40}/module{n % 400}.py", n % 300 + 1) for n in range(4000)
    ]
    found: list[tuple[list[tuple[str, str, int]], int]] = []
    made = 0
    trunk = [functions[0]]
    while made < nodes:
        keep = chance.randint(1, len(trunk)) if chance.random() < 0.7 else 1
        trunk = (trunk[:keep] + [chance.choice(functions) for _ in range(chance.randint(2, 14))])[:40]
        made += len(trunk) - keep
        found.append((list(trunk), int(chance.paretovariate(1.1) * 200)))
    return found


def busy(session: CDPSession) -> float:
    """Milliseconds that the page's main thread has computed so far."""
    metrics = {
        metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]
    }
    return 1000 * float(metrics["TaskDuration"])


def opened(browser: Browser, subject: Subject) -> tuple[Page, CDPSession, float, float]:
    """A page when it is drawn, and what that took: wall and CPU."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    session = page.context.new_cdp_session(page)
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    session.send("Performance.enable")
    before = busy(session)
    page.goto(subject.url, wait_until="commit")
    page.wait_for_selector(subject.drawn, state="attached", timeout=180_000)
    wall = float(page.evaluate("performance.now()"))
    page.evaluate(f"async () => {{ {NEXT_FRAME} }}")
    return page, session, wall, busy(session) - before


def done(
    page: Page, session: CDPSession, scripts: list[str], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """The medians of wall and CPU of scripts that run in turn, a few times, and the first wall."""
    walls, busies = [], []
    for script in scripts * rounds:
        before = busy(session)
        took = "return performance.now() - begin;"
        text = f"async () => {{ const begin = performance.now(); {script}; {NEXT_FRAME} {took} }}"
        walls.append(float(page.evaluate(text)))
        busies.append(busy(session) - before)
    return statistics.median(walls), statistics.median(busies), walls[0]


def hovered(page: Page, session: CDPSession, graph: str) -> tuple[float, float, float]:
    """Moving the mouse over the graph, from box to box."""
    page.locator(graph).first.scroll_into_view_if_needed()
    box = page.locator(graph).first.bounding_box()
    assert box is not None
    scripts = []
    for step in range(6):
        at = f"clientX: {box['x'] + box['width'] * (0.1 + step / 8)}, clientY: {box['y'] + 30 + 20 * (step % 3)}"
        scripts.append(
            f"const at = {{ bubbles: true, {at} }}; const under = document.elementFromPoint(at.clientX, at.clientY);"
            " under.dispatchEvent(new PointerEvent('pointermove', at));"
            " under.dispatchEvent(new MouseEvent('mouseover', at));"
        )
    return done(page, session, scripts)


def measured(browser: Browser, subject: Subject) -> dict[str, tuple[float, float, float]]:
    """Wall and CPU of everything that is done to a page, and the wall time of the first."""
    page, session, _, _ = opened(browser, subject)
    rows = {name: done(page, session, scripts) for name, scripts in subject.deeds.items()}
    if subject.graph:
        rows["hover"] = hovered(page, session, subject.graph)
    page.close()
    return rows


def firsts(browser: Browser, subject: Subject) -> dict[str, float]:
    """The wall time of the first click of each kind, on a page that nothing was done to."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, scripts in subject.deeds.items():
            page, session, _, _ = opened(browser, subject)
            page.wait_for_timeout(LOOKED_AT)
            found.setdefault(name, []).append(done(page, session, scripts[:1], rounds=1)[2])
            page.close()
    return {name: statistics.median(walls) for name, walls in found.items()}


def drawn(browser: Browser, subjects: Sequence[Subject]) -> list[tuple[float, float]]:
    """Wall and CPU from navigation to drawn, of each."""
    rounds = []
    for _ in range(ROUNDS):
        costs = []
        for subject in subjects:
            page, _, wall, cpu = opened(browser, subject)
            page.close()
            costs.append((wall, cpu))
        rounds.append(costs)
    return [
        (statistics.median(wall for wall, _ in costs), statistics.median(cpu for _, cpu in costs))
        for costs in zip(*rounds, strict=True)
    ]


def built(work: Path, capture: Path, nodes: int) -> Path:
    """The capture's page of a site in which nothing is folded."""
    (work / "sitegen.toml").write_text(f"max_nodes = {nodes * 2}\n")
    command: list[str | Path] = ["build", capture, "-o", work / "site", "--config", work / "sitegen.toml"]
    subprocess.run([sys.executable, "-m", "sitegen", *command], check=True, capture_output=True, cwd=work)
    (page,) = (work / "site" / "captures").rglob("*.html")
    return page


def main() -> None:
    nodes = int(sys.argv[1]) if sys.argv[1:] else 200_000
    executable = find_browser()
    if executable is None:
        sys.exit(HOW_TO_GET_ONE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        work = Path(folder)
        capture = write_capture(work / "big.bin", stacks(nodes), threads=("main", "worker"))
        page = built(work, capture, nodes)
        memrays = work / "memray.html"
        command: list[str | Path] = ["flamegraph", "--no-web", "-f", "-o", memrays, capture]
        subprocess.run([sys.executable, "-m", "memray", *command], check=True, capture_output=True)
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        ready = "html[data-ready=true]"
        ours = Subject(f"{page.as_uri()}#flamegraph", ready, ".graph canvas", OURS)
        over_time = Subject(f"{page.as_uri()}#temporal", ready, "", OURS_OVER_TIME)
        theirs = Subject(memrays.as_uri(), "#chart svg g.frame", "#chart svg", MEMRAYS)
        tab, _, _, _ = opened(browser, ours)
        size = sum(file.stat().st_size for file in [page, *(work / "site" / "data").rglob("big*.js")])
        print(f"{tab.evaluate(NODES):,} nodes; page and data {size:,} bytes,", end=" ")
        print(f"memray's page {memrays.stat().st_size:,} bytes; milliseconds:\n")
        tab.close()
        times = drawn(browser, [ours, over_time, theirs])
        first = firsts(browser, ours) | firsts(browser, over_time)
        rows = measured(browser, ours) | measured(browser, over_time)
        other = measured(browser, theirs)
        browser.close()
    print(
        "| | viewer: wall | CPU | first | memray: wall | CPU | times as fast: wall | CPU |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    print(row("drawn", times[0], times[2]))
    print(row("drawn over time", times[1]))
    for name, (wall, cpu, _) in rows.items():
        print(row(name, (wall, cpu), other[name][:2] if name in other else None, first.get(name)))


def row(
    name: str,
    ours: tuple[float, float],
    theirs: tuple[float, float] | None = None,
    first: float | None = None,
) -> str:
    """A row of the table."""
    cells = [*(f"{value:.0f}" for value in ours), "" if first is None else f"{first:.0f}"]
    if theirs:
        cells += [f"{value:.0f}" for value in theirs]
        cells += [f"{their / our:.1f}" for their, our in zip(theirs, ours, strict=True)]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
