"""The preview's server in this process, over a site that the tests write; and how to ask it things."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TypeVar

from sitegen.preview.listening import answers_to, listen
from sitegen.preview.serve import server_of
from sitegen.preview.server import application
from sitegen.preview.state import State
from sitegen.site.publish import file_of, publish

T = TypeVar("T")


class Served:
    """A running server. `say` runs a function in its event loop; `get` asks for a path."""

    def __init__(self, state: State, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.state, self.port, self._loop = state, port, loop

    def say(self, what: Callable[[], T]) -> T:
        """What a function gives that changes or looks at the state."""
        answer: Future[T] = Future()
        self._loop.call_soon_threadsafe(lambda: answer.set_result(what()))
        return answer.result(10)

    def publish(self, files: dict[str, str]) -> None:
        """Replaces the site and shows it, as a build does."""
        publish([file_of(path, text.encode()) for path, text in files.items()], self.state.site)
        self.say(lambda: self.state.good({path: str(hash(text)) for path, text in files.items()}))

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        """The answer to a request, and its body. Names of headers are written with `_`."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            response = connection.getresponse()
            return response, response.read()

    def raw(self, request: str) -> bytes:
        """What comes back for these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request.encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    @contextmanager
    def events(self, address: str) -> Iterator[Iterator[tuple[str, str]]]:
        """The (name, data) of server-sent events as they come."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", address)
            yield _parsed(connection.getresponse())


def _parsed(response: HTTPResponse) -> Iterator[tuple[str, str]]:
    name = ""
    for line in response:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, value


@contextmanager
def serving(site: Path, reloads: bool = True) -> Iterator[Served]:
    """The preview's server over a directory, in a thread."""
    running: Future[tuple[State, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    listening = listen("127.0.0.1", 0)

    async def run() -> None:
        state, stop = State(site), asyncio.Event()
        server = server_of(application(state, answers_to(listening), reloads))
        task = asyncio.create_task(server.serve([listening.socket]))
        running.set_result((state, asyncio.get_running_loop(), stop))
        await stop.wait()
        state.close()
        server.should_exit = True
        await task

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    state, loop, stop = running.result(10)
    try:
        yield Served(state, listening.port, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
