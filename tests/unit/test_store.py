"""The store: what is kept comes back, what is damaged or unknown does not, and it never grows for ever."""

from __future__ import annotations

import os
import pickle
import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from sitegen.capture import hashes
from sitegen.capture.store import Store, can_keep
from sitegen.errors import SitegenError, StoreError

PARTS = {"light": b"few", "main": b"m" * 50_000, "page": b"m" * 50_000, "none": b""}
HOUR, DAY = 3600, 86_400
KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache", 1 << 20)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A file that has been left alone for a day."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"capture")
    age(path, DAY)
    return path


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def entry(store: Store, key: str) -> Path:
    return store.directory / "entries" / key


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keeps a list of the files whose content is hashed from now on."""
    seen: list[str] = []
    really = hashes._sha256

    def digest(file: BinaryIO) -> str:
        seen.append(file.name)
        return really(file)

    monkeypatch.setattr(hashes, "_sha256", digest)
    return seen


def test_what_was_put_comes_back_part_by_part(store: Store) -> None:
    """Empty parts and equal parts too; what was not put does not."""
    store.put("key", PARTS)
    assert {part: store.get("key", part) for part in PARTS} == PARTS
    assert store.get("key", "other") is None
    assert store.get("other", "light") is None


def test_equal_parts_take_their_room_once(store: Store) -> None:
    store.put("key", PARTS)
    assert entry(store, "key").stat().st_size < 51_000


def test_many_parts_come_back_too(store: Store) -> None:
    """The table of an entry may be longer than what is read of it at first."""
    parts = {f"a rather long name of a part {i}": bytes([i]) for i in range(100)}
    store.put("key", parts)
    assert {part: store.get("key", part) for part in parts} == parts


def test_a_later_entry_replaces_an_earlier_one(store: Store) -> None:
    store.put("key", {"light": b"old"})
    store.put("key", {"light": b"new"})
    assert store.get("key", "light") == b"new"


@pytest.mark.parametrize("keep", [0, 5, 14, 17, 20, 60, 10_000, -1])
def test_an_entry_that_was_cut_short_is_none(store: Store, keep: int) -> None:
    """At no length is a part given that is not whole."""
    store.put("key", PARTS)
    path = entry(store, "key")
    path.write_bytes(path.read_bytes()[:keep])
    assert store.get("key", "main") is None


def test_an_entry_in_which_a_bit_was_flipped_is_none(store: Store) -> None:
    """Wherever the bit is: in the magic, the table or the part."""
    store.put("key", {"main": b"the analysis"})
    path = entry(store, "key")
    whole = path.read_bytes()
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 4]) + whole[index + 1 :])
        assert store.get("key", "main") in (None, b"the analysis")
        assert index < len(whole) - 12 or store.get("key", "main") is None


def test_keys_tell_content_and_options_apart(store: Store, tmp_path: Path, capture: Path) -> None:
    """Not names: a copy is known; another content or other options are not."""
    copy, other = tmp_path / "copy.bin", tmp_path / "other.bin"
    copy.write_bytes(b"capture")
    other.write_bytes(b"CAPTURE")
    assert store.key(copy, "x") == store.key(capture, "x")
    assert len({store.key(path, options) for path in (capture, other) for options in "xy"}) == 4


def test_a_settled_file_is_read_once(store: Store, capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this build and in the next, by the same store and by another one."""
    key = store.key(capture, "x")
    seen = reads(monkeypatch)
    assert store.key(capture, "x") == key
    store.forget_hashes()
    assert Store(store.directory, 0).key(capture, "x") == key
    assert seen == []


