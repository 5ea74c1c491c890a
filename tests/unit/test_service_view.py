"""The service view: processes on one clock, their sum, and who held it at the highest moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sitegen.insight.service import Process, Share, service_of

T = 1_700_000_000_000


def process(capture: str, module: str, started: int, heap: list[int], step: int = 100) -> Process:
    time = tuple(T + started + step * i for i in range(len(heap)))
    return Process(capture, module, T + started, T + started + step * len(heap), False, time, tuple(heap))


def test_the_highest_moment_is_the_sum_of_what_runs_at_once() -> None:
    service = service_of([process("a", "web", 0, [10, 50, 10]), process("b", "db", 100, [5, 40, 5])])
    assert service is not None
    # At +100 web holds 50 and db 5; at +200 web 10 and db 40.
    assert service.total == 55
    assert service.shares == (Share("a", "web", 50), Share("b", "db", 5))
    assert service.modules == ("web", "db")


def test_of_equal_highest_moments_the_last_is_meant_and_of_a_rest_its_beginning() -> None:
    """Between what a process was seen to hold it holds the same: its peak lies where it came to it."""
    service = service_of([process("a", "web", 0, [10, 50, 10, 50, 50, 10])])
    assert service is not None
    assert service.time[service.highest] == T + 300


def test_a_process_counts_only_while_it_lives() -> None:
    service = service_of([process("a", "web", 0, [50]), process("b", "db", 1000, [40])])
    assert service is not None
    assert service.total == 50


def test_without_any_curve_there_is_no_view() -> None:
    assert service_of([Process("a", "web", T, T + 5, False, (), ())]) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.lists(st.integers(0, 10**9), min_size=1, max_size=20)),
        min_size=1,
        max_size=6,
    )
)
def test_the_total_is_never_below_the_peak_of_one_process(lives: list[tuple[int, list[int]]]) -> None:
    processes = [process(str(i), f"m{i % 2}", started, heap) for i, (started, heap) in enumerate(lives)]
    service = service_of(processes)
    assert service is not None
    assert service.total >= max(max(heap) for _, heap in lives)
    assert service.total == sum(share.bytes for share in service.shares)
    assert all(len(layer) == len(service.time) for layer in service.layers)
    assert max(map(sum, zip(*service.layers, strict=True))) == service.total
