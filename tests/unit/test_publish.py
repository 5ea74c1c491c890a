"""The publisher: what it writes, what it leaves alone, what it refuses, and what readers see meanwhile."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sitegen.errors import PublishError
from sitegen.site import exchange, manifest, publish, staging
from sitegen.site.publish import File, Published, file_of

Content = dict[str, bytes]

OLD: Content = {"index.html": b"old", "a/page.html": b"page", "a/data.js": b"data", "gone/x.html": b"x"}
NEW: Content = {"index.html": b"new", "a/page.html": b"page", "a/data.js": b"DATA!", "b/c/d.html": b"d"}


def put(content: Content, out: Path) -> Published:
    return publish.publish((file_of(path, data) for path, data in content.items()), out)


def counts(published: Published) -> tuple[int, int, int, int]:
    """Files written, unchanged and removed, and the bytes of all."""
    return published.written, published.unchanged, published.removed, published.bytes


def holds(directory: Path) -> Content:
    """All files in a directory but the manifest, and (as names that end in /) the empty directories."""
    found: Content = {}
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name + "/"] = b""
    found.pop(manifest.NAME, None)
    return found


@pytest.fixture(params=["swapped", "in place", "no exchange", "no hard links"])
def out(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to publish to, on systems that can do less and less."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTSUP, "not here")

    if request.param == "in place":
        monkeypatch.setattr(staging, "_can_change_places", lambda _: False)
    if request.param == "no exchange":
        monkeypatch.setattr(publish, "exchange", refuse)
    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", refuse)
    return tmp_path / "site"


def test_a_site_appears_with_the_directories_above_it(out: Path) -> None:
    """Publishing to a directory that is not there makes it, and counts what was written."""
    assert counts(put(OLD, out / "deep" / "site")) == (4, 0, 0, 12)
    assert holds(out / "deep" / "site") == OLD


def test_the_next_site_replaces_the_first(out: Path) -> None:
    """New files appear, changed ones change, gone ones go with their directories, and all are counted."""
    put(OLD, out)
    assert counts(put(NEW, out)) == (3, 1, 1, 13)
    assert holds(out) == NEW
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_an_updated_site_equals_a_fresh_one_byte_for_byte(out: Path, tmp_path: Path) -> None:
    """No trace of the way there is left, in the manifest neither."""
    put(OLD, out)
    put(NEW, out)
    put(NEW, tmp_path / "fresh")
    assert (out / manifest.NAME).read_bytes() == (tmp_path / "fresh" / manifest.NAME).read_bytes()


def test_unchanged_files_keep_their_times(out: Path) -> None:
    """A server that tells files apart by their times need not send them again."""
    put(OLD, out)
    before = (out / "a/page.html").stat()
    put(NEW, out)
    after = (out / "a/page.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_same_site_again_writes_nothing(out: Path) -> None:
    """The manifest neither."""
    put(OLD, out)
    before = {path: path.stat().st_mtime_ns for path in [out, *out.rglob("*")]}
    assert counts(put(OLD, out)) == (0, 4, 0, 12)
    assert {path: path.stat().st_mtime_ns for path in [out, *out.rglob("*")]} == before


def test_known_fingerprints_make_nothing(out: Path) -> None:
    """`make` is called when the fingerprint changes, and only then; equal bytes are not written again."""
    made: list[str] = []

    def make(data: bytes) -> tuple[bytes]:
        made.append(data.decode())
        return (data,)

    def site(fingerprint: str, data: bytes) -> list[File]:
        return [File("index.html", fingerprint, partial(make, data)), file_of("style.css", b"css")]

    publish.publish(site("1", b"first"), out)
    assert counts(publish.publish(site("1", b"never made"), out)) == (0, 2, 0, 8)
    assert counts(publish.publish(site("2", b"first"), out)) == (0, 2, 0, 8)
    assert counts(publish.publish(site("2", b"never made"), out)) == (0, 2, 0, 8)
    assert counts(publish.publish(site("3", b"second"), out)) == (1, 1, 0, 9)
    assert made == ["first", "first", "second"]
    assert holds(out) == {"index.html": b"second", "style.css": b"css"}


@pytest.mark.parametrize("damage", ["edited", "edited to the same size", "removed", "a directory now"])
def test_what_was_changed_by_hand_is_mended(out: Path, damage: str) -> None:
    """The next build finds files that are no more as it left them, and makes them again."""
    put(OLD, out)
    page = out / "a/page.html"
    if damage.startswith("edited"):
        page.write_bytes(b"PAGE" if damage.endswith("size") else b"longer page")
    else:
        page.unlink()
    if damage == "a directory now":
        page.mkdir()
        with pytest.raises(PublishError, match="in the way"):
            put(OLD, out)
        page.rmdir()
    assert counts(put(OLD, out)) == (1, 3, 0, 12)
    assert holds(out) == OLD


def test_files_whose_times_are_lost_are_compared_by_their_bytes(out: Path) -> None:
    """A site that came out of an archive or a checkout is not written again."""
    put(OLD, out)
    for path in out.rglob("*.*"):
        os.utime(path)
    os.utime(out / manifest.NAME, (1, 1))
    assert counts(put(OLD, out)) == (0, 4, 0, 12)


def test_what_others_put_there_stays(out: Path) -> None:
    """Files, links and directories that sitegen did not write survive every build, in its directories too."""
    put(OLD, out)
    (out / "CNAME").write_text("example.org")
    (out / "a/mine.txt").write_text("mine")
    (out / "gone/mine.txt").write_text("mine")
    (out / "empty").mkdir()
    (out / "link").symlink_to("nowhere")
    put(NEW, out)
    assert (out / "link").readlink() == Path("nowhere")
    (out / "link").unlink()
    others = {"CNAME": b"example.org", "a/mine.txt": b"mine", "gone/mine.txt": b"mine", "empty/": b""}
    assert holds(out) == NEW | others


@pytest.mark.parametrize("theirs", ["b/c/d.html", "b", "b/c/d.html/more"])
def test_what_others_put_there_is_never_overwritten(out: Path, theirs: str) -> None:
    """A foreign file where a page should go is an error that names it; the site stays as it was."""
    put(OLD, out)
    (out / theirs).parent.mkdir(parents=True, exist_ok=True)
    (out / theirs).write_text("mine")
    with pytest.raises(PublishError, match=r"in the way, and not sitegen's"):
        put(NEW, out)
    assert holds(out) == OLD | {theirs: b"mine"}


def test_a_directory_of_ours_that_became_a_link_is_not_followed(out: Path, tmp_path: Path) -> None:
    """Nothing is written through a link that somebody put in the place of a directory."""
    put(OLD, out)
    (out / "a").rename(tmp_path / "elsewhere")
    (out / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PublishError, match="in the way"):
        put(NEW, out)
    assert (tmp_path / "elsewhere/data.js").read_bytes() == b"data"


def test_files_and_directories_can_change_places(out: Path) -> None:
    """What was a page can become a directory of pages, and back."""
    one, other = {"x": b"1", "index.html": b"i"}, {"x/y": b"2", "index.html": b"i"}
    for content in (one, other, one):
        put(content, out)
        assert holds(out) == content


def test_a_foreign_directory_is_refused(out: Path) -> None:
    """A directory with files but without a manifest is left alone, and the error says what to do."""
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(PublishError, match="is not empty") as caught:
        put(OLD, out)
    assert caught.value.hint
    assert holds(out) == {"thesis.tex": b"years of work"}


def test_a_file_in_the_place_of_the_site_is_refused(out: Path) -> None:
    """The error is one for people."""
    out.write_text("a file")
    with pytest.raises(PublishError):
        put(OLD, out)
    assert out.read_text() == "a file"


@pytest.mark.parametrize(
    "text", ["{", '{"version": 99, "files": {}}', '{"version": 1, "files": {"../x": ["", 0]}}']
)
def test_a_manifest_that_cannot_be_believed_is_refused(out: Path, text: str) -> None:
    """One that is damaged, of another version, or names files outside the site deletes nothing."""
    out.mkdir()
    (out.parent / "x").write_text("")
    (out / manifest.NAME).write_text(text)
    with pytest.raises(PublishError):
        put(OLD, out)
    assert (out.parent / "x").exists()


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a//b", "a/./b", ".sitegen-manifest.json", "a\0b"])
def test_paths_that_lead_out_of_the_site_are_refused(out: Path, path: str) -> None:
    """So is the manifest's own name; nothing is written."""
    with pytest.raises(ValueError, match="not a plain path"):
        put({path: b""}, out)
    assert not out.exists()


