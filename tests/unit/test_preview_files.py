"""The preview opens files of the site and no others, also while the site is replaced."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from sitegen.preview import files
from sitegen.preview.files import opened
from sitegen.site.publish import file_of, publish


def content(root: Path, path: str) -> bytes | None:
    with opened(root, path) as file:
        return file.read() if file is not None else None


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text("index")
    (root / "sub/page.html").write_text("page")
    (tmp_path / "secret.txt").write_text("secret")
    return root


def test_files_below_the_root_are_opened(site: Path) -> None:
    assert content(site, "index.html") == b"index"
    assert content(site, "sub/page.html") == b"page"


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "..", "../secret.txt", "sub/../../secret.txt", "sub/../index.html", "./index.html", "/etc/passwd",
        "sub//page.html", "index.html/", "sub", "index.html\0", "x" * 5000, "a/" * 3000, "\udcff", "index.html/x",
        ".sitegen-manifest.json",
    ],
)  # fmt: skip
def test_nothing_else_is_opened(site: Path, path: str) -> None:
    (site / ".sitegen-manifest.json").write_text("{}")
    assert content(site, path) is None


def test_links_are_not_followed_to_wherever_they_lead(site: Path) -> None:
    (site / "out.txt").symlink_to("../secret.txt")
    (site / "up").symlink_to("..")
    (site / "in.html").symlink_to("index.html")
    assert [content(site, path) for path in ("out.txt", "up/secret.txt", "in.html")] == [None] * 3


def test_a_pipe_blocks_nobody(site: Path) -> None:
    os.mkfifo(site / "pipe.html")
    assert content(site, "pipe.html") is None


def test_no_descriptor_is_left_open(site: Path) -> None:
    os.mkfifo(site / "pipe.html")
    before = len(list(Path("/dev/fd").iterdir()))
    for path in ("index.html", "sub/page.html", "pipe.html", "sub", "sub/none.html", "none/none.html"):
        content(site, path)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_is_looked_for_again_when_the_site_was_replaced_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is in the old directory when its files go away."""
    root = tmp_path / "site"
    publish([file_of("sub/page.html", b"old")], root)
    descend = files._descend
    calls = []

    def interrupted(directory: Path, parts: list[str]) -> int:
        calls.append(parts)
        if len(calls) == 1:
            publish([file_of("sub/page.html", b"new"), file_of("index.html", b"")], root)
            raise FileNotFoundError(errno.ENOENT, "gone")
        return descend(directory, parts)

    monkeypatch.setattr(files, "_descend", interrupted)
    assert content(root, "sub/page.html") == b"new"
    assert content(root, "sub/none.html") is None
    assert len(calls) == 3


def test_a_reader_finds_every_file_while_the_site_is_replaced_again_and_again(tmp_path: Path) -> None:
    """Each answer is a whole file of one build; none is missing, none is a mixture."""
    root, done = tmp_path / "site", threading.Event()

    def build(number: int) -> None:
        texts = (str(number) * 1000 * (1 + number % 3)).encode()
        publish([file_of(f"captures/run/{name}.html", texts) for name in range(20)], root)

    def build_often() -> None:
        try:
            for number in range(1, 60):
                build(number)
        finally:
            done.set()

    build(0)
    builder = threading.Thread(target=build_often)
    builder.start()
    seen: set[bytes] = set()
    while not done.is_set():
        for name in range(20):
            text = content(root, f"captures/run/{name}.html")
            assert text is not None
            seen.add(text)
    builder.join()
    whole = {(str(number) * 1000 * (1 + number % 3)).encode() for number in range(60)}
    assert seen <= whole
    assert len(seen) > 1
