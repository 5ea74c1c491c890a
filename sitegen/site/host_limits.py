"""What common hosts of static sites take at most. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from sitegen.units import format_size


class Host(msgspec.Struct, frozen=True):
    """A host, the domains that its sites have, and its documented limits; None where it has none."""

    name: str
    domains: tuple[str, ...]
    site_bytes: int | None = None
    file_bytes: int | None = None
    files: int | None = None
    files_in_directory: int | None = None


HOSTS = (
    # The limit of a file is that of a push: it holds for sites published from a branch.
    Host("GitHub Pages", ("github.io",), site_bytes=1_000_000_000, file_bytes=100 * 2**20),
    Host("GitLab Pages", ("gitlab.io",), site_bytes=1_000_000_000, files=200_000),
    Host("Cloudflare Pages (free plan)", ("pages.dev",), file_bytes=25 * 2**20, files=20_000),
    Host("Netlify", ("netlify.app",), files_in_directory=54_000),
)

_CURE = "Keep fewer runs (keep_runs, keep_days), or smaller pages (max_nodes)."


def warnings_of(sizes: Mapping[str, int], base_url: str = "") -> list[str]:
    """A sentence for every limit that a site of these files (path -> bytes) exceeds.

    Where `base_url` is at one of the known hosts, only that one's limits count; else those of all.
    """
    extent = _extent(sizes)
    return [f"{found} {_CURE}" for host in hosts_of(base_url) for found in _exceeded(host, extent)]


def hosts_of(base_url: str) -> tuple[Host, ...]:
    """The host that an address belongs to; all, where it is none of the known ones or empty."""
    domain = urlsplit(base_url).hostname or ""
    known = tuple(host for host in HOSTS if domain.endswith(tuple(f".{name}" for name in host.domains)))
    return known or HOSTS


class _Extent(msgspec.Struct, frozen=True):
    """What hosts limit of a site."""

    bytes: int
    files: int
    largest: tuple[int, str]
    fullest: tuple[str, int]  # the directory with most files in it, not counting those below


def _extent(sizes: Mapping[str, int]) -> _Extent:
    total, largest, files_in = 0, (0, ""), Counter[str]()
    for path, size in sizes.items():
        total += size
        largest = max(largest, (size, path))
        files_in[path.rpartition("/")[0]] += 1
    return _Extent(total, len(sizes), largest, next(iter(files_in.most_common(1)), ("", 0)))


def _exceeded(host: Host, site: _Extent) -> Iterator[str]:
    if host.site_bytes is not None and site.bytes > host.site_bytes:
        yield (
            f"The site has {format_size(site.bytes)}: {host.name} takes at most "
            f"{format_size(host.site_bytes)} a site."
        )
    if host.files is not None and site.files > host.files:
        yield f"The site has {site.files:,} files: {host.name} takes at most {host.files:,}."
    size, path = site.largest
    if host.file_bytes is not None and size > host.file_bytes:
        yield f"{path} has {format_size(size)}: {host.name} takes at most {format_size(host.file_bytes)} a file."
    directory, files = site.fullest
    if host.files_in_directory is not None and files > host.files_in_directory:
        yield (
            f"{directory}/ has {files:,} files: {host.name} takes at most "
            f"{host.files_in_directory:,} in a directory."
        )
