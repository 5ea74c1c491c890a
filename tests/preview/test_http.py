"""What the preview answers over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aside import run_aside
from served import Served, serving

from sitegen.preview.outcome import Failed

HOME = "<html><body>home</body></html>"
DATA = "sitegen.data(" + "x" * 200_000 + ")"
FILES = {
    "index.html": HOME,
    "404.html": "<html><body>none</body></html>",
    "captures/run/a.html": '<html><body><div data-src="../../data/run/a.js"></div></body></html>',
    "runs/index.html": "<html><body>runs</body></html>",
    "data/run/a.js": DATA,
    "assets/site.0123abcd.css": "p { color: red }",
    "assets/icon.0123abcd.svg": "<svg/>",
    "api/site.json": "{}",
    "robots.txt": "ü",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("preview")
    (directory / "secret.txt").write_text("words that nobody may see")
    with serving(directory / "site") as running:
        yield running


@pytest.fixture
def served(server: Served) -> Served:
    """A server of the files above."""
    server.say(lambda: setattr(server.state, "prefix", ""))
    server.publish(FILES)
    return server


def events_of(html: bytes) -> str:
    found = re.search(rb'data-events="([^"]+)"', html)
    assert found is not None
    return found[1].decode().replace("&amp;", "&")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/site.0123abcd.css", "text/css; charset=utf-8"),
        ("/assets/icon.0123abcd.svg", "image/svg+xml"),
        ("/data/run/a.js", "text/javascript; charset=utf-8"),
        ("/api/site.json", "application/json"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/_sitegen/reload.js", "text/javascript; charset=utf-8"),
        ("/_sitegen/preview.css", "text/css; charset=utf-8"),
    ],
)
def test_files_have_their_types_and_no_browser_guesses(served: Served, path: str, media_type: str) -> None:
    response, _ = served.get(path)
    assert (response.status, response.headers["content-type"]) == (200, media_type)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_only_names_with_a_digest_are_cached_without_asking(served: Served) -> None:
    cached = {path: served.get(f"/{path}")[0].headers["cache-control"] for path in FILES}
    for_ever = {path for path, caching in cached.items() if caching == "public, max-age=31536000, immutable"}
    assert for_ever == {"assets/site.0123abcd.css", "assets/icon.0123abcd.svg"}
    assert {caching for path, caching in cached.items() if path not in for_ever} == {"no-cache"}


@pytest.mark.parametrize("path", ["/", "/data/run/a.js"])
def test_what_has_not_changed_is_not_sent_again(served: Served, path: str) -> None:
    first, body = served.get(path)
    again, nothing = served.get(path, if_none_match=first.headers["etag"])
    assert (again.status, nothing) == (304, b"")
    served.publish({**FILES, "index.html": "<p>new", "data/run/a.js": "new()"})
    changed, new = served.get(path, if_none_match=first.headers["etag"])
    assert changed.status == 200
    assert new != body


def test_a_date_is_a_condition_too(served: Served) -> None:
    first, _ = served.get("/data/run/a.js")
    assert served.get("/data/run/a.js", if_modified_since=first.headers["last-modified"])[0].status == 304


def test_parts_of_files_are_sent_when_asked_for(served: Served) -> None:
    response, body = served.get("/data/run/a.js", range="bytes=8-15")
    assert (response.status, body) == (206, DATA[8:16].encode())
    assert response.headers["content-range"] == f"bytes 8-15/{len(DATA)}"
    assert served.get("/data/run/a.js", range="bytes=-3")[1] == b"xx)"
    assert served.get("/data/run/a.js", range=f"bytes={len(DATA)}-")[0].status == 416
    assert served.get("/data/run/a.js", range="bytes=8-15", if_range='"old"')[1] == DATA.encode()


def test_head_says_what_get_would(served: Served) -> None:
    for path in ("/", "/data/run/a.js"):
        head, body = served.get(path, method="HEAD")
        assert (head.status, body) == (200, b"")
        assert head.headers["content-length"] == str(len(served.get(path)[1]))


def test_nothing_can_be_written(served: Served) -> None:
    response, _ = served.get("/", method="POST")
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


def test_a_directory_is_its_index_and_its_address_ends_in_a_slash(served: Served) -> None:
    assert b"runs" in served.get("/runs/")[1]
    response, _ = served.get("/runs")
    assert (response.status, response.headers["location"]) == (307, "/runs/")


def test_what_is_not_there_gets_the_sites_own_page(served: Served) -> None:
    for path in ("/captures/none.html", "/data/none.js", "/captures/", "/captures"):
        response, body = served.get(path)
        assert response.status == 404
        assert b"none" in body


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/data/../../secret.txt", "/link.txt",
        "/data/%2e%2e%2f%2e%2e%2fsecret.txt", "/..\\secret.txt", "/up/secret.txt", "/index.html%00.css",
        "/.sitegen-manifest.json", "/_sitegen/../secret.txt", "/_sitegen/..%2fpages.py", "//etc/passwd",
        "/%ff%fe", "/data/" + "x" * 5000,
    ],
)  # fmt: skip
def test_nothing_outside_the_site_is_served(served: Served, target: str) -> None:
    for name, leads in (("link.txt", "../secret.txt"), ("up", "..")):
        (served.state.site / name).unlink(missing_ok=True)
        (served.state.site / name).symlink_to(leads)
    answer = served.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"nobody may see" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "[::1", ""])
def test_requests_for_another_host_are_refused(served: Served, host: str) -> None:
    for path in ("/", "/data/run/a.js", "/_sitegen/reload.js", "/_sitegen/events?page=index.html&version="):
        answer = served.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 421")
        assert b"home" not in answer


def test_pages_get_the_script_and_the_site_itself_never_has_it(served: Served) -> None:
    body = served.get("/")[1].decode()
    assert re.fullmatch(
        r'<html><body>home<script src="/_sitegen/reload.js" [^>]+></script></body></html>', body
    )
    assert (served.state.site / "index.html").read_text() == HOME
    assert b"/_sitegen/" not in served.get("/data/run/a.js")[1]


def test_without_reloading_exactly_the_site_is_served(tmp_path: Path) -> None:
    with serving(tmp_path / "site", reloads=False) as server:
        server.publish(FILES)
        assert server.get("/")[1].decode() == HOME
        assert server.get("/_sitegen/events")[0].status == 404


def test_under_the_path_of_base_url_it_works_as_there(served: Served) -> None:
    served.say(lambda: setattr(served.state, "prefix", "/team/größe"))
    prefix = "/team/gr%C3%B6%C3%9Fe"
    assert served.get("/")[0].headers["location"] == f"{prefix}/"
    assert served.get(prefix)[0].headers["location"] == f"{prefix}/"
    assert served.get(f"{prefix}/runs")[0].headers["location"] == f"{prefix}/runs/"
    assert b"home" in served.get(f"{prefix}/")[1]
    assert served.get(f"{prefix}/data/run/a.js")[1] == DATA.encode()
    outside, body = served.get("/index.html")
    assert outside.status == 404
    assert "/team/größe/" in body.decode()
    assert served.get(f"{prefix}r/")[0].status == 404


def test_until_there_is_a_site_every_address_says_why(tmp_path: Path) -> None:
    with serving(tmp_path / "site") as server:
        server.say(lambda: server.state.working("Read 1 of 3 captures."))
        response, body = server.get("/captures/run/a.html")
        assert response.status == 503
        assert b"Read 1 of 3 captures." in body
        with server.events(events_of(body)) as events:
            assert next(events) == ("progress", "Read 1 of 3 captures.")
            server.say(lambda: server.state.working("Read 2 of 3 captures."))
            assert next(events) == ("progress", "Read 2 of 3 captures.")
            server.say(lambda: server.state.bad(Failed("There are no captures.", "Record some.")))
            assert next(events) == ("reload", "")
        body = server.get("/")[1]
        assert b"There are no captures." in body
        with server.events(events_of(body)) as events:
            next(events)
            server.publish(FILES)
            assert next(events) == ("reload", "")


def test_a_page_is_told_of_changes_of_its_own_and_of_no_others(served: Served) -> None:
    capture, home = (events_of(served.get(path)[1]) for path in ("/captures/run/a.html", "/"))
    with served.events(capture) as of_capture, served.events(home) as of_home:
        assert next(of_capture) == next(of_home) == ("fine", "")
        served.publish({**FILES, "index.html": "<p>changed"})
        assert next(of_home) == ("reload", "")
        served.publish({**FILES, "index.html": "<p>changed", "data/run/a.js": "changed()"})
        assert next(of_capture) == ("reload", "")


def test_a_page_that_missed_a_change_is_told_when_it_asks(served: Served) -> None:
    address = events_of(served.get("/")[1])
    served.publish({**FILES, "index.html": "<p>changed"})
    with served.events(address) as events:
        assert next(events) == ("reload", "")


def test_an_error_is_told_and_its_end_and_the_good_site_stays(served: Served) -> None:
    with served.events(events_of(served.get("/")[1])) as events:
        assert next(events) == ("fine", "")
        served.say(lambda: served.state.bad(Failed("No\nsuch theme", "Did you mean…?")))
        assert next(events) == ("problem", '{"message": "No\\nsuch theme", "hint": "Did you mean\\u2026?"}')
        assert b"home" in served.get("/")[1]
        served.publish(FILES)
        assert next(events) == ("fine", "")


def test_captures_that_grow_are_told_and_when_they_no_longer_do(served: Served) -> None:
    page = "captures/run/a.html"
    with served.events(events_of(served.get("/")[1])) as events:
        assert next(events) == ("fine", "")
        served.say(lambda: served.state.run(frozenset({page})))
        assert next(events) == ("running", f'["{page}"]')
        served.say(lambda: served.state.run(frozenset()))
        assert next(events) == ("running", "[]")


def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path / "site") as server:
        server.publish(FILES)
        with server.events(events_of(server.get("/")[1])) as events:
            next(events)
            server.say(server.state.close)
            assert list(events) == []


def test_a_thousand_requests_over_fifty_connections_while_the_site_is_replaced(served: Served) -> None:
    """No error, every body as long as announced, and every page and file one that was published whole."""
    asked = ["/", "/captures/run/a.html", "/data/run/a.js", "/assets/site.0123abcd.css"]
    texts = [DATA, *(DATA + str(number) * number for number in range(1, 9))]

    async def one_connection() -> list[tuple[str, int, bytes]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        answers = []
        for number in range(20):
            path = asked[number % len(asked)]
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            answers.append((path, int(head.split()[1]), await reader.readexactly(int(length[1]))))
        writer.close()
        return answers

    async def replace() -> None:
        for text in texts[1:]:
            await asyncio.to_thread(served.publish, {**FILES, "data/run/a.js": text})

    async def everything() -> list[list[tuple[str, int, bytes]]]:
        replacing = asyncio.create_task(replace())
        answers = await asyncio.gather(*(one_connection() for _ in range(50)))
        await replacing
        return answers

    answers = [answer for answers in run_aside(everything()) for answer in answers]
    assert len(answers) == 1000
    assert {status for _, status, _ in answers} == {200}
    assert {body.decode() for path, _, body in answers if path == "/data/run/a.js"} <= set(texts)
