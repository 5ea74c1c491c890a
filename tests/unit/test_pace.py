"""When the preview builds, on a clock of the test's own."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.preview.pace import PATIENCE, QUIET, REST, Pace

STEP = 0.01
TAKES = 0.25  # seconds that a build takes here


def builds(
    changed: dict[str, list[float]] | None = None,
    grew: dict[str, list[float]] | None = None,
    until: float = 30.0,
    takes: float = TAKES,
    unfinished: tuple[str, ...] = (),
) -> list[tuple[float, tuple[str, ...]]]:
    """(when each build began, what it was for), for paths that change and captures that grow at these times."""
    pace = Pace()
    events = sorted(
        [(time, path, pace.changed) for path, times in (changed or {}).items() for time in times]
        + [(time, path, pace.grew) for path, times in (grew or {}).items() for time in times],
        key=lambda event: event[0],
    )
    made: list[tuple[float, tuple[str, ...]]] = []
    ends: float | None = None
    for step in range(round(until / STEP)):
        now = step * STEP
        while events and events[0][0] <= now:
            _, path, tell = events.pop(0)
            tell(path, now)
        if ends is not None and now >= ends:
            pace.end(now, takes, unfinished)
            ends = None
        due = pace.due()
        if ends is None and due is not None and due <= now:
            made.append((now, pace.begin()))
            ends = now + takes
    return made


def every(seconds: float, start: float, end: float) -> list[float]:
    return [start + seconds * step for step in range(int((end - start) / seconds))]


def test_nothing_is_built_without_a_change() -> None:
    assert builds() == []


def test_a_change_is_built_as_soon_as_it_is_quiet() -> None:
    [(time, reasons)] = builds(changed={"site.css": [1.0]})
    assert time == pytest.approx(1.0 + QUIET, abs=2 * STEP)
    assert reasons == ("site.css",)


def test_a_hundred_files_within_a_second_are_one_build() -> None:
    files = {f"{number}.bin": [1 + number / 100] for number in range(100)}
    [(_, reasons)] = builds(changed=files)
    assert len(reasons) == 100


def test_a_storm_that_does_not_end_is_built_now_and_then() -> None:
    made = builds(changed={"a": every(0.1, 0, 30)})
    gaps = [after - before for (before, _), (after, _) in pairwise(made)]
    assert made[0][0] == pytest.approx(PATIENCE, abs=2 * STEP)
    assert all(gap >= PATIENCE - 2 * STEP for gap in gaps)


def test_changes_during_a_build_make_one_more() -> None:
    made = builds(changed={"a": [1.0, 1.45, 1.5, 1.55]}, takes=1.0)
    assert [reasons for _, reasons in made] == [("a",), ("a",)]


def test_a_growing_capture_is_built_at_a_bounded_rate() -> None:
    made = builds(changed={"a.bin": [1.0]}, grew={"a.bin": every(0.05, 1.05, 30)})
    gaps = [after - before for (before, _), (after, _) in pairwise(made)]
    assert len(made) > 5
    assert all(gap >= REST for gap in gaps)


def test_where_building_takes_long_a_growing_capture_leaves_the_machine_alone_half_of_the_time() -> None:
    made = builds(changed={"a.bin": [1.0]}, grew={"a.bin": every(0.05, 1.05, 60)}, takes=8.0, until=60.0)
    gaps = [after - before for (before, _), (after, _) in pairwise(made)]
    assert gaps
    assert all(gap >= 16 for gap in gaps)


def test_a_growing_capture_does_not_hold_up_what_somebody_changed() -> None:
    made = builds(changed={"a.bin": [1.0], "site.css": [5.0]}, grew={"a.bin": every(0.05, 1.05, 30)})
    assert made[0][0] + TAKES < 5.0 < made[0][0] + TAKES + REST
    assert made[1][0] == pytest.approx(5.0 + QUIET, abs=2 * STEP)
    assert "site.css" in made[1][1]


def test_a_capture_that_was_unfinished_is_a_growing_one_whoever_asked_for_the_build() -> None:
    made = builds(changed={"site.css": [1.0]}, grew={"a.bin": [2.0]}, unfinished=("a.bin",))
    assert made[1][0] == pytest.approx(made[0][0] + TAKES + REST, abs=3 * STEP)


def test_a_capture_that_is_recorded_anew_after_a_while_is_built_at_once() -> None:
    made = builds(changed={"a.bin": [1.0]}, grew={"a.bin": [20.0]})
    assert made[1][0] == pytest.approx(20.0 + QUIET, abs=2 * STEP)


@settings(deadline=None, max_examples=50)  # a busy machine is no finding
@given(
    st.dictionaries(st.sampled_from("abc"), st.lists(st.floats(0, 8), min_size=1, max_size=12), max_size=3),
    st.dictionaries(st.sampled_from("xyz"), st.lists(st.floats(0, 8), min_size=1, max_size=12), max_size=3),
)
def test_no_change_is_ever_forgotten(changed: dict[str, list[float]], grew: dict[str, list[float]]) -> None:
    """After the last change of a path a build begins that is for it."""
    made = builds(changed, grew, until=20.0)
    for path, times in (changed | grew).items():
        assert any(began >= max(times) - STEP and path in reasons for began, reasons in made)
