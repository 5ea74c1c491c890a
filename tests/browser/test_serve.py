"""A page of the preview in a real browser: it reloads itself when, and only when, there is something new on it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from made_captures import write_capture
from playwright.sync_api import Browser, Page
from running import PATIENCE, Running, running

THEME = Path(__file__).resolve().parents[2] / "themes" / "default"
CONFIG = 'captures = ["captures"]\ntitle = "Before"\ntheme = "./theme"\n'
CAPTURES = ("first", "second", "third")


def put(path: Path, size: int) -> None:
    """A capture with one stack, there at once as a whole."""
    made = write_capture(path.parents[2] / "making.bin", [([("main", "a.py", 1), ("work", "b.py", 2)], size)])
    path.parent.mkdir(parents=True, exist_ok=True)
    made.replace(path)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with captures, a theme of its own, and a configuration."""
    directory = tmp_path_factory.mktemp("project")
    for name in CAPTURES:
        put(directory / f"captures/run/{name}.bin", 1000)
    shutil.copytree(THEME, directory / "theme")
    (directory / "sitegen.toml").write_text(CONFIG)
    return directory


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Running]:
    with running("serve", "--port", "0", cwd=project) as command:
        command.until("^Built")  # whichever test comes first, it changes what was read already
        yield command
        assert command.end() == 0


def page_of(server: Running, name: str) -> str:
    """Where the page of a capture is, below the site's address."""
    server.until("^Built")
    with urlopen(f"{server.url}api/site.json") as response:
        captures = json.load(response)["captures"]
    return str(next(found["url"] for found in captures if found["file"] == f"run/{name}.bin"))


@contextmanager
def tab_at(browser: Browser, server: Running, path: str = "") -> Iterator[Page]:
    """A page of the preview, drawn. Errors on the console fail the test, those of removed pages excepted."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda m: wrong.append(m.text) if m.type == "error" and "404 (" not in m.text else None
    )
    server.until("^Built")
    page.goto(server.url + path)
    page.wait_for_selector("html[data-ready=true]", state="attached")
    yield page
    page.close()
    assert wrong == []


@contextmanager
def reload_of(page: Page) -> Iterator[None]:
    """What is done in here makes the page reload by itself."""
    mark(page)
    yield
    page.wait_for_selector("html:not([data-marked])[data-ready=true]", state="attached")


def mark(page: Page) -> None:
    page.evaluate("document.documentElement.dataset.marked = ''")


def marked(page: Page) -> bool:
    """Whether the page is the one that was marked: it did not reload since."""
    return page.locator("html[data-marked]").count() == 1


def test_pages_follow_captures_that_are_added_changed_and_removed(
    browser: Browser, server: Running, project: Path
) -> None:
    """The overview shows each; an open capture's page changes with its capture, and with no other one."""
    second = page_of(server, "second")
    with tab_at(browser, server) as home, tab_at(browser, server, second) as capture:
        mark(capture)
        with reload_of(home):
            put(project / "captures/run/fourth.bin", 1000)
        assert "4 captures" in home.inner_text(".lead")
        with reload_of(home):
            put(project / "captures/run/first.bin", 7_654_000)
        assert "7.654MB" in home.content()
        assert marked(capture)

        with reload_of(home), reload_of(capture):
            put(project / "captures/run/second.bin", 3_210_000)
        assert "3.210MB" in capture.content()

        with reload_of(home):
            (project / "captures/run/second.bin").unlink()
        capture.wait_for_selector("text=There is no such page")
        assert "3 captures" in home.inner_text(".lead")


def test_a_reload_keeps_the_state_in_the_fragment(browser: Browser, server: Running, project: Path) -> None:
    with tab_at(browser, server, f"{page_of(server, 'third')}#flamegraph&q=work") as page:
        assert page.input_value(".viewer-search input") == "work"
        with reload_of(page):
            put(project / "captures/run/third.bin", 2_222_000)
        assert page.url.endswith(".html#flamegraph&q=work")
        assert page.input_value(".viewer-search input") == "work"


def test_a_template_and_a_style_that_are_edited_are_seen(
    browser: Browser, server: Running, project: Path
) -> None:
    template, style = project / "theme/templates/base.html", project / "theme/static/site.css"
    with tab_at(browser, server) as page:
        with reload_of(page):
            template.write_text(template.read_text().replace("</footer>", "<b>edited</b></footer>"))
        assert page.inner_text("footer b") == "edited"
        with reload_of(page):
            style.write_text(style.read_text() + "footer.site { letter-spacing: 7px }")
        assert page.evaluate("getComputedStyle(document.querySelector('footer')).letterSpacing") == "7px"


@pytest.mark.parametrize(
    ("file", "broken", "said"),
    [
        ("sitegen.toml", f"{CONFIG}tittle = 1\n", "unknown key tittle"),
        ("sitegen.toml", "captures = [", "no valid TOML"),
        ("theme/templates/index.html", "<p>\n{% if %}", "index.html, line 2"),
        ("theme/theme.toml", "title =", "theme.toml"),
    ],
)
def test_an_error_lies_over_the_last_good_site_until_it_is_cured(
    browser: Browser, server: Running, project: Path, file: str, broken: str, said: str
) -> None:
    path = project / file
    good = path.read_text()
    with tab_at(browser, server) as page:
        mark(page)
        path.write_text(broken)
        page.wait_for_selector("#sitegen-problem .message")
        assert said in page.inner_text("#sitegen-problem .message")
        assert (
            page.locator("#sitegen-problem .overlay").evaluate("e => getComputedStyle(e).color")
            == "rgb(255, 255, 255)"
        )
        assert " captures of " in page.inner_text(".lead")
        assert marked(page)

        path.write_text(good)
        page.wait_for_selector("#sitegen-problem", state="detached")


RECORDS_ITSELF = """
import memray, sys
with memray.Tracker(sys.argv[1]):
    held = [bytearray(3_000_000)]
    for line in sys.stdin:
        held += [[n] for n in range(50_000)]
"""


def test_a_capture_that_grows_is_shown_as_running(browser: Browser, server: Running, project: Path) -> None:
    path = project / "captures/run/alive.bin"
    command = [sys.executable, "-c", RECORDS_ITSELF, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        with tab_at(browser, server) as home:
            home.wait_for_selector("text=alive")
        with tab_at(browser, server, page_of(server, "alive")) as page:
            assert page.inner_text("h1 .status") in ("unfinished", "running")
            print(file=process.stdin, flush=True)
            page.wait_for_selector("h1 .status >> text=running")
            process.stdin.close()
            page.wait_for_selector("h1 .status", state="detached")  # it ended well
    path.unlink()


def test_an_error_and_its_cure_with_something_new(browser: Browser, server: Running, project: Path) -> None:
    """Who opens a page while there is an error sees it too; it can be hidden; the cure brings what changed."""
    config = project / "sitegen.toml"
    config.write_text("title = 7\n")
    server.until("title: expected text")
    with tab_at(browser, server) as page:
        page.click("#sitegen-problem button")
        assert page.locator("#sitegen-problem").count() == 0
        with reload_of(page):
            config.write_text(CONFIG.replace("Before", "After"))
        assert "After" in page.title()
        assert page.locator("#sitegen-problem").count() == 0
