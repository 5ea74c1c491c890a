"""app.web: albums, search, a feed and pictures over HTTP. A pool of named threads, a cache with a janitor."""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from app import library


class PictureCache:
    """Decoded pictures, never more than its limit. Now and then the janitor takes out the older half."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.lock = threading.Lock()
        self.pictures: OrderedDict[int, bytes] = OrderedDict()

    def get(self, picture_id: int) -> bytes:
        with self.lock:
            if picture_id not in self.pictures:
                self.pictures[picture_id] = decode_picture(library.original(self.folder, picture_id))
                if len(self.pictures) > self.limit:
                    self.pictures.popitem(last=False)
            self.pictures.move_to_end(picture_id)
            return self.pictures[picture_id]

    def trim(self) -> None:
        with self.lock:
            while len(self.pictures) > self.limit // 2:
                self.pictures.popitem(last=False)

    def janitor(self, stopped: threading.Event) -> None:
        while not stopped.wait(0.6):
            self.trim()


class Site(HTTPServer):
    """Requests are handled by a pool whose threads have names, so that a profile can tell them apart."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.folder = folder
        self.cache = PictureCache(folder, limit=32)
        self.pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="web")
        for _ in range(3):  # a pool starts its threads one by one, when all others are busy
            self.pool.submit(time.sleep, 0.02)

    def process_request(self, request: object, client_address: object) -> None:
        self.pool.submit(self.answer, request, client_address)

    def answer(self, request: object, client_address: object) -> None:
        self.finish_request(request, client_address)  # type: ignore[arg-type]  # whatever the server accepted
        self.shutdown_request(request)  # type: ignore[arg-type]


class Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:  # the name that http.server looks for
        address = urlsplit(self.path)
        kind, _, rest = address.path.strip("/").partition("/")
        if kind == "albums":
            self.reply("application/json", album_list(self.server.folder))
        elif kind == "search":
            self.reply("application/json", search(self.server.folder, parse_qs(address.query)["q"][0]))
        elif kind == "feed.xml":
            self.reply("application/atom+xml", feed(self.server.folder))
        elif kind == "picture":
            self.reply("image/x-portable-pixmap", render_picture(self.server.cache.get(int(rest))))
        else:
            self.reply("text/plain", b"bye")
            threading.Thread(target=self.server.shutdown, name="shutdown").start()

    def reply(self, content_type: str, body: bytes) -> None:
        packed = gzip.compress(body, 1)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the visitors of the samples make a few hundred requests."""


def decode_picture(packed: bytes) -> bytes:
    return zlib.decompress(packed)


def render_picture(pixels: bytes) -> bytes:
    return b"P5 640 480 255\n" + pixels


def first_page(store: sqlite3.Connection, album: int) -> Iterator[library.Picture]:
    return islice(library.pictures(store, album), 40)


def album_list(folder: Path) -> bytes:
    store = library.connect(folder)
    albums = [
        {"title": title, "pictures": [picture._asdict() for picture in first_page(store, number)]}
        for number, title in enumerate(library.ALBUMS, 1)
    ]
    store.close()
    return json.dumps(albums).encode()


def search(folder: Path, words: str) -> bytes:
    store = library.connect(folder)
    query = "select * from picture where title like ? order by taken limit 60"
    rows = store.execute(query, (f"%{words}%",)).fetchall()
    store.close()
    return json.dumps([library.Picture._make(row)._asdict() for row in rows], indent=1).encode()


def feed(folder: Path) -> bytes:
    root = ElementTree.Element("feed")
    store = library.connect(folder)
    for picture in first_page(store, 1):
        entry = ElementTree.SubElement(root, "entry")
        ElementTree.SubElement(entry, "title").text = picture.title
        ElementTree.SubElement(entry, "updated").text = picture.taken
    store.close()
    return ElementTree.tostring(root)


def main(folder: Path) -> None:
    site = Site(folder)
    stopped = threading.Event()
    janitor = threading.Thread(target=site.cache.janitor, args=(stopped,), name="janitor")
    janitor.start()
    (folder / "port.part").write_text(str(site.server_port))
    (folder / "port.part").rename(folder / "port")
    site.serve_forever(poll_interval=0.05)
    stopped.set()
    janitor.join()
    site.pool.shutdown()
    site.server_close()
    site.cache.pictures.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
