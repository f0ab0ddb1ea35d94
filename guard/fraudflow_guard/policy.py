"""The policy of servers of this machine: they refuse requests that a foreign web page can cause.

A page can make the browser of its reader send requests to 127.0.0.1. What it can't do is choose three things about
them: the ``Host`` (after DNS rebinding it is the page's own name), ``Sec-Fetch-*`` (the browser's word on who asks;
see https://www.w3.org/TR/fetch-metadata/) and ``Origin``. Programs such as curl and boto3 send only the first.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_WEB_PORT = 80
_FOREIGN = frozenset({"cross-site", "same-site"})
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Site:
    """A server, as browsers may know it.

    ``hosts`` are the values of ``Host`` that name it, in lower case and with the port; each name below one of
    ``domains`` does so too. ``pages`` are the paths that a link on another site may open: they show something and
    change nothing. One that ends in ``*`` covers what begins so.
    """

    hosts: frozenset[str]
    pages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_called(self, host: str) -> bool:
        """Return whether a value of ``Host``, in lower case, names this server."""
        return host in self.hosts or any(_is_below(host, domain) for domain in self.domains)


def loopback(port: int, *others: str, pages: Iterable[str] = ()) -> Site:
    """Return a server on a port of this machine, with ``others`` as further values of ``Host``."""
    names = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
    bare = set(_LOOPBACK_NAMES) if port == _WEB_PORT else set()
    return Site(frozenset(names | bare | {other.lower() for other in others}), tuple(pages))


def refusal(site: Site, method: str, path: str, headers: Iterable[tuple[str, str]]) -> str | None:
    """Return why a request is refused, in one sentence, or None if a program or an own page may have sent it.

    Args:
        site: the server that is asked.
        method: in capitals.
        path: without the query.
        headers: names in any case, repeated ones included.
    """
    pairs = [(name.lower(), value.strip()) for name, value in headers]
    hosts = [value.lower() for name, value in pairs if name == "host"]
    if len(hosts) != 1 or not site.is_called(hosts[0]):
        return f"Requests are answered only under the server's own names, {', '.join(sorted(site.hosts))}."
    given: Mapping[str, str] = dict(pairs)
    if _follows_a_link(site, method, path, given):
        return None
    if given.get("sec-fetch-site", "").lower() in _FOREIGN:
        return "A web page of another site asked for this."
    for name in ("origin", "referer"):
        values = [value for key, value in pairs if key == name]
        if any(not site.is_called(_host_of(value)) for value in values):
            return f"A web page of another origin asked for this ({name.capitalize()})."
    return None


def _follows_a_link(site: Site, method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Return whether a tab is opened on one of the pages: the page that has the link can't read it."""
    return (
        method in _SAFE
        and "origin" not in headers
        and headers.get("sec-fetch-mode", "").lower() == "navigate"
        and headers.get("sec-fetch-dest", "").lower() == "document"
        and any(_covers(page, path) for page in site.pages)
    )


def _covers(page: str, path: str) -> bool:
    return path.startswith(page[:-1]) if page.endswith("*") else path == page


def _is_below(host: str, domain: str) -> bool:
    """Return whether a host is a name below a domain: nothing but a name comes before it."""
    name = host.removesuffix(f".{domain}")
    return name != host and _NAME.fullmatch(name) is not None


def _host_of(url: str) -> str:
    """Return the host and port of an origin or address; nothing where there is none (``null``)."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
