"""Server addresses, separated from the credentials that may be in them."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

_USERINFO = re.compile(r"(?<=://)([^/?#]*)@")


@dataclass(frozen=True)
class Server:
    """A server's address and credentials. The address ends up in messages, so it holds no secret."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def server_of(url: str) -> Server:
    """Parse an address with an optional ``name:password@``; other faults in it show when a client connects."""
    found = _USERINFO.search(url)
    if found is None:
        return Server(url)
    username, _, password = found.group(1).partition(":")
    return Server(_USERINFO.sub("", url, count=1), unquote(username), unquote(password))


def with_login(url: str, username: str, password: str) -> str:
    """Return an address with this login in it, in place of any other."""
    scheme, separator, rest = _USERINFO.sub("", url, count=1).partition("://")
    return f"{scheme}{separator}{quote(username, safe='')}:{quote(password, safe='')}@{rest}"