def test_of_a_large_file_it_is_written_at_once(
    store: Store, capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not to be read again where the build is interrupted before it has looked at all files."""
    monkeypatch.setattr(hashes, "_LARGE", 1)
    key = store.key(capture, "x")
    seen = reads(monkeypatch)
    assert Store(store.directory, 0).key(capture, "x") == key
    assert seen == []


def test_a_changed_file_is_read_again(store: Store, capture: Path) -> None:
    """Also where its size or its time alone tells, or another file took its name."""
    keys = [store.key(capture, "x")]
    capture.write_bytes(b"CAPTURE")
    age(capture, DAY / 2)
    keys.append(store.key(capture, "x"))
    times = capture.stat()
    capture.write_bytes(b"capture and more")
    os.utime(capture, ns=(times.st_atime_ns, times.st_mtime_ns))
    keys.append(store.key(capture, "x"))
    new = capture.with_name("new")
    new.write_bytes(b"capture AND more")
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(capture)
    keys.append(store.key(capture, "x"))
    assert len(set(keys)) == 4


def test_a_file_that_may_still_change_is_not_trusted(store: Store, tmp_path: Path) -> None:
    """What was changed a moment ago can change again without its size or time telling."""
    capture = tmp_path / "a.bin"
    capture.write_bytes(b"capture")
    times = capture.stat()
    key = store.key(capture, "x")
    capture.write_bytes(b"CAPTURE")
    os.utime(capture, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.key(capture, "x") != key
    assert Store(store.directory, 0).key(capture, "x") != key


def test_a_file_that_cannot_be_read_has_a_key_that_finds_nothing(store: Store, tmp_path: Path) -> None:
    """It is the reader's to say why; an analysis of it, if there is one after all, is not kept for others."""
    key = store.key(tmp_path / "nowhere", "x")
    store.put(key, PARTS)
    assert store.key(tmp_path / "nowhere", "x") != key


@pytest.mark.parametrize("junk", [b"\xff\0\n", b"a b c\n", b"a 1 2 3 4 short\n", b"no newline at the end"])
def test_lines_that_make_no_sense_are_passed_over(
    store: Store, capture: Path, junk: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cost at most the reading of a file."""
    key = store.key(capture, "x")
    store.forget_hashes()
    path = store.directory / "hashes"
    path.write_bytes(path.read_bytes() + junk)
    seen = reads(monkeypatch)
    again = Store(store.directory, 0)
    assert again.key(capture, "x") == key
    assert len(seen) <= 1
    path.unlink()
    assert Store(store.directory, 0).key(capture, "x") == key


def test_the_list_of_hashes_stays_small(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is too long, its older half is forgotten."""
    for name in "abcd":
        (tmp_path / name).write_text(name)
        age(tmp_path / name, DAY)
        store.key(tmp_path / name, "x")
    monkeypatch.setattr(hashes, "_MOST_BYTES", 300)
    store.trim()
    assert len((store.directory / "hashes").read_text().splitlines()) == 2
    seen = reads(monkeypatch)
    again = Store(store.directory, 0)
    for name in "abcd":
        again.key(tmp_path / name, "x")
    assert [Path(path).name for path in seen] == ["a", "b"]


def test_trimming_forgets_what_was_not_used_for_longest(tmp_path: Path) -> None:
    """Down to the size that was given; a use counts, not the making."""
    old = Store(tmp_path / "cache", 250_000)
    for number in range(5):
        old.put(str(number) * 64, {"main": bytes([number]) * 90_000})
        age(entry(old, str(number) * 64), DAY - number)
    store = Store(tmp_path / "cache", 250_000)
    assert store.get("0" * 64, "main") is not None
    store.trim()
    assert {path.name for path in (tmp_path / "cache/entries").iterdir()} == {"0" * 64, "4" * 64}


def test_trimming_takes_nothing_that_a_build_may_need(tmp_path: Path) -> None:
    """What this build made or used, and what another one used a moment ago, stays even where it is too much."""
    other = Store(tmp_path / "cache", 10)
    other.put(OTHER, PARTS)
    store = Store(tmp_path / "cache", 10)
    store.put("own", PARTS)
    store.trim()
    assert store.get("own", "light") == store.get(OTHER, "light") == b"few"
    age(entry(store, OTHER), 2 * HOUR)
    store.trim()
    assert store.get(OTHER, "light") is None


def test_what_a_killed_build_left_is_removed(store: Store) -> None:
    """Half an entry goes with the next trimming, once no build can be writing it."""
    store.put("key", PARTS)
    left = entry(store, f"{KEY}.12345")
    left.write_bytes(b"half")
    store.trim()
    assert left.exists()
    age(left, 2 * HOUR)
    store.trim()
    assert not left.exists()
    assert store.get("key", "light") == b"few"


def test_cleaning_leaves_nothing(store: Store, capture: Path) -> None:
    """It says how much it freed, and what others put into the directory stays."""
    store.put(store.key(capture, "x"), PARTS)
    assert store.clean() > 50_000
    assert not store.directory.exists()
    assert store.clean() == 0
    store.key(capture, "x")
    (store.directory / "mine.txt").write_text("mine")
    store.clean()
    assert [path.name for path in store.directory.iterdir()] == ["mine.txt"]


def test_cleaning_removes_nothing_where_there_is_no_store(tmp_path: Path) -> None:
    """A directory with files that are named as a store's is said to be none, and stays as it is."""
    directory = tmp_path / "proj"
    (directory / "entries").mkdir(parents=True)
    for name in (".gitignore", "hashes", "hashes.txt", "entries/a.txt", f"entries/{KEY}", "CACHEDIR.TAG"):
        (directory / name).write_text("mine")
        with pytest.raises(SitegenError, match="proj is no store of sitegen's"):
            Store(directory, 1).clean()
        assert (directory / name).read_text() == "mine"


def test_cleaning_and_trimming_leave_what_is_not_the_stores(store: Store, capture: Path) -> None:
    """Other names, directories, links, and a .gitignore that somebody changed: they stay, and are no error."""
    store.put(store.key(capture, "x"), PARTS)
    (store.directory / ".gitignore").write_text("*.pyc\n")
    (store.directory / "hashes.txt").write_text("mine")
    (store.directory / "hashes.1").write_text("mine")
    entry(store, "a.txt").write_text("mine")
    entry(store, KEY).mkdir()
    entry(store, OTHER).symlink_to(capture)
    age(entry(store, "a.txt"), DAY)
    Store(store.directory, 0).trim()
    assert entry(store, "a.txt").exists()
    assert store.clean() > 50_000
    left = {path.relative_to(store.directory).as_posix() for path in store.directory.rglob("*")}
    stays = {f"entries/{name}" for name in ("a.txt", KEY, OTHER)}
    assert left == {".gitignore", "hashes.txt", "hashes.1", "entries", *stays}


@pytest.mark.parametrize("name", [".gitignore", "CACHEDIR.TAG", "hashes"])
def test_no_store_is_begun_among_what_others_keep(store: Store, capture: Path, name: str) -> None:
    """A file that is not the store's stays as it is, and nothing is put beside it."""
    store.directory.mkdir()
    (store.directory / name).write_text("mine")
    with pytest.raises(StoreError, match=f"{name} there is not sitegen's"):
        store.key(capture, "x")
    assert [path.read_text() for path in store.directory.iterdir()] == ["mine"]


def test_a_store_whose_gitignore_was_changed_is_still_one(store: Store, capture: Path) -> None:
    key = store.key(capture, "x")
    (store.directory / ".gitignore").write_text("*.pyc\n")
    assert Store(store.directory, 0).key(capture, "x") == key
    assert (store.directory / ".gitignore").read_text() == "*.pyc\n"


def test_an_analysis_that_lost_a_part_is_forgotten(store: Store) -> None:
    """Alone; and asking again says the same."""
    store.put(KEY, PARTS)
    store.put(OTHER, PARTS)
    assert store.part(KEY, "light") == PARTS["light"]
    for _ in range(2):
        with pytest.raises(StoreError, match="lost an analysis"):
            store.part(KEY, "never put")
        assert store.get(KEY, "light") is None
    assert store.get(OTHER, "light") == b"few"


def test_a_fifo_in_place_of_a_file_stops_nothing(store: Store, capture: Path) -> None:
    """It is no entry, and a new one replaces it; it holds no hashes, and takes none."""
    key = store.key(capture, "x")
    store.forget_hashes()
    (store.directory / "hashes").unlink()
    for path in (entry(store, key), store.directory / "hashes"):
        os.mkfifo(path)
    again = Store(store.directory, 1 << 20)
    assert again.get(key, "light") is None
    assert again.key(capture, "x") == key
    again.trim()
    again.put(key, PARTS)
    assert again.get(key, "light") == b"few"


def test_a_directory_in_place_of_an_entry_is_named(store: Store) -> None:
    """It cannot be replaced: the error says what to remove, and no half entry stays."""
    entry(store, KEY).mkdir(parents=True)
    assert store.get(KEY, "light") is None
    with pytest.raises(StoreError, match=r"cannot be kept in .*: Is a directory") as caught:
        store.put(KEY, PARTS)
    assert f"Remove {entry(store, KEY)}" in caught.value.hint
    assert [path.name for path in store.directory.glob("entries/*")] == [KEY]


def test_backups_and_git_leave_it_alone(store: Store, capture: Path) -> None:
    """It carries the tag that backup programs know, and ignores itself."""
    store.key(capture, "x")
    tag = (store.directory / "CACHEDIR.TAG").read_bytes()
    assert tag.startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert (store.directory / ".gitignore").read_text() == "*\n"


def test_workers_get_a_store_of_their_own(store: Store, capture: Path) -> None:
    """It pickles, small, whatever it knows."""
    key = store.key(capture, "x")
    data = pickle.dumps(store)
    assert len(data) < 300
    there = pickle.loads(data)
    there.put(key, PARTS)
    assert store.get(key, "light") == b"few"


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, capture: Path) -> None:
    """The error names the directory and the way out."""
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file", 1)
    for use in (lambda: store.key(capture, "x"), lambda: store.put("key", PARTS)):
        with pytest.raises(StoreError, match="cannot be kept in") as caught:
            use()
        assert "store" in caught.value.hint
    assert store.get("key", "light") is None
    store.trim()


def test_whether_a_store_can_be_kept_is_told_without_making_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert not can_keep(tmp_path / "file")
    assert not can_keep(tmp_path / "file" / "below")
    assert not can_keep(tmp_path / ("long" * 100))
    assert can_keep(tmp_path / "new" / "store")
    monkeypatch.chdir(tmp_path)
    assert can_keep(Path(".sitegen-cache"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    monkeypatch.setattr(os, "access", lambda *_: False)  # as on a read-only file system
    assert not can_keep(tmp_path)


def test_builds_at_the_same_time_see_whole_entries(store: Store) -> None:
    """While one replaces an entry again and again, another one reads it: old or new, never a mixture."""
    contents = [{"a": bytes([i]) * 20_000, "b": bytes([i]) * 10} for i in range(20)]
    store.put("key", contents[0])
    done = threading.Event()

    def write() -> None:
        for content in contents * 5:
            Store(store.directory, 1).put("key", content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    wanted = {content["a"] for content in contents}
    while not done.is_set():
        assert store.get("key", "a") in wanted
    writer.join()
