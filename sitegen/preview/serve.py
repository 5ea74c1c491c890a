"""`sitegen serve`: builder, watch and server, from start to end."""

from __future__ import annotations

import asyncio
import signal
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import msgspec
import uvicorn
from starlette.types import ASGIApp

from sitegen.capture.interrupts import held_back
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.preview.builder import Builder
from sitegen.preview.listening import Listening, answers_to, listen
from sitegen.preview.outcome import Failed, Outcome
from sitegen.preview.rebuilding import Order, Rebuilding, build_once
from sitegen.preview.server import application
from sitegen.preview.state import State, prefix_of
from sitegen.preview.telling import Telling

_SECONDS_TO_END = 2


class Serving(msgspec.Struct, frozen=True):
    """How to serve. `output` is where the site is written to; None: a directory that is removed at the end.

    `reloads` is whether changes are followed, `polls` whether they are looked for instead of being told of
    by the system, `opens` whether a browser is opened.
    """

    host: str
    port: int
    output: Path | None = None
    opens: bool = False
    reloads: bool = True
    polls: bool = False


def serve(
    configure: Callable[[], Config], config_files: tuple[Path, ...], how: Serving, telling: Telling
) -> None:
    """Builds, serves, and builds again when something changes, until it is interrupted.

    `configure` gives the configuration as it is at the moment; it may come to stand in any of `config_files`.
    Raises SitegenError where it cannot begin; without reloading also where the site cannot be built.
    """
    config = configure()
    with _output(how.output) as output:
        listening = listen(how.host, how.port)
        asyncio.run(_serve(Order(configure, config_files, output), config, listening, how, telling))


async def _serve(order: Order, config: Config, listening: Listening, how: Serving, telling: Telling) -> None:
    state = State(order.output)
    state.prefix = prefix_of(config)
    builder = Builder()
    server = server_of(application(state, answers_to(listening), how.reloads))
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    url = f"{listening.origin}{quote(state.prefix)}/"
    telling.serving(listening, how.port, url)
    if how.opens:
        threading.Thread(target=_open, args=(url, telling), daemon=True).start()
    if how.reloads:
        building = asyncio.create_task(Rebuilding(order, state, builder, telling, how.polls).run())
    else:
        building = asyncio.create_task(_build_only(config, order, state, builder, telling))
    serving = asyncio.create_task(server.serve([listening.socket]))
    stopped = asyncio.create_task(stopping.wait())
    try:
        await _first_end(building, serving, stopped)
    finally:
        state.close()
        server.should_exit = True
        await builder.stop()
        stopped.cancel()
        building.cancel()
        await asyncio.gather(building, stopped, serving, return_exceptions=True)


async def _build_only(config: Config, order: Order, state: State, builder: Builder, telling: Telling) -> None:
    outcome: Outcome | None = await build_once(config, order.output, state, builder, telling)
    if isinstance(outcome, Failed):
        raise SitegenError(outcome.message, outcome.hint)
    await asyncio.Event().wait()


async def _first_end(*tasks: asyncio.Task[None] | asyncio.Task[bool]) -> None:
    """Until one of them ends; raises what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to us: uvicorn would raise them again at the end."""
        yield


def server_of(app: ASGIApp) -> uvicorn.Server:
    """A server that leaves signals and logging alone, and ends its connections soon when it is told to."""
    return _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
    )


@contextmanager
def _output(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with held_back():
        made = TemporaryDirectory(prefix="sitegen-", ignore_cleanup_errors=True)
    with made as directory:
        yield Path(directory) / "site"


def _open(url: str, telling: Telling) -> None:
    if not webbrowser.open(url):
        telling.warn(f"No browser could be opened. Open {url} yourself.")
