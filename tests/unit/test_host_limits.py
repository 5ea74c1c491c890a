"""The limits of common hosts, and the warnings that name them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sitegen.site.host_limits import HOSTS, hosts_of, warnings_of

MB = 1_000_000


def many(count: int, directory: str = "captures") -> dict[str, int]:
    return {f"{directory}/{number}.html": 1 for number in range(count)}


def test_a_site_within_every_limit_gives_no_warning() -> None:
    assert warnings_of({"index.html": 10_000, "data/a.js": 5 * MB}) == []
    assert warnings_of({}) == []


@pytest.mark.parametrize(
    ("sizes", "host", "words"),
    [
        ({f"data/{n}.js": 20 * MB for n in range(51)}, "GitHub Pages", "1.020GB"),
        ({"data/a.js": 110 * MB}, "GitHub Pages", "104.858MB a file"),
        ({"data/a.js": 27 * MB}, "Cloudflare Pages (free plan)", "26.214MB a file"),
        (many(20_001), "Cloudflare Pages (free plan)", "20,001 files"),
        (many(54_001, "modules"), "Netlify", "modules/ has 54,001 files"),
        (many(200_001), "GitLab Pages", "at most 200,000"),
    ],
)
def test_a_limit_that_is_exceeded_is_named_with_the_host_and_the_figure(
    sizes: Mapping[str, int], host: str, words: str
) -> None:
    found = [text for text in warnings_of(sizes) if host in text]
    assert any(words in text for text in found), found
    assert all("keep_runs" in text for text in found)


def test_a_limit_that_is_just_reached_is_not_exceeded() -> None:
    assert warnings_of(many(19_999) | {"data/a.js": 25 * 2**20}) == []


def test_an_address_at_a_known_host_leaves_the_limits_of_the_others_out() -> None:
    assert [host.name for host in hosts_of("https://me.github.io/memory/")] == ["GitHub Pages"]
    assert warnings_of(many(20_001), "https://me.github.io/memory/") == []
    assert len(warnings_of(many(20_001), "https://memory.pages.dev/")) == 1
    assert hosts_of("https://memory.example.org/") == HOSTS
    assert hosts_of("https://notgithub.io/") == HOSTS
