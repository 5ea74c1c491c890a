"""Which signals interrupt a program, and how often."""

from __future__ import annotations

import os
import signal

import pytest

from sitegen.capture import interrupts


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_deaf_until", 0.0)


def test_who_cleans_up_is_interrupted_again_only_when_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An interrupt that was lost, or a file system that hangs, does not make a program that nobody can end."""
    with pytest.raises(KeyboardInterrupt) as first:
        interrupts.interrupt(signal.SIGINT, None)
    assert first.value.args == (signal.SIGINT,)
    interrupts.interrupt(signal.SIGTERM, None)
    monkeypatch.setattr(interrupts, "_deaf_until", 0.001)
    with pytest.raises(KeyboardInterrupt):
        interrupts.interrupt(signal.SIGTERM, None)


def test_what_is_ignored_stays_so_and_the_rest_is_as_it_was_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As under nohup, which ignores the end of the terminal."""
    before = [signal.getsignal(number) for number in interrupts.ENDING]
    hangup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.one_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
            monkeypatch.setattr(interrupts, "_deaf_until", 0.0)
    finally:
        signal.signal(signal.SIGHUP, hangup)
    assert [signal.getsignal(number) for number in interrupts.ENDING] == before


def test_what_is_held_back_interrupts_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that was just made is known to whoever removes it."""
    done = []

    def work() -> None:
        with interrupts.held_back():
            os.kill(os.getpid(), signal.SIGTERM)
            with interrupts.held_back():
                done.append("inner")
            done.append("outer")
        done.append("afterwards")

    with interrupts.one_interrupt():
        with pytest.raises(KeyboardInterrupt) as caught:
            work()
        monkeypatch.setattr(interrupts, "_deaf_until", 0.0)
    assert (done, caught.value.args) == (["inner", "outer"], (signal.SIGTERM,))
