"""The Lambda Runtime API answers the runtime client, and no web page."""

import http.client
import queue
from collections.abc import Iterator

import pytest

from fraudflow_localstack.executor.runtime_api import (
    PREFIX,
    Answered,
    Delivered,
    Event,
    Invocation,
    RuntimeApi,
    Waiting,
)

INVOCATION = Invocation("r1", b'{"card": 1}', "arn", "trace")


class Process:
    """The API as a function's process calls it, and the events that it raised."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.api = RuntimeApi(self.events)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.api.address, timeout=10)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{PREFIX}{path}", body or None, given)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def process(socket_enabled: None) -> Iterator[Process]:  # noqa: ARG001
    runtime = Process()
    yield runtime
    runtime.api.close()


def test_the_runtime_client_takes_an_invocation_and_answers_it(process: Process) -> None:
    process.api.offer(INVOCATION)
    assert process.ask("GET", "/invocation/next") == (200, INVOCATION.payload)
    assert process.ask("POST", "/invocation/r1/response", b"7")[0] == 202
    assert [process.events.get(timeout=5) for _ in range(3)] == [Waiting(), Delivered(), Answered(b"7", is_error=False)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
        {"Host": "evil.example"},
    ],
)
def test_a_web_page_neither_takes_an_invocation_nor_ends_one(process: Process, headers: dict[str, str]) -> None:
    process.api.offer(INVOCATION)
    assert process.ask("GET", "/invocation/next", **headers)[0] == 403
    assert process.ask("POST", "/init/error", b"{}", **headers)[0] == 403
    assert process.events.empty()
    assert process.ask("GET", "/invocation/next") == (200, INVOCATION.payload)
    assert process.ask("POST", "/invocation/r1/response", b"forged", **headers)[0] == 403
    assert process.ask("POST", "/invocation/r1/response", b"7")[0] == 202
