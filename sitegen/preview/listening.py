"""Where the server listens, and by which names it answers."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from sitegen.errors import SitegenError

TRIES = 100
"""How many ports are tried, from the one that was asked for."""

_BACKLOG = 512
_WHICH = (
    "Give --host a name or address of this machine: 127.0.0.1, or 0.0.0.0 to be reached from others; "
    "ports below 1024 are the system's."
)


class Listening(msgspec.Struct, frozen=True):
    """A socket that takes connections; `host` is what was asked for, `port` what it got."""

    socket: socket.socket
    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether this machine alone can connect."""
        return _is_loopback(self.socket.getsockname()[0])

    @property
    def origin(self) -> str:
        """The address to open, without a path."""
        address = self.socket.getsockname()[0]
        host = "localhost" if ip_address(address.partition("%")[0]).is_unspecified else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def listen(host: str, port: int) -> Listening:
    """Listens at the port, or at the next one that is free. Port 0 is any.

    Raises SitegenError where that is not possible, or none is free.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SitegenError(f"There is no host {host} to serve at: {reason}.", _WHICH) from None
    last = min(port + TRIES - 1, 65535)
    for candidate in range(port, last + 1):
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((address[0], candidate, *address[2:]))
            bound.listen(_BACKLOG)
        except OSError as error:
            bound.close()
            if error.errno == errno.EADDRINUSE:
                continue
            raise SitegenError(
                f"{host}, port {candidate}, cannot be served: {error.strerror}.", _WHICH
            ) from None
        return Listening(bound, host, bound.getsockname()[1])
    raise SitegenError(
        f"Port {port} is taken." if last == port else f"The ports {port} to {last} are all taken.",
        "Choose another one with --port.",
    )


def answers_to(listening: Listening) -> Callable[[str], bool]:
    """Tells for a request's Host header whether it may be answered.

    A page on the internet can have its own name point to this machine, and so read what is served here. It
    cannot change that name in the header. Numeric addresses cannot be made to point elsewhere.
    """
    names = {"localhost", listening.host.lower()}
    if listening.is_local:
        return lambda host: (
            (name := _name(host)) in names or name.endswith(".localhost") or _is_loopback(name)
        )
    names.add(socket.gethostname().lower())
    return lambda host: (name := _name(host)) in names or _is_address(name)


def _name(host: str) -> str:
    """The name in a Host header, without the port; "" where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return ""
    return parts.hostname or "" if parts.netloc == host and "@" not in host else ""


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ip_address(name.partition("%")[0]).is_loopback


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
