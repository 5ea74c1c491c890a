"""What a process held at a moment is what memray says of the time around it."""

from __future__ import annotations

from made_captures import sample

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.insight.calltree import function_rows
from sitegen.insight.moment import functions_at
from sitegen.model import View


def test_functions_add_up_to_every_window() -> None:
    analysis = read_capture(sample("release-2.1/app.web.bin"), ReadOptions())
    shots = analysis.snapshots
    for window in range(0, len(shots.time), 7):
        held = functions_at(analysis, shots.time[window])
        assert sum(row.self_bytes for row in held) == shots.high_water[window]


def test_at_the_peak_they_are_those_of_the_peak() -> None:
    analysis = read_capture(sample("release-2.1/app.web.bin"), ReadOptions())
    shots = analysis.snapshots
    peak = max(range(len(shots.time)), key=lambda window: shots.high_water[window])
    held = {(row.file, row.function): row.self_bytes for row in functions_at(analysis, shots.time[peak])}
    largest = function_rows(analysis, View.PEAK)[0]
    assert max(held, key=lambda key: held[key]) == (largest.file, largest.function)
    assert abs(held[largest.file, largest.function] / largest.self_bytes - 1) < 0.01


def test_a_capture_that_does_not_know_tells_nothing() -> None:
    analysis = read_capture(sample("release-2.5/app.report.bin"), ReadOptions(temporal=False))
    assert functions_at(analysis, analysis.facts.started) == ()
