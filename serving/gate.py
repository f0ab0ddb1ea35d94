"""The gate before the application: it refuses foreign web pages, and callers without the token where there is one."""

import hmac
from collections.abc import Mapping

from fraudflow_guard.asgi import App, Guard, Message, Receive, Send
from fraudflow_guard.basic_auth import shows
from fraudflow_guard.policy import loopback

from serving.settings import ServingSettings

# Probes have no token, and learn nothing but whether it is well.
PROBES = ("/healthz", "/readyz")
_OWN_PAGES = ("/docs", "/openapi.json", "/v1/", "/healthz", "/readyz", "/metrics")


class TokenCheck:
    """An ASGI application that asks for a token: as ``Bearer``, or as the password that a browser or Prometheus sends.

    Args:
        app: what is behind it.
        token: the secret.
    """

    def __init__(self, app: App, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] in PROBES or self._is_shown(dict(scope["headers"])):
            await self._app(scope, receive, send)
            return
        why = b"Show the service's token: Authorization: Bearer <FRAUDFLOW_SCORING_TOKEN>.\n"
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"www-authenticate", b'Bearer realm="fraudflow"'),
            (b"www-authenticate", b'Basic realm="fraudflow", charset="UTF-8"'),
        ]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": why})

    def _is_shown(self, headers: Mapping[bytes, bytes]) -> bool:
        given = headers.get(b"authorization", b"")
        kind, _, shown = given.partition(b" ")
        if kind.lower() == b"bearer":
            return hmac.compare_digest(shown.strip(), self._token.encode())
        return shows(self._token, given.decode("latin-1"))


def gated(app: App, settings: ServingSettings) -> App:
    """Return the application behind its gate."""
    if settings.scoring_token is not None:
        app = TokenCheck(app, settings.scoring_token.get_secret_value())
    site = loopback(settings.scoring_port, *settings.scoring_names, pages=("/docs",))
    return Guard(app, site, own=_OWN_PAGES)
