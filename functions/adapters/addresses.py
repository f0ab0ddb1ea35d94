"""Addresses of servers, apart from the name and the password that may be in them."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

_USERINFO = re.compile(r"(?<=://)([^/?#]*)@")


@dataclass(frozen=True)
class Server:
    """Where a server is, and who we are to it. The address ends up in messages, so it holds no secret."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def server_of(url: str) -> Server:
    """Take ``name:password@`` out of an address; whatever else is wrong with it is left to who connects."""
    found = _USERINFO.search(url)
    if found is None:
        return Server(url)
    username, _, password = found.group(1).partition(":")
    return Server(_USERINFO.sub("", url, count=1), unquote(username), unquote(password))
