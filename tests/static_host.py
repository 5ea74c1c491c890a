"""A static host, as a server that tests talk to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Host(SimpleHTTPRequestHandler):
    """Serves a site below a path, with its 404.html, if there is one, for whatever is missing, as static hosts do."""

    def __init__(self, *args: Any, site: Path, path: str, policy: str, **options: Any) -> None:
        self.site, self.below, self.policy = site, path, policy
        super().__init__(*args, **options)

    def translate_path(self, path: str) -> str:
        inside = path.partition("?")[0].removeprefix(self.below)
        if not path.startswith(self.below):
            return str(self.site / "nowhere")
        return str(self.site / (inside or "index.html"))

    def send_error(self, code: int, *_: object) -> None:
        page = self.site / "404.html"
        body = page.read_bytes() if page.exists() else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def hosting(site: Path, path: str = "/", policy: str = "") -> Iterator[str]:
    """The address of the site below this path of a host, which sends this Content-Security-Policy."""
    handler = partial(Host, site=site, path=path, policy=policy, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{path}"
        server.shutdown()
        thread.join()
