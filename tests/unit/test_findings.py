"""Findings name the right run and function, in planted and in sample histories; clean ones are silent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest
from made_analyses import FACTS
from made_captures import SAMPLES
from msgspec.structs import replace

from sitegen.capture.options import ReadOptions
from sitegen.capture.reader import read_capture
from sitegen.insight import places
from sitegen.insight.budgets import Budget, Severity
from sitegen.insight.calltree import function_rows
from sitegen.insight.comparison import Metric
from sitegen.insight.finding import Finding, FindingSettings, Kind
from sitegen.insight.findings import find
from sitegen.insight.history import Captured, Figure, History, Run, Series, SteadyLeak, Where, run_name
from sitegen.insight.leaks import find_leaks, steady_leak
from sitegen.insight.threads import thread_starts
from sitegen.model import Analysis, Facts, FunctionRow, Growth, Status

OPTIONS = ReadOptions(temporary_threshold=None)
SETTINGS = FindingSettings()
MB = 1_000_000


def captured(name: str, run: str, analysis: Analysis) -> Captured:
    """An analysis as the history keeps it."""
    return Captured(
        id=f"{run}/{name}",
        run=run,
        status=analysis.status,
        facts=analysis.facts,
        peak=analysis.peak_bytes,
        leaked=analysis.leaked_bytes,
        allocations=analysis.stats.allocations if analysis.stats else None,
        threads=len(analysis.threads),
        thread_starts=thread_starts(analysis),
        steady=steady_leak(analysis, find_leaks(analysis)),
    )


class Recorded:
    """Analyses by run and name, as a history and the rows behind it."""

    def __init__(self, runs: dict[str, dict[str, Analysis]]) -> None:
        self.analyses = {f"{run}/{name}": a for run, found in runs.items() for name, a in found.items()}
        names = dict.fromkeys(name for found in runs.values() for name in found)
        self.history = History(
            tuple(Run(run) for run in runs),
            tuple(
                Series(
                    *_module(name),
                    tuple(captured(name, run, runs[run][name]) for run in runs if name in runs[run]),
                )
                for name in names
            ),
        )

    def rows(self, capture: str, metric: Metric) -> Sequence[FunctionRow]:
        return function_rows(self.analyses[capture], metric.view)

    def find(self, settings: FindingSettings = SETTINGS) -> tuple[Finding, ...]:
        return find(self.history, settings, self.rows)


def _module(name: str) -> tuple[str, str | None]:
    module, _, instance = name.partition("@")
    return module, instance or None


def no_rows(_capture: str, _metric: Metric) -> tuple[FunctionRow, ...]:
    return ()


def series(*captures: Captured, module: str = "app", instance: str | None = None) -> Series:
    return Series(module, instance, captures)


def peaks(*megabytes: float | None, module: str = "app") -> Series:
    """A module with a capture in each run that has a peak."""
    return series(
        *(
            Captured(f"{run}/{module}", f"r{run}", Status.OK, facts=FACTS, peak=round(value * MB))
            for run, value in enumerate(megabytes)
            if value is not None
        ),
        module=module,
    )


def found(runs: int, *all_series: Series, settings: FindingSettings = SETTINGS) -> tuple[Finding, ...]:
    names = tuple(Run(f"r{run}", commit=f"c{run}") for run in range(runs))
    return find(History(names, all_series), settings, no_rows)


# Planted in real programs

PROGRAM = """
import sys
kept = sys.kept = []

def build_index(rows):
    return [bytearray(1000) for _ in range(rows)]

def remember(rows):
    for _ in range(rows):
        kept.append(bytearray(2000))

def main(index, left):
    remember(left)
    rows = build_index(index)
    rows.append(None)

