"""The meter around the application: requests to score, their seconds and status codes, and what failed unforeseen."""

import logging
import time
import traceback
from types import MappingProxyType

from fraudflow_guard.asgi import App, Message, Receive, Send

from serving.instruments import Instruments
from serving.request_limits import Route
from serving.service_metrics import ERRORS, REQUEST_SECONDS, REQUESTS

SCORE_PATH = "/v1/score"
BATCH_PATH = "/v1/score/batch"
_ROUTES: MappingProxyType[str, Route] = MappingProxyType({SCORE_PATH: "single", BATCH_PATH: "batch"})
# Refused by the gate, where no error of ours is raised.
_REFUSED = MappingProxyType({401: "MissingTokenError", 403: "ForeignRequestError"})
logger = logging.getLogger(__name__)


class Meter:
    """An ASGI application that passes everything on, and counts requests to score.

    Args:
        app: what is behind it.
        instruments: where they are counted.
    """

    def __init__(self, app: App, instruments: Instruments) -> None:
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - its message may quote a transaction, so it must not reach the server's log
            self._fail(error)
        finally:
            if (route := _ROUTES.get(scope["path"])) is not None:
                self._count(route, status, time.perf_counter() - started)

    def _count(self, route: Route, status: int, seconds: float) -> None:
        self._instruments.count(REQUESTS, route=route, code=str(status))
        self._instruments.observe(REQUEST_SECONDS, seconds, route=route)
        if status in _REFUSED:
            self._instruments.count(ERRORS, type=_REFUSED[status])

    def _fail(self, error: Exception) -> None:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A request failed with %s:\n%s", type(error).__name__, where)
        self._instruments.count(ERRORS, type="UnexpectedError")
