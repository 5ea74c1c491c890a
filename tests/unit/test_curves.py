"""Memory over time with few points, and which of them is the peak."""

from __future__ import annotations

from array import array

import pytest
from made_analyses import analysis_of
from msgspec.structs import replace

from sitegen.insight.curves import curve_of, peak_at
from sitegen.model import Snapshots, Stats
from sitegen.reporters.base import Report
from sitegen.reporters.stats import Stats as StatsReport
from sitegen.site.charts import memory_chart
from sitegen.summary import Curve

HEAP = [10, 50, 10, 50, 50, 20]


def snapshots(heap: list[int]) -> Snapshots:
    time = range(1000, 1000 + 100 * len(heap), 100)
    return Snapshots(array("Q", time), array("Q", heap), array("Q", range(len(heap))), array("Q"))


@pytest.mark.parametrize(
    ("heap", "peak"), [(HEAP, 3), ([7], 0), ([7, 7], 0), ([1, 2, 3, 3], 2), ([3, 1, 3], 2)]
)
def test_the_peak_is_where_the_highest_was_reached_last(heap: list[int], peak: int) -> None:
    """As memray means it: not where a process that rests at its peak leaves it again."""
    assert peak_at(heap) == peak


def test_pages_say_one_moment_of_several_equal_peaks() -> None:
    """The chart's mark, the fewer points that it is drawn from, and what the statistics say of that moment."""
    shots = snapshots(HEAP)
    chart = memory_chart(Curve(tuple(range(0, 600, 100)), tuple(HEAP), (0,) * 6))
    assert chart is not None
    assert (chart.peak, chart.peak_x) == (300, chart.plot.x(300))
    time, heap, _ = curve_of(shots, 1600, 2)
    assert list(zip(time, heap, strict=True)) == [(1100, 50), (1300, 50)]
    stats = Stats(1, 1, (), (), (), (), (), ())
    report = StatsReport().report(replace(analysis_of([]), snapshots=shots, stats=stats))
    assert isinstance(report, Report)
    assert report.data["resident"]["at_peak"] == {"heap": 50, "rss": 3}
