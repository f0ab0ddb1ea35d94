"""The gate of the console: who is let in, what changes need, and the rules that pages are sent with."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from console.page_gate import gated
from console.tokens import HEADER
from tests.unit.console.conftest import PORT, TOKEN
from tests.unit.infra.cli.fakes import Fakes


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8080"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8081"},
        {"referer": "http://evil.example/page"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_page_is_refused_even_with_the_token(
    client: TestClient, method: str, headers: dict[str, str]
) -> None:
    assert client.request(method, "/", headers=headers).status_code == 403


@pytest.mark.parametrize("shown", ["", "another", TOKEN[:-1], f"{TOKEN}x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_may_change_something_needs_the_token(client: TestClient, method: str, shown: str) -> None:
    refused = client.request(method, "/", headers={HEADER: shown})
    assert (refused.status_code, refused.text) == (403, "This page is of an earlier console: load it again.")


def test_a_link_on_another_site_opens_a_page_and_no_more(client: TestClient) -> None:
    clicked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/", headers=clicked).status_code == 200
    assert client.get("/", headers=clicked | {"sec-fetch-dest": "iframe"}).status_code == 403
    assert client.get("/static/console.js", headers=clicked).status_code == 403
    for part in ("/runs/~live", "/runs/one/live", "/runs/~table", "/runs/one/logs.txt"):
        refused = client.get(part, headers=clicked)
        assert (refused.status_code, refused.text) == (
            403,
            "A link on another site opens pages, and this is a part of one.",
        )
    assert client.get("/runs/one", headers=clicked).status_code != 403


def test_pages_run_our_scripts_alone_and_no_cache_keeps_their_token(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert TOKEN in answer.text
    assert "<script>" not in answer.text
    assert client.get("/static/console.js").headers["cache-control"] == "no-cache"


def test_a_page_that_is_not_there_says_so(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    part = client.get("/nowhere", headers={"hx-request": "true"})
    assert part.text.startswith("<p")


def test_the_application_hears_of_its_start_and_end() -> None:
    heard: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        heard.append("start")
        yield
        heard.append("end")

    with TestClient(gated(FastAPI(lifespan=lifespan), PORT, token=TOKEN, password=None)):
        assert heard == ["start"]
    assert heard == ["start", "end"]


def test_with_keys_the_password_is_asked_for(fakes: Fakes, client: TestClient) -> None:
    del fakes
    locked = TestClient(
        gated(client.app, PORT, token=TOKEN, password="of the home"),  # noqa: S106 - a test's
        base_url=f"http://127.0.0.1:{PORT}",
    )
    assert locked.get("/").status_code == 401
    assert locked.get("/healthz").status_code == 200
    assert locked.get("/", auth=("fraudflow", "of the home")).status_code == 200
