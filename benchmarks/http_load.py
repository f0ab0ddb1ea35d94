"""Callers over HTTP, as a process of their own: ``http_load.py URL BODIES CLIENTS RATE SECONDS``.

``BODIES`` is a file with one JSON body a line; ``{id}`` in it becomes an id that nobody had. With a rate of 0 each
client asks again when it is answered. With another one so many requests a second begin, whatever has been answered:
their times are from when they were due, so that a slow answer is not hidden by the wait for it.

Prints one JSON line: requests, requests a second, p50 and p99 in milliseconds, and how many had which status.
"""

import asyncio
import itertools
import json
import re
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_LARGE = 1 << 26
_CONNECTIONS = 16


class Connection(NamedTuple):
    """A connection that is kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Callers:
    """Callers of one address; ``seconds`` are those of each answer."""

    def __init__(self, url: str, bodies: list[str]) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self._bodies = itertools.cycle(bodies)
        self._ids: Iterator[int] = itertools.count()
        self._prefix = uuid.uuid4().hex
        self.seconds: list[float] = []
        self.statuses: Counter[str] = Counter()

    async def connect(self) -> Connection:
        """Open a connection."""
        return Connection(*await asyncio.open_connection(self._host, self._port, limit=_LARGE))

    async def ask(self, connection: Connection, due: float) -> None:
        """Send the next body, and read its answer."""
        body = re.sub(r"\{id\}", lambda _: f"{self._prefix}-{next(self._ids)}", next(self._bodies)).encode()
        connection.writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            sys.exit("The server does not say how long its answers are.")
        await connection.reader.readexactly(int(length[1]))
        self.seconds.append(time.perf_counter() - due)
        self.statuses[head.split(b" ", 2)[1].decode()] += 1

    async def closed(self, until: float) -> None:
        """Ask again and again."""
        connection = await self.connect()
        while (now := time.perf_counter()) < until:
            await self.ask(connection, now)
        connection.writer.close()

    async def opened(self, rate: float, until: float) -> None:
        """Ask at a steady rate."""
        idle = [await self.connect() for _ in range(_CONNECTIONS)]
        begun = []

        async def one(due: float) -> None:
            connection = idle.pop() if idle else await self.connect()
            if connection.reader.at_eof():  # the server has ended one that was idle for seconds
                connection = await self.connect()
            await self.ask(connection, due)
            idle.append(connection)

        due = time.perf_counter()
        while due < until:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            begun.append(asyncio.create_task(one(due)))
            due += 1 / rate
        await asyncio.gather(*begun)


async def run(callers: Callers, clients: int, rate: float, seconds: float) -> None:
    """Ask for so many seconds, and print what came of it."""
    began = time.perf_counter()
    until = began + seconds
    await (callers.opened(rate, until) if rate else asyncio.gather(*(callers.closed(until) for _ in range(clients))))
    elapsed, times = time.perf_counter() - began, sorted(callers.seconds)
    found = {
        "requests": len(times),
        "a_second": round(len(times) / elapsed, 1),
        "p50_ms": round(times[len(times) // 2] * 1e3, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1e3, 2),
        "statuses": dict(callers.statuses),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    address, file, *numbers = sys.argv[1:]
    asked = Callers(address, Path(file).read_text("utf-8").splitlines())
    asyncio.run(run(asked, int(numbers[0]), float(numbers[1]), float(numbers[2])))
