"""A proxy in front of each server that can't check its callers: it streams what the policy admits.

The servers themselves listen elsewhere and answer only who shows the home's password, which no page knows.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, hdrs, web
from yarl import URL

from fraudflow_guard.basic_auth import CHALLENGE, REASON, shows
from fraudflow_guard.doors import HEALTH, Door
from fraudflow_guard.policy import refusal
from fraudflow_guard.response_headers import Headers, kept_apart

_CHUNK = 64 * 1024
_LONGEST_LINE = 64 * 1024  # a query may stand in the address
_CONNECT_SECONDS = 5
_SILENCE_SECONDS = 300
_GOODBYE_SECONDS = 1
# Of one connection, not of the request (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "expect"),
    }
)
_NEVER_AUTOMATIC = (hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE)


class DoorHandler:
    """The handler of one door.

    Args:
        door: which.
        session: what asks the server behind it.
        password: what to ask for; nothing unless given.
    """

    def __init__(self, door: Door, session: ClientSession, password: str | None) -> None:
        self._door = door
        self._session = session
        self._password = password

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Refuse a request, or pass it on."""
        headers = list(request.headers.items())
        if why := refusal(self._door.site, request.method, request.path, headers):
            return _say(web.HTTPForbidden.status_code, why)
        if request.path == HEALTH:
            return _say(web.HTTPOk.status_code, "The guard is here.")
        if self._password is not None and not shows(self._password, request.headers.get(hdrs.AUTHORIZATION)):
            return _say(web.HTTPUnauthorized.status_code, REASON, CHALLENGE)
        if not request.raw_path.startswith("/"):
            return _say(web.HTTPBadRequest.status_code, "A request must name a path of this server.")
        return await self._pass_on(request, headers)

    async def _pass_on(self, request: web.BaseRequest, headers: Headers) -> web.StreamResponse:
        response: web.StreamResponse | None = None
        try:
            async with self._session.request(
                request.method,
                URL(f"{self._door.upstream}{request.raw_path}", encoded=True),
                headers=self._as_guard(headers),
                data=request.content if request.body_exists else None,
                allow_redirects=False,
                skip_auto_headers=_NEVER_AUTOMATIC,
            ) as given:
                response = web.StreamResponse(status=given.status, reason=given.reason)
                response.headers.extend(kept_apart(_of_the_message(given.headers.items())))
                await response.prepare(request)
                async for chunk in given.content.iter_chunked(_CHUNK):
                    await response.write(chunk)
                await response.write_eof()
        except (ClientError, TimeoutError) as error:
            if response is not None and response.prepared:
                raise  # too late to say so: the connection is closed before its end
            why = f"{self._door.name} does not answer ({type(error).__name__}); `fraudflow status` says how it is."
            return _say(web.HTTPBadGateway.status_code, why)
        return response

    def _as_guard(self, headers: Headers) -> Headers:
        """Return the headers with the guard's own credential in place of the caller's."""
        name, value = self._door.credential
        ours = {name.lower()} | ({"authorization"} if self._password is not None else set())
        return [*(pair for pair in _of_the_message(headers) if pair[0].lower() not in ours), (name, value)]


async def serve(doors: Sequence[Door], password: str | None) -> None:
    """Serve the doors until told to stop.

    Args:
        doors: all of them.
        password: what to ask for at each; nothing unless given.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with opened(doors, password):
        await stopped.wait()


@asynccontextmanager
async def opened(doors: Iterable[Door], password: str | None) -> AsyncIterator[None]:
    """Serve the doors while the block runs."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            ClientSession(
                auto_decompress=False,
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS),
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
            )
        )
        for door in doors:
            await _open(door, DoorHandler(door, session, password), stack)
        yield


async def _open(door: Door, guard: DoorHandler, stack: AsyncExitStack) -> None:
    server = web.Server(
        guard.answer,
        access_log=None,
        handler_cancellation=True,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    runner = web.ServerRunner(server, shutdown_timeout=_GOODBYE_SECONDS)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, door.host, door.port).start()


def _of_the_message(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the headers without those of the connection that they came by."""
    pairs = list(headers)
    named = {word.strip().lower() for name, value in pairs if name.lower() == "connection" for word in value.split(",")}
    return [(name, value) for name, value in pairs if name.lower() not in _HOP_BY_HOP | named]


def _say(status: int, why: str, *headers: tuple[str, str]) -> web.Response:
    response = web.Response(status=status, text=f"{why}\n")
    response.headers.extend(kept_apart(headers))
    return response
