"""What is kept of captures of older runs."""

from __future__ import annotations

from made_captures import sample

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.insight.brief import POINTS, brief
from sitegen.insight.calltree import function_rows
from sitegen.model import View

SAMPLE = sample("release-2.3/app.embeddings.bin")


def test_figures_and_function_tables_stay_and_all_else_is_small() -> None:
    """Peak, leaks, allocations and the tables of functions are those of the whole analysis."""
    whole = read_capture(SAMPLE, ReadOptions())
    small = brief(whole, 50)
    for name in (
        "status",
        "facts",
        "peak_bytes",
        "peak_rss_bytes",
        "leaked_bytes",
        "leaked_allocations",
        "threads",
    ):
        assert getattr(small, name) == getattr(whole, name)
    for view in (View.PEAK, View.LEAKS):
        assert function_rows(small, view) == function_rows(whole, view)
    assert whole.stats is not None
    assert small.stats is not None
    assert small.stats.allocations == whole.stats.allocations
    assert len(small.tree.parent) == 51
    assert len(small.snapshots.time) <= POINTS < len(whole.snapshots.time)
    assert max(small.snapshots.heap) == whole.peak_bytes
    assert (small.high_water, small.lifetimes, small.temporary) == (None, None, None)


def test_made_of_itself_it_is_itself() -> None:
    """A site that is read back as history gives the same pages again."""
    small = brief(read_capture(SAMPLE, ReadOptions()), 50)
    assert brief(small, 50) == small