def test_a_path_cannot_come_twice(out: Path) -> None:
    """Two pages of one URL are a mistake of the caller's, not a race that the last one wins."""
    with pytest.raises(ValueError, match="twice"):
        publish.publish([file_of("a", b"1"), file_of("a", b"2")], out)


def test_a_build_that_fails_leaves_the_old_site(out: Path) -> None:
    """An exception while pages are made passes through, and nothing is left of the new site."""
    put(OLD, out)

    def fails() -> Iterator[File]:
        yield file_of("index.html", b"new")
        raise RuntimeError("no template")

    with pytest.raises(RuntimeError, match="no template"):
        publish.publish(fails(), out)
    assert holds(out) == OLD
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_only_one_file_is_in_memory_at_a_time(out: Path) -> None:
    """Files are taken from the iterator one by one: the second is asked for when the first is on disk."""
    alive: list[str] = []

    class Bytes(bytes):
        def __del__(self) -> None:
            alive.remove("one")

    def make() -> tuple[bytes]:
        alive.append("one")
        assert len(alive) == 1
        return (Bytes(b"data"),)

    publish.publish((File(f"{i}", f"{i}", make) for i in range(50)), out)
    assert len(holds(out)) == 50


def test_permissions_of_the_directory_stay(out: Path) -> None:
    """A server of another user that could read the site still can."""
    out.mkdir(mode=0o750)
    put(OLD, out)
    assert out.stat().st_mode & 0o777 == 0o750


