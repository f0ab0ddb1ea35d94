"""A request to a server of the stack, with the login that its address may hold."""

from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

# A proxy that the user has configured is for the world outside, not for this machine.
_OPENER = build_opener(ProxyHandler({}))
_SECONDS = 5.0


class Body(NamedTuple):
    """A body and its content type."""

    content: bytes
    content_type: str


def ask(url: str, *, method: str = "GET", body: Body | None = None) -> bytes:
    """Send a request and give the answer.

    Raises:
        OSError: when there is none, or one that refuses.
    """
    address, headers = _apart(url)
    if body is not None:
        headers = {**headers, "Content-Type": body.content_type}
    content = None if body is None else body.content
    request = Request(address, data=content, headers=dict(headers), method=method)  # noqa: S310 - the stack's own servers
    with _OPENER.open(request, timeout=_SECONDS) as answer:
        found: bytes = answer.read()
    return found


def _apart(url: str) -> tuple[str, Mapping[str, str]]:
    """Return an address without its user and password, and the header that holds them."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return bare, {"Authorization": f"Basic {b64encode(login).decode()}"}
