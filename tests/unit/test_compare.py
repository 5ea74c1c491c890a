"""Comparison: what changed is found where it was planted, and every sum is exact."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_analyses import FACTS, ROOT_DIRECTORY, Stack, analysis_of, recorded
from made_captures import PROGRAM
from msgspec.structs import replace

from sitegen.capture.peak import MMAP
from sitegen.insight.calltree import function_rows
from sitegen.insight.compare import compare
from sitegen.insight.comparison import Change, Comparison, Metric
from sitegen.insight.prune import fold
from sitegen.model import NO_FRAMES, Analysis, FrameKind, Records

MAIN = f"{ROOT_DIRECTORY}/main.py"
METRICS = list(Metric)


def delta_of(comparison: Comparison, function: str) -> tuple[int, int]:
    row = next(row for row in comparison.functions if row.function == function)
    return row.own.delta, row.total.delta


def made(directory: Path, files: Mapping[str, str]) -> Analysis:
    """What memray sees of a program, but for the arenas of Python's allocator: megabytes that come when it pleases,
    in whichever function that is.
    """
    analysis = recorded(directory, files)
    return replace(analysis, peak=_without_arenas(analysis.peak), leaks=_without_arenas(analysis.leaks))


def _without_arenas(records: Records) -> Records:
    columns = [getattr(records, field) for field in records.__struct_fields__]
    rows = [row for row in zip(*columns, strict=True) if row[2] != MMAP]
    return Records(
        *(array(old.typecode, new) for old, new in zip(columns, zip(*rows, strict=True), strict=True))
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return made(tmp_path_factory.mktemp("base"), {"main.py": PROGRAM})


# Planted in real programs


def test_a_planted_step_is_the_first_row_with_its_bytes(program: Analysis, tmp_path: Path) -> None:
    """A step comes first even when all lines moved and the project lies elsewhere."""
    stepped = "# a comment\n\n" + PROGRAM.replace("build_index(1000)", "build_index(3000)")
    comparison = compare(program, made(tmp_path, {"main.py": stepped}), Metric.PEAK)
    first = comparison.functions[0]
    assert (first.function, first.file) == ("build_index", "main.py")
    # An empty bytearray of 1,000 is malloc'd with one byte more; the list of them takes 8 bytes for each.
    assert first.own.delta == pytest.approx(2000 * (1001 + 8), rel=0.01)
    assert [stack.stack[-1].function for stack in comparison.explaining()] == ["build_index"]


def test_a_planted_leak_is_the_first_row_among_leaks(program: Analysis, tmp_path: Path) -> None:
    leaking = PROGRAM.replace("remember(300)", "remember(500)")
    comparison = compare(program, made(tmp_path, {"main.py": leaking}), Metric.LEAKS)
    # The generator expression in `remember` is a function of its own.
    assert comparison.functions[0].function == "<genexpr>"
    assert delta_of(comparison, "remember")[1] == pytest.approx(200 * 2001, rel=0.01)


def test_shifted_lines_and_another_directory_are_no_change(program: Analysis, tmp_path: Path) -> None:
    shifted = "\n\n# two functions follow\n\n" + PROGRAM.replace("\ndef main", "\n\n\ndef main")
    head = made(tmp_path / "elsewhere" / "deep", {"main.py": shifted})
    comparison = compare(program, head, Metric.PEAK)
    assert not [row for row in comparison.functions if row.file == "main.py"]
    assert abs(comparison.delta) < 0.001 * comparison.before


def test_a_renamed_function_is_offered_and_can_be_looked_through(program: Analysis, tmp_path: Path) -> None:
    head = made(tmp_path, {"main.py": PROGRAM.replace("build_index", "make_table")})
    comparison = compare(program, head, Metric.PEAK)
    assert {row.function for row in comparison.functions if row.own.delta} == {"build_index", "make_table"}
    (rename,) = comparison.renames
    assert (rename.before.function, rename.after.function) == ("build_index", "make_table")
    assert rename.before_total == rename.after_total == pytest.approx(1000 * 1009, rel=0.01)
    through = compare(program, head, Metric.PEAK, comparison.renames)
    assert not [row for row in through.functions if row.file == "main.py"]
    assert through.delta == comparison.delta


def test_a_function_moved_to_another_file_is_offered(program: Analysis, tmp_path: Path) -> None:
    start, rest = PROGRAM.split("def remember")
    moved = {"index.py": start, "main.py": "from index import build_index\nkept = []\ndef remember" + rest}
    comparison = compare(program, made(tmp_path, moved), Metric.PEAK)
    offered = [
        (rename.before.file, rename.after.file, rename.after.function) for rename in comparison.renames
    ]
    assert offered == [("main.py", "index.py", "build_index")]


# Exact by construction


def stack(*functions: str, line: int = 1) -> Stack:
    return [(function, MAIN, line) for function in functions]


names = st.sampled_from(["a", "b", "c", "<listcomp>", "<module>"])
frames = st.builds(
    lambda name, file, line: (name, f"{ROOT_DIRECTORY}/{file}", line),
    names,
    st.sampled_from(["main.py", "app/db.py", "app/utils.py", "lib/utils.py"]),
    st.integers(1, 3),
)
rows = st.lists(st.tuples(st.lists(frames, max_size=6), st.integers(0, 5000), st.integers(0, 9)), max_size=12)
analyses = st.builds(analysis_of, rows, rows)


@settings(max_examples=40)
@given(analyses, analyses, st.sampled_from(METRICS))
def test_self_deltas_sum_to_the_difference(base: Analysis, head: Analysis, metric: Metric) -> None:
    """By function, file, package and stack alike, in any two trees."""
    comparison = compare(base, head, metric)
    records = [side.records(metric.view) for side in (base, head)]
    figures = [r.count if metric is Metric.ALLOCATIONS else r.bytes for r in records if r]
    assert [comparison.before, comparison.after] == [sum(column) for column in figures]
    for table in (comparison.functions, comparison.files, comparison.packages, comparison.stacks()):
        assert sum(row.own.delta for row in table) == comparison.delta
        sizes = [abs(row.own.delta) for row in table]
        assert sizes == sorted(sizes, reverse=True)


@settings(max_examples=40)
@given(analyses, st.sampled_from(METRICS))
def test_an_analysis_does_not_differ_from_itself(analysis: Analysis, metric: Metric) -> None:
    comparison = compare(analysis, analysis, metric)
    assert not comparison.functions
    assert not comparison.files
    assert not comparison.packages
    assert not comparison.stacks()
    assert not comparison.explaining()
    assert not comparison.renames


@settings(max_examples=40)
@given(analyses, analyses, st.sampled_from(METRICS))
def test_comparing_the_other_way_round_mirrors(base: Analysis, head: Analysis, metric: Metric) -> None:
    there, back = compare(base, head, metric), compare(head, base, metric)
    assert [
        (row.own.after, row.own.before, row.total.after, row.total.before) for row in there.functions
    ] == [(row.own.before, row.own.after, row.total.before, row.total.after) for row in back.functions]
    assert sorted((s.own.after, s.own.before) for s in there.stacks()) == sorted(
        (s.own.before, s.own.after) for s in back.stacks()
    )


@settings(max_examples=40)
@given(analyses, analyses)
def test_totals_are_those_of_the_function_tables(base: Analysis, head: Analysis) -> None:
    """The merged tree tells the same totals as the tables of either side."""
    comparison = compare(base, head, Metric.PEAK)
    for row in comparison.functions:
        after = [
            r
            for r in function_rows(head, Metric.PEAK.view)
            if (r.file, r.function) == (row.file, row.function)
        ]
        assert row.total.after == sum(r.total_bytes for r in after)


@settings(max_examples=40)
@given(analyses, analyses, st.integers(1, 8), st.integers(1, 8), st.sampled_from(METRICS))
def test_folding_a_side_changes_no_table_of_functions(
    base: Analysis, head: Analysis, keep_base: int, keep_head: int, metric: Metric
) -> None:
    whole = compare(base, head, metric)
    folded = compare(fold(base, keep_base), fold(head, keep_head), metric)
    assert [replace(row, package="") for row in folded.functions] == [
        replace(row, package="") for row in whole.functions
    ]
    assert sum(row.own.delta for row in folded.stacks()) == whole.delta


@settings(max_examples=40)
@given(analyses, st.integers(1, 8), st.sampled_from(METRICS))
def test_folding_alone_is_no_difference(analysis: Analysis, keep: int, metric: Metric) -> None:
    comparison = compare(analysis, fold(analysis, keep), metric)
    assert not comparison.functions
    assert not comparison.stacks()
    assert not comparison.files


# Stacks


def test_lines_do_not_tell_stacks_apart_and_heads_heaviest_is_shown() -> None:
    base = analysis_of([(stack("main", "load", line=3), 100, 1)])
    head = analysis_of([(stack("main", "load", line=8), 30, 1), (stack("main", "load", line=9), 90, 1)])
    (changed,) = compare(base, head, Metric.PEAK).stacks()
    assert [(frame.function, frame.line) for frame in changed.stack] == [("main", 9), ("load", 9)]
    assert (changed.own.before, changed.own.after, changed.own.change) == (100, 120, Change.GROWN)


def test_stacks_are_grown_shrunk_new_or_gone() -> None:
    base = analysis_of([(stack("grown"), 1, 1), (stack("shrunk"), 20, 1), (stack("gone"), 300, 1)])
    head = analysis_of([(stack("grown"), 2, 1), (stack("shrunk"), 10, 1), (stack("new"), 4000, 1)])
    changed = compare(base, head, Metric.PEAK).stacks()
    assert [row.stack[-1].function for row in changed] == ["new", "gone", "shrunk", "grown"]
    assert all(row.own.change.value == row.stack[-1].function for row in changed)


def test_memory_without_frames_is_a_row_and_a_stack_of_its_own() -> None:
    comparison = compare(analysis_of([((), 10, 1)]), analysis_of([((), 35, 2)]), Metric.PEAK)
    (row,), (changed,) = comparison.functions, comparison.stacks()
    assert (row.function, row.file, row.own.delta, row.total.delta) == (NO_FRAMES, "", 25, 25)
    assert [(frame.function, frame.file, frame.line) for frame in changed.stack] == [(NO_FRAMES, "", 0)]


def test_the_fewest_stacks_that_explain_the_change() -> None:
    """Growth and shrinking do not cancel out: both are part of the change."""
    base = analysis_of([(stack("freed"), 400, 1)])
    head = analysis_of([(stack("big"), 500, 1), (stack("small"), 60, 1), (stack("tiny"), 40, 1)])
    comparison = compare(base, head, Metric.PEAK)
    assert [row.stack[-1].function for row in comparison.explaining()] == ["big", "freed"]
    assert len(comparison.explaining(0.95)) == 3
    assert len(comparison.explaining(1.0)) == 4


def test_comprehensions_count_for_their_function() -> None:
    """Python 3.12 has no frames of comprehensions: a capture of 3.11 compares with one of 3.12."""
    older = analysis_of([(stack("main", "load", "<listcomp>", "parse"), 100, 1)])
    newer = analysis_of([(stack("main", "load", "parse"), 100, 1)])
    comparison = compare(older, newer, Metric.PEAK)
    assert not comparison.functions
    assert not comparison.stacks()


def test_native_frames_are_left_out_where_one_side_alone_has_them() -> None:
    native = [*stack("main", "load"), ("inflate", "/usr/lib/libz.so.1", 0), *stack("callback")]
    base = analysis_of(
        [(native, 100, 1), (native[:3], 7, 1)],
        facts=replace(FACTS, native=True),
        kinds={"inflate": FrameKind.NATIVE},
    )
    head = analysis_of([(stack("main", "load", "callback"), 100, 1), (stack("main", "load"), 9, 1)])
    comparison = compare(base, head, Metric.PEAK)
    assert delta_of(comparison, "load") == (2, 2)
    assert {row.function for row in comparison.functions} == {"main", "load"}


def test_allocations_are_those_alive_at_the_peak() -> None:
    base = analysis_of([(stack("load"), 100, 4)])
    comparison = compare(base, analysis_of([(stack("load"), 90, 7)]), Metric.ALLOCATIONS)
    assert (comparison.before, comparison.after) == (4, 7)
    assert delta_of(comparison, "load") == (3, 3)


def test_a_large_new_stack_is_shown_though_a_side_is_folded() -> None:
    kept = [(stack("main", f"load_{number}"), 1000 + number, 1) for number in range(10)]
    base = fold(analysis_of([*kept, (stack("main", "small"), 10, 1)]), 11)
    head = analysis_of([*kept, (stack("main", "small"), 12, 1), (stack("main", "big"), 5000, 1)])
    comparison = compare(base, head, Metric.PEAK)
    assert comparison.folded
    assert [row.stack[-1].function for row in comparison.stacks()] == ["big", "main"]
    assert [row.function for row in comparison.functions] == ["big", "small", "main"]
    assert sum(row.own.delta for row in comparison.stacks()) == comparison.delta == 5002


def test_folding_has_no_part_in_it_however_few_nodes_a_side_keeps() -> None:
    """A page of an old run keeps few nodes, and no intervals: what the other shows beyond them is no change."""
    rows = [(stack("main", f"load_{number}"), 1000 + number, 1) for number in range(40)]
    head = analysis_of(rows, lifetimes=[(stack("main", "brief"), 0, 1, 9_000_000, 1)])
    base = replace(fold(head, 5), high_water=None, lifetimes=None)
    comparison = compare(base, head, Metric.PEAK)
    assert not comparison.stacks()
    assert not comparison.functions


def test_the_cause_is_the_function_that_moved_most_the_way_the_whole_did() -> None:
    base = analysis_of([(stack("a"), 100, 1), (stack("b"), 100, 1)])
    head = analysis_of([(stack("a"), 20, 1), (stack("b"), 170, 1)])
    for one, other, name in ((base, head, "a"), (head, base, "a")):
        cause = compare(one, other, Metric.PEAK).cause
        assert cause is not None
        assert cause.function == name
    assert compare(base, base, Metric.PEAK).cause is None


# Files under other roots


def test_project_files_under_another_root_are_the_same_files() -> None:
    def build(directory: str, size: int) -> Analysis:
        main, load = ("main", f"/ci/{directory}app/main.py", 1), ("load", f"/ci/{directory}app/db.py", 1)
        return analysis_of([([main, load], size, 1)], root="/ci")

    comparison = compare(build("src/", 10), build("", 15), Metric.PEAK)
    assert [(row.function, row.file, row.own.delta) for row in comparison.functions] == [
        ("load", "app/db.py", 5),
        ("main", "app/main.py", 0),
    ]
    assert [row.own.change for row in comparison.stacks()] == [Change.GROWN]


# No false renames


def test_a_function_that_merely_holds_nothing_now_was_not_renamed() -> None:
    """The peak moved from one phase of the program to another; both functions are known to both sides."""
    phases = [(stack("main", "load"), 10), (stack("main", "train"), 11)]
    base, head = (
        analysis_of([(phases[peak][0], phases[peak][1], 1)], [(phase, 1, 1) for phase, _ in phases])
        for peak in (0, 1)
    )
    assert not compare(base, head, Metric.PEAK).renames


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ({"load": 1000}, {"fetch": 1200}),  # too different in size
        ({"load": 1000, "read": 1000}, {"fetch_a": 1000, "fetch_b": 1000, "x": 50}),  # which is which?
        ({"load_a": 1000}, {"fetch_a": 1000, "fetch_b": 1000}),
        ({"load": 1000}, {}),
    ],
)
def test_no_rename_is_offered_without_a_reason(base: dict[str, int], head: dict[str, int]) -> None:
    before, after = (
        analysis_of([(stack("main", function), size, 1) for function, size in side.items()])
        for side in (base, head)
    )
    assert not compare(before, after, Metric.PEAK).renames


def test_of_two_that_fit_the_one_of_like_name_is_offered() -> None:
    base = analysis_of([(stack("main", "load_rows"), 1000, 1), (stack("main", "read_cells"), 1000, 1)])
    head = analysis_of(
        [(stack("main", "load_all_rows"), 1000, 1), (stack("main", "read_all_cells"), 1000, 1)]
    )
    renames = compare(base, head, Metric.PEAK).renames
    assert {(r.before.function, r.after.function) for r in renames} == {
        ("load_rows", "load_all_rows"),
        ("read_cells", "read_all_cells"),
    }


def test_a_function_with_other_callers_was_not_renamed() -> None:
    base = analysis_of([(stack("main", "load"), 1000, 1), (stack("serve"), 10, 1)])
    head = analysis_of([(stack("serve", "fetch"), 1000, 1), (stack("main"), 10, 1)])
    assert not compare(base, head, Metric.PEAK).renames


def test_a_chain_of_renamed_functions_is_offered() -> None:
    """The functions between are known by their ends, then by each other."""
    base = analysis_of([(stack("main", "a_old", "b_old", "c_old", "end"), 1000, 1)])
    head = analysis_of([(stack("main", "a_new", "b_new", "c_new", "end"), 1000, 1)])
    comparison = compare(base, head, Metric.PEAK)
    assert {(r.before.function, r.after.function) for r in comparison.renames} == {
        ("a_old", "a_new"),
        ("b_old", "b_new"),
        ("c_old", "c_new"),
    }
    assert not compare(base, head, Metric.PEAK, comparison.renames).functions


def test_thousands_of_calls_deep_nothing_is_guessed_at() -> None:
    """Any of so many functions of one file and size could be any other; trying all of them would take days."""
    base, head = (
        analysis_of([(stack("main", *(f"{name}_{n}" for n in range(5000))), 1000, 1)])
        for name in ("old", "new")
    )
    assert not compare(base, head, Metric.PEAK).renames
