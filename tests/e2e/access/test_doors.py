"""The doors in front of a server that asks for a password."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port
from fraudflow_guard import doors, proxy
from fraudflow_guard.basic_auth import authorization
from fraudflow_guard.doors import Door, door, inner, viewer
from yarl import URL

pytestmark = pytest.mark.e2e
LARGE = b"x" * 3_000_000
ASKED = "asked"

type Ask = Callable[[ClientSession, str], Awaitable[Any]]


async def server(request: web.Request) -> web.StreamResponse:
    """Return the request's own text, as a server that admits every origin."""
    told = {"Access-Control-Allow-Origin": "*", "X-Asked": f"{request.method} {request.raw_path}"}
    told |= {f"X-Got-{name}": value for name, value in request.headers.items()}
    if request.path == "/stream":
        response = web.StreamResponse(headers=told)
        await response.prepare(request)
        await response.write(b"first")
        await asyncio.sleep(30)
    body = LARGE if request.path == "/large" else await request.read()
    return web.Response(body=body, headers=told, status=302 if request.path == "/moved" else 200)


def through(ask: Ask, *, password: str | None = None, name: str = "prometheus") -> Any:  # noqa: ANN401
    """Ask a server of the test through a door."""

    async def run() -> Any:  # noqa: ANN401
        app = web.Application(client_max_size=10**8)
        app.router.add_route("*", "/{path:.*}", server)
        async with TestServer(app) as behind, ClientSession(auto_decompress=False) as session:
            port = unused_port()
            one = door(name, f"127.0.0.1:{port}", str(behind.make_url("/")), port, "secret")
            async with proxy.opened([one], password):
                return await ask(session, f"http://127.0.0.1:{port}")

    return asyncio.run(run())


def get(path: str, method: str = "GET", **options: Any) -> Ask:  # noqa: ANN401
    async def ask(session: ClientSession, url: str) -> tuple[int, dict[str, str], bytes]:
        async with session.request(
            method, URL(f"{url}{path}", encoded=True), allow_redirects=False, **options
        ) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    return ask


def test_a_program_is_passed_on_with_the_password_of_the_server() -> None:
    status, headers, _ = through(get("/api?query=up%7Ba%3D%22%2F%22%7D"))

    assert status == 200
    assert headers["X-Asked"] == "GET /api?query=up%7Ba%3D%22%2F%22%7D"
    assert headers["X-Got-Authorization"] == authorization(inner("secret")) != authorization("secret")


def test_a_push_arrives_as_it_was_sent() -> None:
    status, headers, body = through(get("/metrics/job/a", "PUT", data=LARGE))

    assert (status, headers["X-Asked"], body) == (200, "PUT /metrics/job/a", LARGE)


def test_a_large_answer_and_a_redirection_are_handed_back() -> None:
    assert through(get("/large"))[2] == LARGE
    assert through(get("/moved"))[0] == 302


def test_an_answer_is_handed_on_while_it_comes() -> None:
    async def ask(session: ClientSession, url: str) -> bytes:
        async with session.get(f"{url}/stream") as answer:
            return await answer.content.readany()

    assert through(ask) == b"first"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Referer": "http://127.0.0.1:1/"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_a_foreign_page_gets_nowhere(headers: dict[str, str], method: str) -> None:
    status, answered, _ = through(get("/api/v2/silences", method, headers=headers))

    assert status == 403
    assert "X-Asked" not in answered


def test_no_answer_invites_other_origins() -> None:
    assert "Access-Control-Allow-Origin" not in through(get("/"))[1]


def test_a_link_opens_a_page() -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert through(get("/graph?g0.expr=up", headers=link))[0] == 200


def test_a_password_is_asked_for_where_there_is_one_and_stays_at_the_door() -> None:
    shown = {"Authorization": authorization(ASKED)}

    assert through(get("/"), password=ASKED)[0] == 401
    assert through(get("/", headers=shown), password=ASKED)[0] == 200
    assert authorization(ASKED) not in through(get("/", headers=shown), password=ASKED, name="grafana")[1].values()


def test_grafana_knows_the_guard_by_a_header_that_nobody_can_guess() -> None:
    _, headers, _ = through(get("/", headers={viewer("secret"): "admin"}), name="grafana")

    assert headers[f"X-Got-{viewer('secret')}"] == "viewer"
    assert "X-Got-Authorization" not in headers


def test_a_connections_own_headers_are_not_passed_on() -> None:
    _, headers, _ = through(get("/", headers={"Connection": "X-Secret", "X-Secret": "1", "Upgrade": "websocket"}))

    assert {"X-Got-X-Secret", "X-Got-Upgrade"} & headers.keys() == set()


def test_a_server_that_is_gone_is_named() -> None:
    async def run() -> tuple[int, str]:
        port, nobody = unused_port(), unused_port()
        gone: Door = door("pushgateway", f"127.0.0.1:{port}", f"http://127.0.0.1:{nobody}", port, "secret")
        async with proxy.opened([gone], None), ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}{doors.HEALTH}") as health:
                assert health.status == 200
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                return answer.status, await answer.text()

    status, text = asyncio.run(run())

    assert status == 502
    assert text.startswith("pushgateway does not answer")
