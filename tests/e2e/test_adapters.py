"""The Pushgateway's adapter against real sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote

import pytest

from functions.adapters.pushgateway import Pushgateway
from functions.telemetry import metrics
from tests.e2e.conftest import free_port

SAMPLES = [metrics.Sample(metrics.ROWS_LOADED, 7, {"model": "fraud"})]
GROUPING = {"outcome": "succeeded"}


class Gateway(HTTPServer):
    """Keeps what it was sent, and answers with the status that it was given."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Keeper)
        self.status = status
        self.received: list[tuple[str, str, str]] = []


class _Keeper(BaseHTTPRequestHandler):
    server: Gateway

    def _keep(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((self.command, unquote(self.path), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PUT = do_DELETE = _keep  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def _serving(server: HTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _answering(answer: bytes) -> Iterator[str]:
    """Serve one connection with bytes that need not be HTTP."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_push_replaces_the_group_of_its_job(slash: str) -> None:
    gateway = Gateway(status=202)
    with _serving(gateway) as url:
        assert Pushgateway(url=url + slash).push(SAMPLES, grouping=GROUPING) is None
    [(verb, path, body)] = gateway.received
    assert verb == "PUT"  # POST would keep what these samples no longer have
    assert path == "/metrics/job/fraudflow/outcome/succeeded"
    assert 'rows_loaded{model="fraud"} 7.0\n' in body


@pytest.mark.parametrize("status", [400, 503])
def test_a_gateway_that_refuses_is_a_reason(status: int) -> None:
    with _serving(Gateway(status)) as url:
        told = Pushgateway(url=url).push(SAMPLES, grouping=GROUPING)
    assert told is not None
    assert str(status) in told


def test_a_closed_port_is_a_reason() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    told = Pushgateway(url=url).push(SAMPLES, grouping=GROUPING)
    assert told is not None
    assert url in told


@pytest.mark.parametrize("answer", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"\x00\xff" * 500])
def test_an_answer_that_is_not_http_is_a_reason(answer: bytes) -> None:
    with _answering(answer) as url:
        told = Pushgateway(url=url).push(SAMPLES, grouping=GROUPING)
    assert told is not None
    assert "\n" not in told
