"""Where the preview listens, and to whom it answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sitegen.errors import SitegenError
from sitegen.preview.listening import TRIES, answers_to, listen


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_gives_the_next_free_one(taken: int) -> None:
    listening = listen("127.0.0.1", taken)
    with listening.socket:
        assert taken < listening.port < taken + TRIES
        assert listening.origin == f"http://127.0.0.1:{listening.port}"


def test_where_no_port_is_free_it_says_so(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sitegen.preview.listening.TRIES", 1)
    with pytest.raises(SitegenError, match=f"Port {taken} is taken"):
        listen("127.0.0.1", taken)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a" * 70])
def test_a_host_that_is_not_this_machine_is_told(host: str) -> None:
    with pytest.raises(SitegenError, match=host):
        listen(host, 0)


LOCAL = [
    "localhost",
    "localhost:8000",
    "127.0.0.1:8000",
    "[::1]:8000",
    "127.0.0.2",
    "LOCALHOST",
    "me.localhost",
]
STRANGE = [
    "",
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "a@localhost",
    "localhost/x",
    "[::1",
    "x:y",
]


@pytest.mark.parametrize("host", LOCAL)
def test_on_this_machine_alone_its_own_names_are_answered(host: str) -> None:
    listening = listen("127.0.0.1", 0)
    with listening.socket:
        assert answers_to(listening)(host)


@pytest.mark.parametrize("host", [*STRANGE, "192.168.1.7", "10.0.0.1:8000"])
def test_on_this_machine_alone_no_other_name_is_answered(host: str) -> None:
    listening = listen("127.0.0.1", 0)
    with listening.socket:
        assert not answers_to(listening)(host)


def test_on_the_network_addresses_and_own_names_are_answered_and_others_not() -> None:
    listening = listen("0.0.0.0", 0)
    with listening.socket:
        answers = answers_to(listening)
        assert all(map(answers, [*LOCAL[:4], "192.168.1.7:8000", f"{socket.gethostname()}:8000"]))
        assert not any(map(answers, STRANGE))
        assert not listening.is_local
        assert listening.origin == f"http://localhost:{listening.port}"
