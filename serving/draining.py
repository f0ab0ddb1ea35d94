"""A server that drains: what is told to end answers first all that its callers have sent."""

import asyncio
import time
from contextlib import suppress
from socket import socket

import uvicorn
from fraudflow_guard.asgi import App, Message, Receive, Send

# A caller that keeps its connection has this long to send its next request, which then says that the connection ends.
_IDLE_SECONDS = 1.0
_LONGEST_SECONDS = 8.0
_LOOK_SECONDS = 0.02


class ClosingConnections:
    """An ASGI application that ends each connection with its next response, once it is told to.

    Args:
        app: what is behind it.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.is_closing = False
        self.busy_at = time.monotonic()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def sent(message: Message) -> None:
            if self.is_closing and message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        self.busy_at = time.monotonic()
        await self._app(scope, receive, sent)


class DrainingServer(uvicorn.Server):
    """Uvicorn, which would close idle connections at once, with requests on their way on some of them.

    Args:
        config: of uvicorn.
        connections: the application, which is told when connections are to end.
    """

    def __init__(self, config: uvicorn.Config, connections: ClosingConnections) -> None:
        super().__init__(config)
        self._connections = connections

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Take no more connections, answer what comes on those that there are, then end."""
        self._connections.is_closing = True
        await self._take_the_last(sockets or [])
        started = time.monotonic()
        while self.server_state.connections and not self.force_exit:
            now = time.monotonic()
            quiet = now - max(self._connections.busy_at, started) > _IDLE_SECONDS
            if (quiet and not self.server_state.tasks) or now - started > _LONGEST_SECONDS:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(sockets)

    async def _take_the_last(self, sockets: list[socket]) -> None:
        """Stop listening, and take the connections that the kernel had accepted meanwhile: closing would reset them."""
        spares = [each.dup() for each in sockets]
        for server in self.servers:
            server.close()
        for spare in spares:
            spare.settimeout(0)
            with suppress(BlockingIOError):
                while True:
                    accepted, _ = spare.accept()
                    await asyncio.get_running_loop().connect_accepted_socket(self._protocol, accepted)
            spare.close()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made
