"""MLflow's word of links by which clients load files past its server, taken back where these lead nowhere."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]

_PATH = "/mlflow/server-info"
_LINKS = ("multipart_uploads_enabled", "multipart_downloads_enabled")


class WithoutLinks:
    """MLflow's server as one that has clients send and load every file through itself.

    A link names the bucket by the server's name of S3, and is signed by the server's key. Where that name leads nowhere
    for some clients, or that key is no key, MLflow's clients fail instead of asking the server.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer as the server does, but for what it tells of links."""
        if scope["type"] == "http" and scope["path"].endswith(_PATH):
            await self._app(scope, receive, _Rewritten(send))
        else:
            await self._app(scope, receive, send)


class _Rewritten:
    """Sends an answer once all of its body is there."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = _told(self._body) if self._start["status"] == 200 else self._body  # noqa: PLR2004 - of HTTP
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _told(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), **dict.fromkeys(_LINKS, False)}).encode()
