"""Takes the pictures of the documentation, of the sample site: `python docs/screenshots.py`.

Needs Playwright for Python, and a Chromium as the browser tests find it. The pictures are of one machine's fonts: take
all of them anew, not one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

from browser_finder import HOW_TO_GET_ONE, find_browser  # noqa: E402


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file's name, the page with what it is asked, its height, and what is at its top."""

    name: str
    url: str
    height: int
    begin: str = "body"


PICTURES = (
    Picture("index", "index.html", 1040),
    Picture("run", "runs/release-2.4.html", 620, "main > section:has(.service-chart)"),
    Picture("module", "modules/app.embeddings.html", 640, "main > section:has(.timeline-chart)"),
    Picture("capture", "captures/release-2.5/app.embeddings.bin.html", 700, ".reports"),
    Picture(
        "compare",
        "compare.html?base=release-2.2/app.embeddings.bin&head=release-2.3/app.embeddings.bin",
        900,
    ),
)
WIDTH = 1280


def main() -> int:
    """Builds the sample site somewhere else, and takes every picture."""
    browser = find_browser()
    if browser is None:
        print(HOW_TO_GET_ONE, file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        command = [sys.executable, "-m", "sitegen", "build", str(ROOT / "sample_captures"), "-o", "site"]
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for picture in PICTURES:
            context = chromium.new_context(
                viewport={"width": WIDTH, "height": picture.height},
                color_scheme="light",
                reduced_motion="reduce",
                timezone_id="UTC",
            )
            take(context.new_page(), Path(place) / "site", picture)
            context.close()
        chromium.close()
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.stat().st_size:>8,}  {path.relative_to(ROOT)}")
    return 0


def take(page: Page, site: Path, picture: Picture) -> None:
    """One picture of one page, when it has drawn itself."""
    page.goto(f"{site.as_uri()}/{picture.url}")
    page.wait_for_selector("html[data-ready=true]", state="attached")
    page.eval_on_selector(picture.begin, "element => scrollTo(0, element.offsetTop - 70)")
    page.wait_for_timeout(300)  # fonts and canvas settle
    page.screenshot(path=IMAGES / f"{picture.name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
