"""Leaks are told apart by when they were allocated, and known ones are suppressed but never lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from made_analyses import FACTS, ROOT_DIRECTORY, Stack, analysis_of, recorded
from msgspec.structs import replace

from sitegen.insight.calltree import functions_of
from sitegen.insight.leaks import LeakKind, Leaks, find_leaks, steady_leak
from sitegen.insight.suppressions import BUILT_IN, Suppression, parse_suppressions
from sitegen.insight.threads import keeps_starting, thread_starts
from sitegen.model import NEVER, Analysis, Status

WINDOWS = 100
MAIN = f"{ROOT_DIRECTORY}/main.py"


def stack(*functions: str, path: str = MAIN) -> Stack:
    return [(function, path, 1) for function in functions]


def leaking(born: dict[str, Iterable[int]], *, until: int = WINDOWS) -> Analysis:
    """Functions that leak 1,000 bytes in each of the windows given, in a program that works until a window."""
    work = [(stack("work"), window, window + 1, 10, 1) for window in range(until)]
    lifetimes = [
        (stack(name), window, NEVER, 1000, 1) for name, windows in born.items() for window in windows
    ]
    return analysis_of(
        [(stack("work"), 10, 1)],
        [(where, size, count) for where, _, _, size, count in lifetimes],
        lifetimes=[*work, *lifetimes],
        heap=[0] * WINDOWS,
        facts=replace(FACTS, ended=10 * (WINDOWS - 1)),
    )


def suppressed(leaks: Leaks) -> int:
    return sum(leak.bytes for leak in leaks.suppressed)


def kinds(analysis: Analysis, leaks: Leaks) -> dict[str, LeakKind]:
    functions = functions_of(analysis)
    return {functions.names[functions.of_node[leak.node]]: leak.kind for leak in leaks.stacks}


@pytest.mark.parametrize(
    ("windows", "kind"),
    [
        (range(0, 100, 3), LeakKind.STEADY),
        (range(40, 100, 4), LeakKind.STEADY),
        (range(0, 50, 3), LeakKind.LEVELLED_OFF),
        (range(10), LeakKind.START),
        ([5], LeakKind.START),
        ([50, 50, 51], LeakKind.ONCE),
        (range(90, 100), LeakKind.LATE),
        (range(60, 100, 2), LeakKind.LATE),
        ([20, 70], LeakKind.IRREGULAR),
        ([10, 30, 95], LeakKind.IRREGULAR),
    ],
)
def test_a_leak_is_of_the_kind_of_its_allocations(windows: list[int], kind: LeakKind) -> None:
    analysis = leaking({"leak": windows})
    leaks = find_leaks(analysis)
    assert kinds(analysis, leaks) == {"leak": kind}
    (only,) = leaks.stacks
    assert (only.bytes, only.count) == (1000 * len(windows), len(windows))


def test_a_process_that_idles_at_its_end_still_leaks_steadily() -> None:
    analysis = leaking({"leak": range(0, 40, 2)}, until=40)
    assert kinds(analysis, find_leaks(analysis)) == {"leak": LeakKind.STEADY}


def test_leaks_are_ranked_by_kind_then_size() -> None:
    analysis = leaking(
        {"start": range(10), "small": range(0, 100, 5), "large": range(0, 100, 2), "once": [50] * 90}
    )
    assert list(kinds(analysis, find_leaks(analysis))) == ["large", "small", "once", "start"]


def test_what_is_not_known_is_unknown() -> None:
    """Aggregated captures do not know when, and a capture of a few snapshots is too short to tell."""
    assert [leak.kind for leak in find_leaks(analysis_of([], [(stack("f"), 5, 1)])).stacks] == [
        LeakKind.UNKNOWN
    ]
    short = analysis_of([], [(stack("f"), 5, 1)], lifetimes=[(stack("f"), 1, NEVER, 5, 1)], heap=[0, 0])
    assert [leak.kind for leak in find_leaks(short).stacks] == [LeakKind.UNKNOWN]


def test_the_steady_leak_is_summed_by_function() -> None:
    analysis = leaking({"a": range(0, 100, 2), "b": range(0, 100, 5), "once": [50]})
    steady = steady_leak(analysis, find_leaks(analysis))
    assert steady.bytes == 70_000
    assert [(row.function, row.file, row.delta) for row in steady.where] == [
        ("a", "main.py", 50_000),
        ("b", "main.py", 20_000),
    ]


def test_a_planted_leak_of_a_real_program_is_steady(tmp_path: Path) -> None:
    """A list that grows all the time leaks steadily; a table made at the start does not."""
    program = """
import time

table = [bytearray(4000) for _ in range(100)]
seen = []

def handle(request):
    seen.append(bytearray(3000))
    return [bytearray(2000) for _ in range(20)]

def serve():
    for request in range(60):
        handle(request)
        time.sleep(0.005)

