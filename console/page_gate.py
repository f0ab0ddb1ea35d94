"""The gate before the console: foreign pages are refused, changes need the token, and pages run no script but ours."""

import hmac
import re
from collections.abc import Mapping

from fraudflow_guard.asgi import App, Guard, Message, Receive, Send
from fraudflow_guard.policy import loopback

from console.tokens import HEADER

_READS = frozenset({"GET", "HEAD"})
# What a link in MLflow, Grafana or a report may open. All of it shows something and changes nothing.
PAGES = ("/", "/runs", "/runs/*", "/model", "/score", "/traffic")
# Of what lies below these, a link opens no part of a page: a stream would hold one of the few connections that a
# browser has to us.
_LINKED = re.compile(r"/(?:runs(?:/(?:~compare|[^~/][^/]*))?|model|score|traffic)?")
_FOREIGN = frozenset({b"cross-site", b"same-site"})
HEALTH = "/healthz"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
# A page holds the token: no cache keeps it. What is static is kept, and asked about.
_UNKEPT = (b"cache-control", b"no-store")
_ASKED_ABOUT = (b"cache-control", b"no-cache")
_STATIC = "/static/"
_REASON = b"This page is of an earlier console: load it again."
_NO_PAGE = b"A link on another site opens pages, and this is a part of one."


class PageRules:
    """An ASGI application that asks for the token where something changes, and sends the rules that pages live by.

    Args:
        app: what is behind it.
        token: what a page of ours has, and no page of another origin can read.
    """

    def __init__(self, app: App, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "There are none."})
        elif scope["type"] != "http":  # the server's own word that it starts or ends
            await self._app(scope, receive, send)
        elif (reason := self._refusal(scope)) is not None:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": reason})
        else:
            await self._app(scope, receive, _with_rules(scope["path"], send))

    def _refusal(self, scope: Message) -> bytes | None:
        """Return why a request is refused; None where it is not."""
        headers = dict(scope["headers"])
        if scope["method"] not in _READS:
            return None if self._is_shown(headers) else _REASON
        # The guard lets foreign pages cause nothing but links.
        is_foreign = headers.get(b"sec-fetch-site", b"").lower() in _FOREIGN
        return _NO_PAGE if is_foreign and not _LINKED.fullmatch(scope["path"]) else None

    def _is_shown(self, headers: Mapping[bytes, bytes]) -> bool:
        return hmac.compare_digest(headers.get(HEADER.encode(), b""), self._token)


def gated(app: App, port: int, *, token: str, password: str | None) -> App:
    """Return the application behind its gate.

    Args:
        app: the console.
        port: where browsers reach it on this machine.
        token: what changes need.
        password: what every request but the health check needs; nothing unless given.
    """
    return Guard(PageRules(app, token), loopback(port, pages=PAGES), password=password, healthy=HEALTH, own=("/",))


def _with_rules(path: str, send: Send) -> Send:
    kept = _ASKED_ABOUT if path.startswith(_STATIC) else _UNKEPT

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], kept, *_HEADERS]}
        await send(message)

    return sent
