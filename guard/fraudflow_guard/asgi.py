"""The policy in front of an ASGI application, in its own process: HTTP and websockets."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from fraudflow_guard.basic_auth import CHALLENGE, REASON, shows
from fraudflow_guard.policy import Site, refusal
from fraudflow_guard.response_headers import Headers, kept_apart

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """An ASGI application that passes on the requests of programs and of the application's own pages.

    Args:
        app: what is guarded.
        site: as browsers may know it.
        password: what to ask for; nothing unless given.
        healthy: the path that is answered without a password.
        own: what the paths of the application's own pages and their parts begin with; ``/`` is always one of them.
            Everything else may be somebody's file and gets no origin of ours.
        closed: what the paths begin with that nobody is to ask for.
    """

    def __init__(
        self,
        app: App,
        site: Site,
        *,
        password: str | None = None,
        healthy: str = "/health",
        own: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._site = site
        self._password = password
        self._healthy = healthy
        self._own = tuple(own)
        self._closed = tuple(closed)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        path = scope["path"]
        if why := refusal(self._site, scope.get("method", "GET"), path, headers):
            await _deny(scope, send, 403, why)
        elif path.startswith(self._closed):
            await _deny(scope, send, 403, "This part of the server is closed.")
        elif not self._is_admitted(path, headers):
            await _deny(scope, send, 401, REASON, CHALLENGE)
        else:
            await self._app(scope, receive, self._guarded(path, send))

    def _is_admitted(self, path: str, headers: Headers) -> bool:
        if self._password is None or path == self._healthy:
            return True
        given = next((value for name, value in headers if name.lower() == "authorization"), None)
        return shows(self._password, given)

    def _guarded(self, path: str, send: Send) -> Send:
        sandboxed = path != "/" and not path.startswith(self._own)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
                message = {**message, "headers": _encoded(kept_apart(given, sandboxed=sandboxed))}
            await send(message)

        return sent


async def _deny(scope: Message, send: Send, status: int, why: str, *headers: tuple[str, str]) -> None:
    if scope["type"] == "websocket":
        # Before it is accepted, this is a 403.
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    own = kept_apart([("Content-Type", "text/plain; charset=utf-8"), *headers])
    await send({"type": "http.response.start", "status": status, "headers": _encoded(own)})
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