import sys
sys.keep = (table, seen)
serve()
"""
    analysis = recorded(tmp_path, {"main.py": program})
    leaks = find_leaks(analysis)
    (steady,) = [leak for leak in leaks.stacks if leak.kind is LeakKind.STEADY]
    functions = functions_of(analysis)
    assert functions.names[functions.of_node[steady.node]] == "handle"
    assert steady.bytes == pytest.approx(60 * 3001, rel=0.01)
    assert suppressed(leaks) + sum(leak.bytes for leak in leaks.stacks) == analysis.leaked_bytes
    assert analysis.status is Status.OK


# Suppressions


def test_suppressions_are_in_the_form_of_leaksanitizer() -> None:
    text = "# A cache.\n# It is bounded.\nleak:load_*_table\n\n# about nothing\n\n  leak: vendored/  \n"
    assert parse_suppressions(text) == (
        Suppression("load_*_table", "A cache. It is bounded."),
        Suppression("vendored/"),
    )


@pytest.mark.parametrize("line", ["race:f", "leak:", "just words"])
def test_a_line_that_is_no_suppression_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_suppressions(f"leak:f\n{line}\n")


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("load", "reload_all", True),
        ("^load", "reload_all", False),
        ("load$", "reload", True),
        ("load$", "loader", False),
        ("lo*d", "xlongroady", True),
        ("^lo*d$", "lo\nd", True),
        ("a.c", "abc", False),
        ("[x", "a[x]", True),
    ],
)
def test_patterns_match_within_names(pattern: str, name: str, matches: bool) -> None:
    assert Suppression(pattern).matches(name) is matches


@pytest.mark.parametrize(
    ("pattern", "stacks"), [("handler", 1), ("main.py", 2), ("^app$", 2), ("^work$", 1), ("other", 0)]
)
def test_any_frame_of_a_stack_can_suppress_it(pattern: str, stacks: int) -> None:
    """By function, file or package; and the result says how much was left out."""
    main = f"{ROOT_DIRECTORY}/app/main.py"
    analysis = analysis_of(
        [], [(stack("serve", "handler", "work", path=main), 70, 1), (stack("serve", path=main), 30, 1)]
    )
    leaks = find_leaks(analysis, (Suppression(pattern, "known"),))
    assert len(leaks.suppressed) == stacks
    assert len(leaks.stacks) == 2 - stacks
    assert suppressed(leaks) + sum(leak.bytes for leak in leaks.stacks) == 100


def test_memory_without_frames_can_be_suppressed_by_its_name() -> None:
    analysis = analysis_of([], [((), 70, 1)])
    assert not find_leaks(analysis).suppressed
    assert suppressed(find_leaks(analysis, (Suppression("<no frames>"),))) == 70


def test_every_built_in_suppression_has_a_reason() -> None:
    assert all(row.built_in and row.reason.endswith(".") for row in BUILT_IN)


def test_built_in_suppressions_look_at_the_frame_that_allocates() -> None:
    """What a module keeps for itself while it is imported may be a leak; what the import system keeps is none."""
    importing = [("_find_and_load", "<frozen importlib._bootstrap>", 1)]
    analysis = analysis_of([], [(importing, 40, 1), ([*importing, *stack("<module>")], 60, 1)])
    leaks = find_leaks(analysis)
    assert (suppressed(leaks), [leak.bytes for leak in leaks.stacks]) == (40, [60])


def test_a_cache_that_never_stops_growing_is_not_suppressed() -> None:
    compiled = [("compile", "/usr/lib/python3.11/re/_compiler.py", 1)]
    for windows, is_known in ((range(0, 50, 2), True), (range(0, 100, 2), False)):
        rows = [(compiled, window, NEVER, 1000, 1) for window in windows]
        work = [(stack("work"), window, window + 1, 10, 1) for window in range(100)]
        analysis = analysis_of(
            [], [(compiled, 1000, 1) for _ in rows], lifetimes=[*work, *rows], heap=[0] * WINDOWS
        )
        assert bool(find_leaks(analysis).suppressed) is is_known


def test_built_in_suppressions_know_the_interpreters_files() -> None:
    """The files that the list names, as captures name them."""
    names = {
        "<frozen importlib._bootstrap>",
        "<frozen importlib._bootstrap_external>",
        "<frozen zipimport>",
        "<frozen abc>",
        "re/_compiler.py",
        "re/_parser.py",
        "re/__init__.py",
        "sre_parse.py",
        "linecache.py",
        "encodings/__init__.py",
        "abc.py",
        "enum.py",
        "typing.py",
        "dataclasses.py",
    }
    assert all(any(row.matches(name) for row in BUILT_IN) for name in names)
    assert not any(
        row.matches(name) for row in BUILT_IN for name in ("app/re/x.py", "app/enum.py", "core.py")
    )


# Threads


def test_threads_are_seen_from_their_first_allocation() -> None:
    analysis = leaking({"a": [10], "b": [50]})
    assert analysis.lifetimes
    threads = [window // 25 for window in analysis.lifetimes.allocated]
    started = replace(
        analysis, lifetimes=replace(analysis.lifetimes, thread=type(analysis.lifetimes.thread)("H", threads))
    )
    assert thread_starts(started) == pytest.approx((0, 0.25, 0.5, 0.75), abs=0.01)
    assert thread_starts(replace(analysis, lifetimes=None)) == ()


def test_threads_that_never_stop_to_be_started_are_told_from_pools() -> None:
    assert keeps_starting(tuple(start / 30 for start in range(30)))
    assert not keeps_starting(tuple(start / 100 for start in range(30)))
    assert not keeps_starting((0.1, 0.3, 0.5, 0.7, 0.9))
    assert not keeps_starting(())
