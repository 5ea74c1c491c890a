"""The viewer side by side with memray's own page of the same capture, in the same browser. Run by hand:

    PYTHONPATH=.:tests python tests/performance/viewer_bench.py [NODES]

Prints a table of milliseconds: from navigation to drawn, and of every interaction to the next frame. "CPU" is the
time that the page's main thread was busy, which other work on the machine disturbs less than the wall time. Each
figure is the median of several; "first" is the wall time of the first, which makes what the others find made. The
capture is made up: NODES call-tree nodes (200,000 unless told otherwise) in
stacks of up to 40 frames of 4,000 functions in two threads, held at the peak and never freed. Both pages are opened
from the disk, memray's self-contained (`--no-web`).
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from browser.conftest import write_page
from browser_finder import HOW_TO_GET_ONE, find_browser
from made_captures import write_capture
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture

ROUNDS = 5
NEXT_FRAME = "await new Promise(done => requestAnimationFrame(() => setTimeout(done)));"


@dataclass(frozen=True)
class Subject:
    """A page to measure: what says that it is drawn, where its graph is, and what people do (as scripts, in turn)."""

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


SEARCHES = ("function_1", "function_12", "function_123", "")
OURS = {
    "search key": [typed("[name=q]", text) for text in SEARCHES],
    "zoom in and out": [
        "const graph = document.querySelector('.graph'); graph.focus();"
        " for (const key of ['ArrowDown', 'ArrowDown', 'Enter'])"
        " graph.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));",
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


def done(page: Page, session: CDPSession, scripts: list[str]) -> tuple[float, float, float]:
    """The medians of wall and CPU of scripts that run in turn, a few times, and the first wall."""
    walls, busies = [], []
    for script in scripts * ROUNDS:
        before = busy(session)
        took = "return performance.now() - begin;"
        text = f"async () => {{ const begin = performance.now(); {script}; {NEXT_FRAME} {took} }}"
        walls.append(float(page.evaluate(text)))
        busies.append(busy(session) - before)
    return statistics.median(walls), statistics.median(busies), walls[0]


def hovered(page: Page, session: CDPSession, graph: str) -> tuple[float, float, float]:
    """Moving the mouse over the graph, from box to box."""
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
    found = []
    for _ in range(ROUNDS):
        page, session, wall, cpu = opened(browser, subject)
        found.append((wall, cpu))
        page.close()
    page, session, _, _ = opened(browser, subject)
    walls, busies = zip(*found, strict=True)
    rows = {"drawn": (statistics.median(walls), statistics.median(busies), walls[0])}
    for name, scripts in subject.deeds.items():
        rows[name] = done(page, session, scripts)
    rows["hover"] = hovered(page, session, subject.graph)
    page.close()
    return rows


def main() -> None:
    nodes = int(sys.argv[1]) if sys.argv[1:] else 200_000
    executable = find_browser()
    if executable is None:
        sys.exit(HOW_TO_GET_ONE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        capture = write_capture(Path(folder) / "big.bin", stacks(nodes), threads=("main", "worker"))
        analysis = read_capture(capture, ReadOptions())
        page = write_page(Path(folder) / "site", "big", analysis)
        memrays = Path(folder) / "memray.html"
        command = [
            sys.executable,
            "-m",
            "memray",
            "flamegraph",
            "--no-web",
            "-f",
            "-o",
            str(memrays),
            str(capture),
        ]
        subprocess.run(command, check=True, capture_output=True)
        size = sum(file.stat().st_size for file in page.parent.glob("big*"))
        print(f"{len(analysis.tree.parent):,} nodes; page and data {size:,} bytes, memray's page", end=" ")
        print(f"{memrays.stat().st_size:,} bytes; milliseconds:\n")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        ready = "html[data-ready=true]"
        ours = measured(browser, Subject(page.as_uri(), ready, ".graph canvas", OURS))
        timed = measured(
            browser, Subject(f"{page.as_uri()}#temporal", ready, ".graph canvas", OURS_OVER_TIME)
        )
        other = measured(browser, Subject(memrays.as_uri(), "#chart svg g.frame", "#chart svg", MEMRAYS))
        browser.close()
    ours |= {"drawn over time": timed["drawn"], "time range": timed["time range"]}
    print(
        "| | viewer: wall | CPU | first | memray: wall | CPU | times as fast: wall | CPU |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name, (wall, cpu, first) in ours.items():
        cells = [f"{wall:.0f}", f"{cpu:.0f}", f"{first:.0f}"]
        if name in other:
            their_wall, their_cpu, _ = other[name]
            cells += [
                f"{their_wall:.0f}",
                f"{their_cpu:.0f}",
                f"{their_wall / wall:.1f}",
                f"{their_cpu / cpu:.1f}",
            ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
