"""An analysis as bytes: what a stranger says in them is believed only as far as a process can have it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from made_analyses import analysis_of
from made_captures import write_capture
from msgspec.structs import replace

from sitegen.capture import bundle
from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.errors import BundleError, CaptureError
from sitegen.model import NEVER, Analysis, SizeBin, Stats, Status, Thread

STACK = [("main", "/p/a.py", 1)]
LAST_DAY = 253_402_300_799_999
SOUND = analysis_of([(STACK, 100, 1)], [(STACK, 10, 1)], lifetimes=[(STACK, 0, NEVER, 10, 1)], heap=[50, 100])


def stats(size: int = 100, in_bin: int = 1) -> Stats:
    return Stats(1, size, (("malloc", 1),), (SizeBin(0, 10, in_bin),), (), (), (), ())


def started(at: int, ended: int) -> Callable[[Analysis], Analysis]:
    return lambda sound: replace(sound, facts=replace(sound.facts, started=at, ended=ended))


def peak(*sizes: int, count: int = 1) -> Callable[[Analysis], Analysis]:
    """The rows of the peak hold these sizes."""

    def changed(sound: Analysis) -> Analysis:
        rows = len(sizes)
        zeros = array("H", bytes(2 * rows))
        node = array("I", [1] * rows)
        kinds = array("B", bytes(rows))
        of = replace(sound.peak, node=node, thread=zeros, allocator=kinds)
        return replace(sound, peak=replace(of, bytes=array("Q", sizes), count=array("Q", [count] * rows)))

    return changed


def test_an_analysis_with_possible_figures_comes_back() -> None:
    for sound in (SOUND, started(0, LAST_DAY)(SOUND), replace(SOUND, stats=stats())):
        assert bundle.decode(bundle.encode(sound, {}).main + bundle.encode(sound, {}).temporal)[0] == sound


@pytest.mark.parametrize(
    "change",
    [
        *(started(at, at) for at in (2**62, 10**18, -(2**62), -1, LAST_DAY + 1, 2**70)),
        started(1000, 999),
        peak(2**64 - 1),
        peak(2**63, 2**63),
        peak(1, count=2**63),
        lambda sound: replace(sound, peak_bytes=-5),
        lambda sound: replace(sound, peak_bytes=2**47),
        lambda sound: replace(sound, peak_rss_bytes=-5),
        lambda sound: replace(sound, leaked_bytes=-1),
        lambda sound: replace(sound, leaked_allocations=-1),
        lambda sound: replace(sound, status=Status.FAILED),
        lambda sound: replace(sound, stats=stats(size=-1)),
        lambda sound: replace(sound, stats=stats(in_bin=2**63)),
        lambda sound: replace(sound, threads=(Thread(2**64, ""),)),
    ],
)
def test_figures_that_no_process_can_have_are_refused(change: Callable[[Analysis], Analysis]) -> None:
    encoded = bundle.encode(change(SOUND), {})
    with pytest.raises(BundleError, match="holds figures that no process can have"):
        bundle.decode(encoded.main + encoded.temporal)


@pytest.mark.parametrize("lived", [(4, NEVER), (0, 4), (0, NEVER - 1)])
def test_memory_in_windows_that_are_not_there_is_damage(lived: tuple[int, int]) -> None:
    """Two snapshots have the windows 0, 1 and 2; what counts in the last ends in 3."""
    wrong = analysis_of([(STACK, 100, 1)], lifetimes=[(STACK, *lived, 10, 1)], heap=[50, 100])
    encoded = bundle.encode(wrong, {})
    with pytest.raises(BundleError, match="its parts do not fit"):
        bundle.decode(encoded.main + encoded.temporal)


@pytest.mark.parametrize("sizes", [[2**62], [2**63 - 1, 2**63 - 1], [2**60] * 20])
def test_a_capture_of_sizes_that_no_process_can_have_says_so(tmp_path: Path, sizes: list[int]) -> None:
    capture = write_capture(tmp_path / "app.bin", [(STACK, size) for size in sizes])
    with pytest.raises(CaptureError, match="holds figures that no process can have"):
        read_capture(capture, ReadOptions())
