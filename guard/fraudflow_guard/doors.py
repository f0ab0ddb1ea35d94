"""Doors in front of servers that can't check their callers."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fraudflow_guard.basic_auth import authorization
from fraudflow_guard.policy import Site, loopback

GRAFANA = "grafana"
# Where the guard itself says that it is there.
HEALTH = "/-/guard"
# What a link in a message or on another server's page may open: each shows something and changes nothing.
_PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Of Prometheus 3, of 2, and of Debian's, which has the older pages only.
        "prometheus": ("/", "/query", "/graph", "/graph/", "/alerts", "/targets", "/rules", "/classic/*"),
        "alertmanager": ("/",),
        "pushgateway": ("/",),
        GRAFANA: ("/", "/login", "/dashboards", "/d/*", "/explore"),
    }
)


@dataclass(frozen=True)
class Door:
    """The address where a server is called, and the address where it listens.

    ``credential`` is the header by which the server knows that it is the guard who asks.
    """

    name: str
    host: str
    port: int
    upstream: str
    site: Site
    credential: tuple[str, str]


def door(name: str, listen: str, upstream: str, public_port: int, password: str, aliases: Iterable[str] = ()) -> Door:
    """Return a door.

    Args:
        name: which server is behind it.
        listen: the address to listen on, with its port.
        upstream: the server's own URL.
        public_port: the port of this machine by which browsers know it.
        password: the home's.
        aliases: further names of this host, by which other machines know it.
    """
    host, _, port = listen.rpartition(":")
    site = loopback(public_port, *(f"{alias}:{port}" for alias in aliases), pages=_PAGES[name])
    credential = (viewer(password), "viewer") if name == GRAFANA else ("Authorization", authorization(inner(password)))
    return Door(name, host, int(port), upstream.rstrip("/"), site, credential)


def inner(password: str) -> str:
    """Return the password of the servers behind the doors, which is not the home's."""
    return _derived("behind", password)


def viewer(password: str) -> str:
    """Return the name of the header by which Grafana knows a viewer: nobody else can guess it."""
    return f"X-Fraudflow-{_derived('grafana', password)}"


def _derived(purpose: str, password: str) -> str:
    return hashlib.sha256(f"{purpose} {password}".encode()).hexdigest()[:40]
