"""The Lambda Runtime API, version 2018-06-01, for one process on a port of its own.

The runtime client takes a host and a port and no path, so the port tells the processes apart. Only a program is
answered: a web page that tries all ports would take an invocation, or end one.
"""

import json
import queue
import socket
import socketserver
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from fraudflow_guard import policy

LOOPBACK = "127.0.0.1"
PREFIX = "/2018-06-01/runtime"
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
_TOO_LARGE = json.dumps(
    {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
    }
).encode()


@dataclass(frozen=True)
class Invocation:
    """One event on its way to a handler, with the headers that travel with it."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int = 0


@dataclass(frozen=True)
class Waiting:
    """The process asks for its next invocation: the first time, its initialisation is over."""


@dataclass(frozen=True)
class InitFailed:
    """The process could not import its handler and says why."""

    payload: bytes
    error_type: str


@dataclass(frozen=True)
class Delivered:
    """The process has received the invocation."""


@dataclass(frozen=True)
class Answered:
    """The handler returned, or raised."""

    payload: bytes
    is_error: bool


@dataclass(frozen=True)
class Exited:
    """The process ended, by itself or not."""

    code: int


type Event = Waiting | InitFailed | Delivered | Answered | Exited


class RuntimeApi:
    """The Runtime API of one process, whose requests become ``events``."""

    def __init__(self, events: "queue.SimpleQueue[Event]") -> None:
        self.events = events
        self._offered: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.current: str | None = None
        self._server = _Server(self)
        threading.Thread(target=self._server.accept_all, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """The value of ``AWS_LAMBDA_RUNTIME_API``."""
        return f"{LOOPBACK}:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Queue an invocation for the process."""
        self._offered.put(invocation)

    def next(self) -> Invocation | None:
        """Wait for an invocation; None when the environment is being stopped."""
        self.events.put(Waiting())
        return self._offered.get()

    def close(self) -> None:
        """Stop serving and let go of a process that waits."""
        self._offered.put(None)
        self._server.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.api = api
        self.site = policy.loopback(self.server_address[1])

    def accept_all(self) -> None:
        # serve_forever() would look for its stop flag twice a second; a closed socket says so at once.
        while True:
            try:
                request, client = self.get_request()
            except OSError:
                return
            self.process_request(request, client)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body leave in one piece and at once: apart, the second waits 40 ms for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def parse_request(self) -> bool:
        """Parse a request's head; refuse one that a web page may have caused before anything else is done."""
        if not super().parse_request():
            return False
        refusal = policy.refusal(self.server.site, self.command, self.path, self.headers.items())
        if refusal is not None:
            self.close_connection = True
            self._reply(HTTPStatus.FORBIDDEN, f"{refusal}\n".encode())
            self.wfile.flush()
        return refusal is None

    def do_GET(self) -> None:
        if self.path != f"{PREFIX}/invocation/next":
            self._reply(HTTPStatus.NOT_FOUND)
            return
        api = self.server.api
        invocation = api.next()
        if invocation is None or self._is_abandoned():
            self.close_connection = True
            return
        api.current = invocation.request_id
        # Before the reply: a handler that is quick to die must not be reported as one that never started.
        api.events.put(Delivered())
        self._reply(HTTPStatus.OK, invocation.payload, _headers(invocation))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        api = self.server.api
        match self.path.removeprefix(PREFIX).strip("/").split("/"):
            case ["init", "error"]:
                error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "Runtime.Unknown")
                api.events.put(InitFailed(body, error_type))
            case ["invocation", request_id, "response"] if request_id == api.current and len(body) > MAX_RESPONSE_BYTES:
                api.current = None
                api.events.put(Answered(_TOO_LARGE, is_error=True))
                self._reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            case ["invocation", request_id, "response" | "error" as kind] if request_id == api.current:
                api.current = None
                api.events.put(Answered(body, kind == "error"))
            case _:
                self._reply(HTTPStatus.BAD_REQUEST)
                return
        self._reply(HTTPStatus.ACCEPTED, b'{"status":"OK"}')

    def _is_abandoned(self) -> bool:
        """Return whether the process ended while it was waiting: another one gets the invocation then."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def handle_expect_100(self) -> bool:
        """Send the interim response at once: the client waits a second for it before it sends a large body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the process was stopped while it was being answered

    def log_message(self, *_: object) -> None:
        """Write nothing: every invocation is reported in the function's own log."""

    def _reply(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _headers(invocation: Invocation) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_id,
    }