main({index}, {left})
"""


RUN_ALL = """
import memray, runpy, sys
# Room in the interpreter's arenas: which program needs a new one, of a megabyte, is chance.
room = [bytes(100) for _ in range(40_000)][::2000]
for program in sys.argv[1:]:
    with memray.Tracker(program + ".bin"):
        runpy.run_path(program, run_name="__main__")
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Six runs: the index of `stepped` grows in the fourth, `leaking` leaks more in each, `clean` moves its lines."""
    directory = tmp_path_factory.mktemp("planted")
    programs: dict[str, str] = {"first/warm_up.py": ""}  # what is imported once belongs to none
    for number in range(6):
        index = 3000 if number >= 3 else 2000
        programs[f"{number}/stepped.py"] = PROGRAM.format(index=index, left=10)
        programs[f"{number}/leaking.py"] = PROGRAM.format(index=500, left=300 + 100 * number)
        programs[f"{number}/clean.py"] = "\n" * number + PROGRAM.format(index=2000, left=10)
    for name, text in programs.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    subprocess.run([sys.executable, "-c", RUN_ALL, *programs], check=True, cwd=directory)
    return Recorded(
        {
            f"run-{number}": {
                name: read_capture(directory / f"{number}/{name}.py.bin", OPTIONS)
                for name in ("stepped", "leaking", "clean")
            }
            for number in range(6)
        }
    )


def test_a_planted_step_is_found_at_its_run_and_function(planted: Recorded) -> None:
    steps = [f for f in planted.find() if f.module == "stepped" and f.figure is Figure.PEAK]
    (step,) = steps
    assert (step.kind, step.severity, step.run, step.against) == (Kind.STEP, Severity.WARN, "run-3", "run-2")
    assert step.before is not None
    assert step.after is not None
    assert step.after - step.before == pytest.approx(1000 * 1009, rel=0.01)
    assert step.where[0].function == "build_index"
    assert step.where[0].delta == pytest.approx(1000 * 1009, rel=0.01)
    assert step.message.startswith("peak of stepped rose from 2.")
    assert step.message.endswith("at run-3, in build_index")


def test_planted_growth_is_one_finding_and_no_steps(planted: Recorded) -> None:
    about = [f for f in planted.find() if f.module == "leaking" and f.figure is Figure.LEAKED]
    (growth,) = about
    assert (growth.kind, growth.run, growth.against) == (Kind.GROWTH, "run-5", "run-0")
    assert growth.where[0].function == "remember"
    assert growth.where[0].delta == pytest.approx(500 * 2001, rel=0.01)
    assert "grows steadily" in growth.message
    assert " since run-0, by " in growth.message
    assert growth.message.endswith(" a run, last at run-5, in remember")
    assert " since run-0, by " in growth.title
    assert growth.title.endswith(" a run, in remember")


def test_a_clean_history_is_silent(planted: Recorded) -> None:
    """Though its lines move with every run."""
    assert not [f for f in planted.find() if f.module == "clean"]


# The samples


@pytest.fixture(scope="module")
def samples() -> Recorded:
    runs = {
        run.name: {
            capture.stem: read_capture(capture, OPTIONS)
            for capture in sorted(run.glob("*.bin"))
            # Symbols of native frames take long, and this module is in one run alone; front_door is as garden.
            if capture.stem not in ("app.thumbnails", "app.capture@front_door")
        }
        for run in sorted((SAMPLES / "runs").iterdir())
        if run.is_dir()
    }
    return Recorded(runs)


def test_the_samples_tell_their_stories(samples: Recorded) -> None:
    told = {(f.kind, f.module, f.instance, f.figure, f.run): f for f in samples.find()}
    step = told.pop((Kind.STEP, "app.embeddings", None, Figure.PEAK, "release-2.3"))
    assert step.where[0].function == "build_index"
    growth = told.pop((Kind.GROWTH, "app.review", None, Figure.LEAKED, "release-2.5"))
    assert (growth.where[0].function, growth.against) == ("remember", "release-2.1")
    leak = told.pop((Kind.LEAK, "app.review", None, Figure.LEAKED, "release-2.5"))
    assert leak.where[0].function == "remember"
    fall = told.pop((Kind.STEP, "app.report", None, Figure.PEAK, "release-2.4"))
    assert fall.severity is Severity.INFO
    assert "fell from 23." in fall.message
    # What else there is goes with one of these.
    assert {(kind, module) for kind, module, *_ in told} <= {
        (Kind.GROWTH, "app.review"),
        (Kind.STEP, "app.embeddings"),
    }


# Rules


def test_a_step_names_run_and_commit_in_one_sentence() -> None:
    (step,) = found(4, peaks(12.7, 12.7, 12.7, 18.0))
    assert step.message == "peak of app rose from 12.700MB to 18.000MB (+42 %) at run r3 (commit c3)"
    assert step.title == "peak of app rose from 12.700MB to 18.000MB (+42 %)"
    assert (step.run, step.against, step.before, step.after) == ("r3", "r2", 12_700_000, 18_000_000)
    assert (step.capture, step.base_capture) == ("3/app", "2/app")


def test_a_step_down_is_good_to_know_and_never_fails() -> None:
    settings = replace(SETTINGS, errors=frozenset({Kind.STEP}))
    (down,) = found(4, peaks(18, 18, 18, 12), settings=settings)
    assert down.severity is Severity.INFO
    assert "fell from 18.000MB to 12.000MB (\N{MINUS SIGN}33 %)" in down.message
    (up,) = found(4, peaks(12, 12, 12, 18), settings=settings)
    assert up.severity is Severity.ERROR


def test_places_beside_the_cause_that_say_nothing_are_not_told() -> None:
    """A step of 12 MB is not explained by four kilobytes elsewhere. The contract's list has them."""
    (step,) = found(4, peaks(12, 12, 12, 24))
    places = (Where("build", "a.py", 12 * MB), Where("shrink", "a.py", -MB), Where("open", "b.py", 4_128))
    assert replace(step, where=places).telling == places[:2]
    assert step.telling == ()


