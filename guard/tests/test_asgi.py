"""The policy in front of an ASGI application."""

import asyncio
from typing import Any

import pytest

from fraudflow_guard.asgi import Guard, Message, Receive, Send
from fraudflow_guard.basic_auth import authorization
from fraudflow_guard.policy import loopback

HOST = ("Host", "127.0.0.1:5000")
FOREIGN = ("Origin", "http://localhost:1234")


async def app(scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    given = [(b"content-type", b"text/html"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": given})
    await send({"type": "http.response.body", "body": b"secret"})


def asked(
    *headers: tuple[str, str], path: str = "/api", kind: str = "http", password: str | None = None
) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    if kind == "http":
        scope["method"] = "POST"
    site = loopback(5000, pages=("/",))
    guard = Guard(app, site, password=password, own=("/static/",), closed=("/assistant",))
    asyncio.run(guard(scope, receive, send))
    return sent


def status(messages: list[Message]) -> int:
    return int(messages[0]["status"])


def headers_of(messages: list[Message]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in messages[0]["headers"]}


def test_a_program_is_answered() -> None:
    answered = asked(HOST)

    assert status(answered) == 200
    assert answered[1]["body"] == b"secret"


def test_a_foreign_page_is_refused_with_a_sentence_and_reads_nothing() -> None:
    refused = asked(HOST, FOREIGN)

    assert status(refused) == 403
    assert b"secret" not in refused[1]["body"]
    assert refused[1]["body"] == b"A web page of another origin asked for this (Origin).\n"


def test_a_foreign_name_is_refused() -> None:
    assert status(asked(("Host", "evil.example:5000"))) == 403


@pytest.mark.parametrize(
    "headers", [(HOST, FOREIGN), (("Host", "evil.example"),), (("Sec-Fetch-Site", "same-site"), HOST)]
)
def test_a_websocket_of_a_foreign_page_is_closed_before_it_is_open(headers: tuple[tuple[str, str], ...]) -> None:
    assert [message["type"] for message in asked(*headers, kind="websocket")] == ["websocket.close"]


def test_a_websocket_of_an_own_page_is_opened() -> None:
    own = ("Origin", "http://127.0.0.1:5000")

    assert [message["type"] for message in asked(HOST, own, kind="websocket")] == ["websocket.accept"]


def test_no_answer_invites_other_origins() -> None:
    assert not [name for name in headers_of(asked(HOST)) if name.startswith("access-control")]
    assert not [name for name in headers_of(asked(HOST, FOREIGN)) if name.startswith("access-control")]


@pytest.mark.parametrize(("path", "is_sandboxed"), [("/", False), ("/static/main.js", False), ("/get-artifact", True)])
def test_what_may_be_somebodys_file_has_no_origin(path: str, is_sandboxed: bool) -> None:  # noqa: FBT001
    policy = headers_of(asked(HOST, path=path)).get("content-security-policy", "")

    assert policy.startswith("sandbox;") is is_sandboxed


def test_a_closed_part_is_closed_to_everybody() -> None:
    assert status(asked(HOST, path="/assistant/message")) == 403


def test_a_password_is_asked_for_where_there_is_one() -> None:
    without = asked(HOST, password="right")

    assert status(without) == 401
    assert headers_of(without)["www-authenticate"].startswith("Basic ")
    assert status(asked(HOST, ("Authorization", authorization("wrong")), password="right")) == 401
    assert status(asked(HOST, ("Authorization", authorization("right")), password="right")) == 200


def test_a_password_opens_nothing_to_a_foreign_page() -> None:
    assert status(asked(HOST, FOREIGN, ("Authorization", authorization("right")), password="right")) == 403


def test_whether_it_is_healthy_is_told_without_a_password() -> None:
    assert status(asked(HOST, path="/health", password="right")) == 200
