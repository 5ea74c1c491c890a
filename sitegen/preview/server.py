"""Serves the site, its reload events, and pages that say why there is no site. Built on starlette."""

from __future__ import annotations

import asyncio
import hashlib
import json
import mimetypes
import re
from collections.abc import AsyncIterator, Callable
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sitegen.preview.files import Opened, open_file
from sitegen.preview.pages import (
    RESERVED,
    STATIC,
    Shown,
    elsewhere_page,
    site_page,
    waiting_page,
    with_script,
)
from sitegen.preview.state import State
from sitegen.site import urls

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".md": "text/plain",
    ".xml": "application/xml",
    ".webmanifest": "application/manifest+json",
}
_HASHED = re.compile(r"assets/.+\.[0-9a-f]{8}\.\w+")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_HEADERS = {
    "cache-control": _ASK_AGAIN,
    "x-content-type-options": "nosniff",
    # Data files are scripts: without this, a page from anywhere could load and read them.
    "cross-origin-resource-policy": "same-origin",
}
_SILENCE = 15.0  # seconds after which a stream says that it is still there


def application(state: State, answers: Callable[[str], bool], reloads: bool) -> ASGIApp:
    """What uvicorn serves. `answers` judges Host headers; `reloads` is whether pages watch for changes."""
    own = [
        Route(f"{RESERVED}/events", Events(state)),
        Mount(RESERVED, StaticFiles(directory=STATIC, follow_symlink=True)),
    ]
    return Starlette(
        routes=[*(own if reloads else own[1:]), Mount("/", SiteFiles(state, reloads))],
        middleware=[Middleware(StandardHeaders), Middleware(HostCheck, answers=answers)],
    )


class SiteFiles(StaticFiles):
    """The files of the site, as it is at the moment of each request."""

    def __init__(self, state: State, reloads: bool) -> None:
        super().__init__()
        self._state, self._reloads = state, reloads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] not in ("GET", "HEAD"):
            response: Response = PlainTextResponse("Only GET and HEAD.\n", 405, {"allow": "GET, HEAD"})
        else:
            response = await self._respond(scope["path"], Headers(scope=scope))
        await response(scope, receive, send)

    async def _respond(self, path: str, headers: Headers) -> Response:
        home = f"{self._state.prefix}/"
        if not path.startswith(home):
            if path in ("/", self._state.prefix):
                return RedirectResponse(quote(home))
            return HTMLResponse(elsewhere_page(home), 404)
        page = path.removeprefix(home)
        if not page or page.endswith("/"):
            page += urls.INDEX
        if not self._state.ready:
            return self._html(waiting_page(self._state.problem, self._state.progress), page, headers)
        digests = self._state.digests  # before anything is opened, see `site_page`
        if not page.endswith(".html"):
            file = await asyncio.to_thread(open_file, self._state.site, page)
            if file is not None:
                return self._file(file, page, headers)
            if await self._is_directory(page):
                return RedirectResponse(quote(f"{path}/"))
        shown = await asyncio.to_thread(site_page, self._state.site, page, digests)
        if shown is None:
            return PlainTextResponse("There is no such page.\n", 404)
        return self._html(shown, page, headers)

    async def _is_directory(self, path: str) -> bool:
        index = await asyncio.to_thread(open_file, self._state.site, f"{path}/{urls.INDEX}")
        if index is not None:
            index.close()
        return index is not None

    def _html(self, shown: Shown, page: str, headers: Headers) -> Response:
        html = with_script(shown, page) if self._reloads else shown.html
        etag = f'"{hashlib.sha256(html).hexdigest()[:32]}"'
        response = HTMLResponse(html, shown.status, {"etag": etag})
        if shown.status == 200 and self.is_not_modified(response.headers, headers):
            return NotModifiedResponse(response.headers)
        return response

    def _file(self, file: Opened, page: str, headers: Headers) -> Response:
        response = OpenedFile(file, _type_of(page), _FOR_EVER if _HASHED.fullmatch(page) else _ASK_AGAIN)
        if self.is_not_modified(response.headers, headers):
            file.close()
            return NotModifiedResponse(response.headers)
        return response


class OpenedFile(FileResponse):
    """Sends a file that is open already: its path may lead to another one by now. Closes it."""

    def __init__(self, file: Opened, media_type: str, caching: str) -> None:
        super().__init__(
            f"/dev/fd/{file.descriptor}",
            headers={"cache-control": caching},
            media_type=media_type,
            stat_result=file.info,
        )
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


class Events:
    """Server-sent events for one page: `reload` when it is not as it was, `problem` and `fine`, `progress`,
    `running` with the pages of captures that grow.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = Request(scope).query_params
        stream = self._events(query.get("page", ""), query.get("version", ""))
        response = StreamingResponse(stream, media_type="text/event-stream")
        await response(scope, receive, send)

    async def _events(self, page: str, version: str) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        said: tuple[str, ...] = (_NONE_RUNNING,)  # so pages are until they are told
        while not self._state.closing:
            turn = self._state.turn
            if await self._version(page) != version:
                yield _event("reload", "")
                return
            if (events := self._now()) != said:
                for event in events:
                    if event not in said:
                        yield event
                said = events
            elif not await _within(_SILENCE, turn):
                yield ": still here\n\n"

    async def _version(self, page: str) -> str:
        state = self._state
        if not state.ready:
            return waiting_page(state.problem, "").version
        shown = await asyncio.to_thread(site_page, state.site, page, state.digests)
        return shown.version if shown else ""

    def _now(self) -> tuple[str, ...]:
        state = self._state
        if not state.ready:
            return (_event("progress", state.progress),)
        running = _event("running", json.dumps(sorted(state.running)))
        if state.problem is None:
            return (_FINE, running)
        problem = {"message": state.problem.message, "hint": state.problem.hint}
        return (_event("problem", json.dumps(problem)), running)


class HostCheck:
    """Refuses requests that were meant for another host."""

    def __init__(self, app: ASGIApp, answers: Callable[[str], bool]) -> None:
        self._app, self._answers = app, answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "")
        if self._answers(host):
            await self._app(scope, receive, send)
            return
        text = f"This server does not answer to the name {host!r}. Ask for it by its address, or by --host.\n"
        await PlainTextResponse(text, 421)(scope, receive, send)


class StandardHeaders:
    """Adds the headers that every answer has, where it does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


_FINE = _event("fine", "")
_NONE_RUNNING = _event("running", "[]")


async def _within(seconds: float, turn: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await turn.wait()
    except TimeoutError:
        return False
    return True


def _type_of(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