def test_a_big_step_within_growth_is_told_as_well() -> None:
    kinds = [f.kind for f in found(8, peaks(10, 11, 12, 13, 30, 31, 32, 33))]
    assert Kind.STEP in kinds
    assert [f.kind for f in found(8, peaks(*range(10, 18)))] == [Kind.GROWTH]


def test_which_figures_are_watched_is_configured() -> None:
    settings = replace(SETTINGS, figures=(Figure.LEAKED,))
    assert not found(4, peaks(12, 12, 12, 18), settings=settings)


def test_damaged_captures_are_findings_and_no_part_of_the_history() -> None:
    damaged = Captured("x", "r2", Status.DAMAGED, "Cut short. Copy it again.", peak=3 * MB)
    runs = peaks(12, 12, None, 12)
    (finding,) = found(4, series(*runs.captures[:2], damaged, runs.captures[2]))
    assert (finding.kind, finding.run, finding.figure) == (Kind.DAMAGED, "r2", None)
    assert finding.message == "the capture of app in run r2 is damaged. Cut short. Copy it again."


def test_a_new_module_whose_captures_are_all_damaged_is_damaged_alone() -> None:
    damaged = Captured("x", "r1", Status.DAMAGED, peak=3 * MB)
    whole = Captured("y", "r1", Status.OK, peak=3 * MB)
    stays = peaks(5, 5, module="stays")
    assert [f.kind for f in found(2, stays, series(damaged, module="comes"))] == [Kind.DAMAGED]
    assert {f.kind for f in found(2, stays, series(damaged, whole, module="comes"))} == {
        Kind.DAMAGED,
        Kind.NEW,
    }