def test_a_link_to_the_directory_stays_a_link(out: Path, tmp_path: Path) -> None:
    """Publishing through a symbolic link changes the directory that it leads to."""
    (tmp_path / "real").mkdir()
    out.symlink_to(tmp_path / "real")
    put(OLD, out)
    put(NEW, out)
    assert out.is_symlink()
    assert holds(tmp_path / "real") == NEW


def test_the_current_directory_keeps_its_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that stands in the site sees the new one, and not a directory that was deleted."""
    out = tmp_path / "site"
    put(OLD, out)
    inode = out.stat().st_ino
    monkeypatch.chdir(out)
    put(NEW, Path())
    assert out.stat().st_ino == inode
    assert holds(Path.cwd()) == NEW


def test_a_file_added_during_the_change_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody puts into the old site at the last moment is in the new one."""
    out = tmp_path / "site"
    put(OLD, out)
    really = exchange.exchange

    def late(one: Path, other: Path) -> None:
        (out / "late").mkdir()
        (out / "late/note.txt").write_text("late")
        really(one, other)

    monkeypatch.setattr(publish, "exchange", late)
    put(NEW, out)
    assert holds(out) == NEW | {"late/note.txt": b"late"}


def test_two_builds_into_one_directory_wait_for_each_other(tmp_path: Path) -> None:
    """Builds that run at the same time end with the site of one of them, whole."""
    out = tmp_path / "site"
    contents = [{f"{i}.html": str(n).encode() for i in range(20)} | {f"only-{n}": b""} for n in range(6)]
    builders = [threading.Thread(target=put, args=(content, out)) for content in contents]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert holds(out) in contents
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_readers_see_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    """While sites are published, a reader finds the files of one site only, and all of them."""
    out = tmp_path / "site"
    names = [f"{i}.html" for i in range(30)]

    def site(number: int) -> Content:
        return {name: str(number).encode() for name in names}

    put(site(0), out)
    done = threading.Event()

    def build() -> None:
        for number in range(1, 40):
            put(site(number), out)
        done.set()

    builder = threading.Thread(target=build)
    builder.start()
    looks = 0
    while not done.is_set():
        directory = os.open(out, os.O_RDONLY)
        try:
            descriptors = [os.open(name, os.O_RDONLY, dir_fd=directory) for name in names]
        except FileNotFoundError:
            continue  # this one is old by now, and being removed
        finally:
            os.close(directory)
        seen = {os.read(descriptor, 10) for descriptor in descriptors}
        for descriptor in descriptors:
            os.close(descriptor)
        assert len(seen) == 1
        looks += 1
        assert (out / "index.html").exists() or (out / names[0]).exists()
    builder.join()
    assert looks


@pytest.mark.parametrize(
    "entry",
    [
        manifest.Entry("0a" * 32, 12),
        manifest.Entry("0a" * 32, 2**64 - 1, "b1" * 32),
        manifest.Entry("0a" * 32, 0, "not a hash"),
        manifest.Entry("0A" * 32, 1),
        manifest.Entry("0a" * 64, 1),
        manifest.Entry("0a" * 32, 2**64),
        manifest.DOUBTFUL,
    ],
)
def test_a_manifest_keeps_entries_as_they_are(entry: manifest.Entry) -> None:
    """Packed or not: what a stranger wrote into a manifest comes out again as it went in."""
    files = manifest.Files()
    files.add("page.html", entry)
    assert dict(files) == {"page.html": entry}
