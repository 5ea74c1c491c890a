"""The preview hears of changes, however its directories come and go."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aside import run_aside
from watchfiles import Change, awatch

from sitegen.errors import SitegenError
from sitegen.preview import watch as module
from sitegen.preview.watch import Watch

PATIENCE = 30


class Heard:
    """A watch, and what it told."""

    def __init__(self, recursive: bool = False) -> None:
        self.paths: set[Path] = set()
        self.reasons: list[str] = []
        self.ends: list[str] = []
        self._news = asyncio.Event()
        self.watch = Watch(self._note, self.reasons.append, self._note_end, polls=False, recursive=recursive)

    def _note(self, change: Change, path: Path) -> None:  # noqa: ARG002 - what a watch tells
        self.paths.add(path)
        self._news.set()

    def _note_end(self, text: str) -> None:
        self.ends.append(text)
        self._news.set()

    async def of_the_end(self) -> None:
        """Waits until it was told that nothing is watched any more."""
        async with asyncio.timeout(PATIENCE):
            while not self.ends:
                self._news.clear()
                await self._news.wait()

    async def of(self, path: Path) -> None:
        """Waits until a change of this path was told."""
        async with asyncio.timeout(PATIENCE):
            while path not in self.paths:
                self._news.clear()
                await self._news.wait()


def run(test: Callable[[Heard], Awaitable[None]], recursive: bool = False) -> Heard:
    async def main() -> Heard:
        heard = Heard(recursive)
        await test(heard)
        await heard.watch.stop()
        return heard

    return run_aside(main())


def test_a_directory_is_heard_of_from_the_moment_it_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path])
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")
        await heard.watch.follow([tmp_path, tmp_path / "a"])
        (tmp_path / "a/two").touch()
        await heard.of(tmp_path / "a/two")

    run(test)


def test_what_lies_below_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path])
        (tmp_path / "a/unheard").touch()
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")

    assert tmp_path / "a/unheard" not in run(test).paths


def test_a_directory_in_the_place_of_another_is_followed(tmp_path: Path) -> None:
    place, kept = tmp_path / "a", tmp_path / "kept"
    place.mkdir()
    kept.mkdir()

    async def test(heard: Heard) -> None:
        await heard.watch.follow([place])
        shutil.rmtree(place)
        kept.rename(place)
        await heard.watch.follow([place])
        (place / "one").touch()
        await heard.of(place / "one")

    run(test)


def test_directories_that_are_gone_are_left_out(tmp_path: Path) -> None:
    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path, tmp_path / "gone"])
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")

    run(test)


def test_where_whole_trees_are_followed_new_directories_are_heard_of_too(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)

    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path / "a", tmp_path / "a/b"])
        (tmp_path / "a/b/one").touch()
        await heard.of(tmp_path / "a/b/one")

    run(test, recursive=True)


def test_where_the_system_cannot_tell_changes_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def limited(*paths: Path, force_polling: bool, **options: Any) -> AsyncIterator[Any]:
        if not force_polling:
            raise OSError('OS file watch limit reached. about ["/x"] (Error { kind: MaxFilesWatch })')
        async for batch in awatch(*paths, force_polling=True, poll_delay_ms=50, **options):
            yield batch

    monkeypatch.setattr(module, "awatch", limited)

    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path])
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")
        assert heard.watch.polls

    assert run(test).reasons == ["OS file watch limit reached"]


def test_where_nothing_can_be_watched_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*paths: Path, **options: Any) -> AsyncIterator[Any]:  # noqa: ARG001 - as awatch
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(module, "awatch", refused)

    async def test(heard: Heard) -> None:
        with pytest.raises(SitegenError, match="cannot be watched"):
            await heard.watch.follow([tmp_path])

    run(test)


def test_where_watching_ends_by_itself_changes_are_looked_for_and_its_directories_taken_for_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dying(*paths: Path, force_polling: bool, **options: Any) -> AsyncIterator[Any]:
        if not force_polling:
            await asyncio.sleep(0.01)
            raise RuntimeError("error in underlying watcher: gone.")
        async for batch in awatch(*paths, force_polling=True, poll_delay_ms=50, **options):
            yield batch

    monkeypatch.setattr(module, "awatch", dying)

    async def test(heard: Heard) -> None:
        await heard.watch.follow([tmp_path])
        await heard.of(tmp_path)
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")

    heard = run(test)
    assert heard.reasons == ["error in underlying watcher: gone"]
    assert heard.ends == []


@pytest.mark.parametrize("error", [RuntimeError("gone"), ValueError("gone")])
def test_where_watching_ends_for_good_it_says_so_and_can_be_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def dying(*paths: Path, **options: Any) -> AsyncIterator[Any]:  # noqa: ARG001 - as awatch
        await asyncio.sleep(0.01)
        if paths:
            raise error
        yield

    async def test(heard: Heard) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(module, "awatch", dying)
            await heard.watch.follow([tmp_path])
            await heard.of_the_end()
        heard.watch.polls = False
        await heard.watch.follow([tmp_path])
        (tmp_path / "one").touch()
        await heard.of(tmp_path / "one")

    assert run(test).ends == ["Changes cannot be watched: gone\nServe them with --no-reload."]


def test_where_no_directory_can_be_read_it_says_that(tmp_path: Path) -> None:
    async def test(heard: Heard) -> None:
        with pytest.raises(SitegenError, match="none of the directories can be read"):
            await heard.watch.follow([tmp_path / "gone", tmp_path / ("long" * 100)])

    run(test)