def test_what_a_killed_process_held_is_no_leak() -> None:
    """Unless all of a service's processes end like that."""

    def leaked(*statuses: Status) -> Series:
        sizes = [1, 1, 1, 9]
        return series(
            *(
                Captured(f"{run}", f"r{run}", status, facts=FACTS, leaked=size * MB)
                for run, (status, size) in enumerate(zip(statuses, sizes, strict=True))
            )
        )

    ok, killed = Status.OK, Status.UNFINISHED
    assert not found(4, leaked(ok, ok, ok, killed))
    assert [f.kind for f in found(4, leaked(killed, killed, killed, killed))] == [Kind.STEP]


@pytest.mark.parametrize(
    ("peaks_of", "told"),
    [
        ([20, 20, 20, (12,)], []),  # how far it came
        ([20, 20, 20, (32,)], [("r3", 20, 32)]),  # that it went further is true all the same
        ([20, 20, (12,), 20], []),
        ([(12,), 20, 20, 20], []),
        ([20, (12,), (13,), 32], [("r3", 20, 32)]),
        ([20, 20, 20, [(12,), 21]], []),
        ([(12,), (12,), (12,), (20,)], [("r3", 12, 20)]),  # a service that is always killed
    ],
)
def test_a_process_that_did_not_end_says_nothing_of_having_needed_less(
    peaks_of: list[int | tuple[int] | list[int | tuple[int]]], told: list[tuple[str, int, int]]
) -> None:
    """A peak in brackets is a killed process's."""
    repeats = [of_run if isinstance(of_run, list) else [of_run] for of_run in peaks_of]
    captures = [
        Captured(f"{run}/{number}", f"r{run}", Status.UNFINISHED, peak=peak[0] * MB)
        if isinstance(peak, tuple)
        else Captured(f"{run}/{number}", f"r{run}", Status.OK, peak=peak * MB)
        for run, of_run in enumerate(repeats)
        for number, peak in enumerate(of_run)
    ]
    findings = [(f.run, f.before, f.after) for f in found(4, series(*captures))]
    assert findings == [(run, before * MB, after * MB) for run, before, after in told]


def test_budgets_judge_how_far_a_killed_process_came_and_never_by_it() -> None:
    settings = replace(SETTINGS, budgets=(("app", Budget(peak=10 * MB, peak_growth=Growth(share=0.1))),))
    whole = [Captured(f"{run}", f"r{run}", Status.OK, peak=20 * MB) for run in range(3)]
    killed = Captured("k", "r2", Status.UNFINISHED, peak=12 * MB)
    (over,) = found(3, series(*whole[:2], killed), settings=settings)
    assert (over.kind, over.after, over.limit) == (Kind.BUDGET, 12 * MB, 10 * MB)
    before = replace(killed, run="r1")
    assert [f.limit for f in found(3, series(whole[0], before, whole[2]), settings=settings)] == [10 * MB]


def test_runs_that_allocated_another_way_are_not_compared() -> None:
    def with_facts(*facts: Facts) -> Series:
        return series(
            *(
                Captured(f"{run}", f"r{run}", Status.OK, facts=f, peak=(10 + 10 * (run == 3)) * MB)
                for run, f in enumerate(facts)
            )
        )

    other = replace(FACTS, allocator="malloc")
    assert found(4, with_facts(FACTS, FACTS, FACTS, FACTS))
    assert not found(4, with_facts(FACTS, FACTS, FACTS, other))


def test_repeats_of_a_run_count_by_their_smallest_and_their_spread() -> None:
    def repeated(*newest: float) -> Series:
        before = [Captured(f"{run}", f"r{run}", Status.OK, peak=10 * MB) for run in range(3)]
        now = [Captured(f"n{i}", "r3", Status.OK, peak=round(peak * MB)) for i, peak in enumerate(newest)]
        return series(*before, *now)

    assert not found(4, repeated(10, 14, 15))
    assert not found(4, repeated(11, 14))
    (step,) = found(4, repeated(15, 14))
    assert (step.after, step.capture) == (14 * MB, "n1")


