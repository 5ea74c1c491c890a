"""How fast the pages of a site of many runs load, against those of a site of three runs. Run by hand:

    PYTHONPATH=.:tests python tests/performance/load.py WORK [RUNS]

Both sites are of the same captures, those of the sample service's newest run, again and again as run after run (100
unless told otherwise); they are built in WORK, once. Pages are opened from the disk. Prints a table of milliseconds
from navigation to drawn, and of the time that the page's main thread was busy: medians, and how many times as long the
many runs take.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from browser_finder import HOW_TO_GET_ONE, find_browser
from made_captures import SAMPLES
from playwright.sync_api import Browser, sync_playwright
from viewer_bench import Subject, opened

ROUNDS = 9
FEW = 3
READY = "html[data-ready=true]"


def build(work: Path, runs: int) -> Path:
    """The site of so many equal runs."""
    site, captures = work / f"site-{runs}", work / f"captures-{runs}"
    if not site.exists():
        newest = max((SAMPLES / "runs").iterdir())
        for run in range(runs):
            shutil.copytree(newest, captures / f"run-{run:03}", ignore=lambda *_: ["run.toml", "NOTES.md"])
        sitegen = [sys.executable, "-m", "sitegen", "build"]
        command = [*sitegen, str(captures), "-o", str(site), "--store", str(work / "store")]
        subprocess.run(command, check=True, capture_output=True)
    return site


def pages(site: Path) -> dict[str, str]:
    """The pages to open, by what they are: of the newest run, and of a module that it has."""
    told = json.loads((site / "api" / "site.json").read_text())
    newest, before = told["runs"][-1], told["runs"][-2]
    capture = next(c for c in told["captures"] if c["id"] == newest["captures"][0])
    module = next(m for m in told["modules"] if m["id"] == capture["module"])
    pair = f"base={before['captures'][0]}&head={capture['id']}"
    return {
        "index": "index.html",
        "findings": "findings.html",
        "module": module["url"],
        "newest run": newest["url"],
        "functions": "functions.html",
        "capture": capture["url"],
        "compare, two captures": f"compare.html?{pair}",
        "compare, two runs": f"compare.html?base-run={before['id']}&head-run={newest['id']}",
    }


def measured(browser: Browser, sites: tuple[Path, Path]) -> Iterator[tuple[str, list[float]]]:
    """Of every page: wall and CPU with few runs, then with many. In turn, so that a busy moment hits both."""
    few, many = map(pages, sites)
    for kind in few:
        figures: list[list[float]] = [[], [], [], []]
        for _ in range(ROUNDS):
            for at, (site, page) in enumerate(zip(sites, (few[kind], many[kind]), strict=True)):
                shown, _, wall, cpu = opened(browser, Subject(f"{site.as_uri()}/{page}", READY, "", {}))
                shown.close()
                figures[2 * at].append(wall)
                figures[2 * at + 1].append(cpu)
        yield kind, [statistics.median(column) for column in figures]


def main() -> None:
    if not sys.argv[1:]:
        sys.exit(__doc__)
    work, runs = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if sys.argv[2:] else 100
    executable = find_browser()
    if executable is None:
        sys.exit(HOW_TO_GET_ONE)
    sites = (build(work, FEW), build(work, runs))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        print(f"| page | {FEW} runs: wall | CPU | {runs} runs: wall | CPU | times: wall | CPU |")
        print("|---|---|---|---|---|---|---|")
        for kind, (wall, cpu, many_wall, many_cpu) in measured(browser, sites):
            figures = f"{wall:.0f} | {cpu:.0f} | {many_wall:.0f} | {many_cpu:.0f}"
            print(f"| {kind} | {figures} | {many_wall / wall:.2f} | {many_cpu / cpu:.2f} |")
        browser.close()


if __name__ == "__main__":
    main()