def test_a_steady_leak_of_the_newest_run_is_a_finding() -> None:
    steady = SteadyLeak(2 * MB, (Where("remember", "app.py", 2 * MB),))
    captures = [Captured(f"{run}", f"r{run}", Status.OK, peak=10 * MB, steady=steady) for run in range(2)]
    (leak,) = found(2, series(*captures))
    assert (leak.kind, leak.run, leak.after, leak.where) == (Kind.LEAK, "r1", 2 * MB, steady.where)
    assert leak.message == "app leaks steadily while it runs: 2.000MB at run r1 (commit c1), in remember"
    assert leak.title == "app leaks steadily while it runs: 2.000MB, in remember"
    small = replace(captures[1], steady=SteadyLeak(400_000, steady.where))  # 4 % of the peak
    assert not found(2, series(captures[0], small))


def test_more_threads_are_growth() -> None:
    def threads(*counts: int) -> Series:
        return series(
            *(Captured(f"{i}", f"r{i}", Status.OK, threads=count) for i, count in enumerate(counts))
        )

    steady = found(6, threads(5, 7, 9, 11, 13, 15))
    assert [(f.kind, f.figure, f.before, f.after) for f in steady] == [(Kind.GROWTH, Figure.THREADS, 5, 15)]
    (more,) = found(4, threads(5, 5, 5, 50))
    assert (more.kind, more.run) == (Kind.GROWTH, "r3")
    assert more.message == "number of threads of app rose from 5 to 50 (+900 %) at run r3 (commit c3)"
    assert not found(4, threads(5, 5, 5, 6))
    assert not found(4, threads(50, 50, 50, 5))


def test_threads_started_without_end_are_growth_within_a_run() -> None:
    starts = tuple(start / 30 for start in range(30))
    capture = Captured("0", "r0", Status.OK, peak=MB, threads=30, thread_starts=starts)
    (finding,) = found(1, series(capture))
    assert (finding.kind, finding.figure, finding.after) == (Kind.GROWTH, Figure.THREADS, 30)


def test_new_and_missing_modules_are_told_of_the_newest_run() -> None:
    present = found(
        3,
        peaks(5, 5, 5, module="stays"),
        peaks(None, None, 5, module="comes"),
        peaks(5, 5, None, module="goes"),
        peaks(5, None, None, module="gone before"),
        peaks(5, None, 5, module="comes back"),
    )
    assert [(f.kind, f.module, f.severity, f.before, f.after) for f in present] == [
        (Kind.MISSING, "goes", Severity.WARN, 5 * MB, None),
        (Kind.NEW, "comes", Severity.INFO, None, 5 * MB),
    ]
    assert present[0].message == "goes has no capture in run r2 (commit c2), as it had in run r1"
    assert present[1].message == "comes is new in run r2 (commit c2), with a peak of 5.000MB"
    assert [finding.title for finding in present] == [
        "goes has no capture, as it had in run r1",
        "comes is new, with a peak of 5.000MB",
    ]
    assert not found(1, peaks(5))


def test_an_instance_that_left_no_capture_is_missing() -> None:
    """A process that died before it wrote one would else look like a gain: its module's sums fall."""

    def runs_of(instance: str | None, *runs: int, numbered: bool = False, aggregated: bool = False) -> Series:
        facts = replace(FACTS, aggregated=aggregated)
        captures = (
            Captured(f"{run}/{instance}", f"r{run}", Status.OK, facts=facts, peak=5 * MB) for run in runs
        )
        return Series("app", instance, tuple(captures), numbered)

    stays = runs_of("back", 0, 1, 2)
    (gone,) = found(3, stays, runs_of("front", 0, 1))
    assert (gone.kind, gone.module, gone.instance, gone.before) == (Kind.MISSING, "app", "front", 5 * MB)
    assert gone.title == "app:front has no capture, as it had in run r1"
    assert not found(3, stays, runs_of("4711", 1))  # named anew in every run
    assert not found(3, stays, runs_of("fork-9", 0, 1, numbered=True))
    assert not found(3, stays, runs_of("test_front", 0, 1, aggregated=True))
    assert not found(3, stays, runs_of("front", 0))  # gone before
    assert [f.instance for f in found(3, runs_of("back", 0, 1), runs_of("front", 0, 1))] == [None]


def test_a_broken_budget_is_an_error_that_says_by_how_much() -> None:
    settings = replace(
        SETTINGS,
        budgets=(
            ("a", Budget(peak=9 * MB)),
            ("b", Budget(peak_growth=Growth(share=0.02))),
            ("c", Budget(peak=1, severity=Severity.WARN)),
        ),
    )
    budgets = found(
        2,
        peaks(10, 10.3, module="a"),
        peaks(10, 10.3, module="b"),
        peaks(1, 1, module="c"),
        settings=settings,
    )
    assert [(f.kind, f.severity, f.module, f.before, f.limit, f.against) for f in budgets] == [
        (Kind.BUDGET, Severity.ERROR, "a", None, 9 * MB, None),
        (Kind.BUDGET, Severity.ERROR, "b", 10 * MB, 10_200_000, "r0"),
        (Kind.BUDGET, Severity.WARN, "c", None, 1, None),
    ]
    messages = {f.module: f.message for f in budgets}
    assert messages["a"] == "peak of a is 10.300MB at run r1 (commit c1), over its budget of 9.000MB"
    assert messages["b"] == (
        "peak of b grew from 10.000MB to 10.300MB (+3 %) at run r1 (commit c1), "
        "over its budget of 2 % more than run r0"
    )


def test_findings_come_newest_first_then_by_severity_and_size() -> None:
    settings = replace(SETTINGS, budgets=(("small", Budget(peak=1)),))
    ordered = found(
        4,
        peaks(10, 20, 20, 20, module="earlier"),
        peaks(1, 1, 1, 1, module="small"),
        peaks(10, 10, 10, 20, module="large"),
        peaks(10, 10, 10, 12, module="middle"),
        settings=settings,
    )
    assert [f.module for f in ordered] == ["small", "large", "middle", "earlier"]


def test_nothing_fails_by_default_but_budgets() -> None:
    assert {f.severity for f in found(4, peaks(10, 10, 10, 90))} == {Severity.WARN}
    assert found(0) == ()


def test_runs_are_named_by_their_label_with_the_id_where_it_is_another() -> None:
    assert run_name("r7", None) == "run r7"
    assert run_name("r7", "r7", "c" * 40) == "run r7 (commit cccccccccc)"
    assert run_name("r7", "2.3 Cars", "c" * 40) == "run 2.3 Cars (r7, commit cccccccccc)"
    assert run_name("r7", "runtime") == "run runtime (r7)"
    assert run_name("run", None) == "run run"


@pytest.mark.parametrize("name", ["run-7", "run_7", "Run 7", "run7"])
def test_a_run_whose_name_says_that_it_is_one_is_not_called_so_twice(name: str) -> None:
    assert run_name(name, None) == name


def test_a_broken_absolute_budget_names_the_functions_that_hold_most() -> None:
    """Of one function in several rows the sum, the largest first, at most five."""
    held = [("a", 5), ("b", 9), ("a", 6), *((f"f{i}", 1) for i in range(9))]
    rows = [FunctionRow(name, "m.py", "m", 1, size, 1, size, 1) for name, size in held]
    capture = Captured("c", "r0", Status.OK, peak=20)
    told = places.held(
        capture, Figure.PEAK, lambda id_, metric: rows if (id_, metric) == ("c", Metric.PEAK) else ()
    )
    assert [(place.function, place.delta) for place in told[:2]] == [("a", 11), ("b", 9)]
    assert len(told) == 5
    assert places.held(capture, Figure.ALLOCATIONS, lambda *_: rows) == ()
