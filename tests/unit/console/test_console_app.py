"""The console's routes, all of them, and what it says when something is away."""

import re
from collections import defaultdict

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from console.console_app import create_app
from console.page_gate import gated
from console.stack_access import StackAccess
from console.tokens import HEADER
from infra.errors import ExecutionNotFoundError, SettingsError, StackError
from infra.home.layout import Home
from tests.console_pages import PAGES
from tests.unit.console.conftest import PORT, TOKEN
from tests.unit.infra.cli.fakes import Fakes

# What is answered without the token beside the pages: parts of them, streams, data and downloads. Each shows something
# and changes nothing: whoever adds one here has seen to it. A page goes into PAGES: a browser looks at all of them.
PARTS = {
    "/healthz",
    "/model/moves",
    "/model/state",
    "/model/versions",
    "/newest",
    "/runs/~live",
    "/runs/~table",
    "/runs/{name}/live",
    "/runs/{name}/logs.txt",
    "/score/batches",
    "/score/batches/{name}/live",
    "/score/batches/{name}/scores.{kind}",
    "/traffic/batches/{name}/live",
    "/traffic/costs.json",
    "/traffic/looks/{name}/live",
}
# What a link of MLflow, Grafana or a report leads to.
LINKED = {"/", "/model", "/runs", "/runs/~compare", "/runs/{name}", "/score", "/traffic"}
_LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
_METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "ANY")
_AWAY = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")
_RESTARTED = ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "ListExecutions")


def _routes(fakes: Fakes) -> dict[str, set[str]]:
    """Return the methods of each path."""
    app = create_app(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed), TOKEN)
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        else:
            assert isinstance(route, APIRoute), f"{route} is of a kind that this test can't read"
            methods[route.path] |= route.methods or set()
    return methods


def test_every_page_is_one_that_is_looked_at_and_what_else_needs_no_token_is_listed_by_hand(fakes: Fakes) -> None:
    assert {path for path, methods in _routes(fakes).items() if methods & {"GET", "HEAD"}} == {*PAGES, *PARTS}


def test_a_link_elsewhere_opens_pages_and_no_other_path_that_there_is(fakes: Fakes, client: TestClient) -> None:
    """By HEAD, for which a stream that is not refused does not go on without end."""
    paths = _routes(fakes)
    assert paths.keys() >= LINKED
    answers = {
        path: client.head(re.sub(r"\{[^}]*\}", "x", path), headers=_LINK).status_code
        for path, methods in paths.items()
        if "GET" in methods
    }
    assert {path for path, status in answers.items() if status != 403} == LINKED


def test_every_other_request_needs_the_token_whatever_its_path(fakes: Fakes, client: TestClient) -> None:
    for path in {re.sub(r"\{[^}]*\}", "x", path) for path in _routes(fakes)} | {
        "/nowhere",
        "/static/console.js",
    }:
        for method in _METHODS:
            for shown in ({HEADER: ""}, {HEADER: "x" * len(TOKEN)}):
                refused = client.request(method, path, headers=shown, data={"token": TOKEN, HEADER: TOKEN})
                assert refused.status_code == 403, f"{method} {path}"


def _failing(fakes: Fakes, error: Exception) -> TestClient:
    """Return a browser on a console whose one page raises."""
    app: FastAPI = create_app(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed), TOKEN)

    @app.get("/failing")
    def failing(number: int = 0) -> str:  # noqa: ARG001 - what is sent for it is checked
        raise error

    return TestClient(
        gated(app, PORT, token=TOKEN, password=None),
        base_url=f"http://127.0.0.1:{PORT}",
        raise_server_exceptions=False,
    )


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (_AWAY, 503, "LocalStack gives no answer; `fraudflow status` shows its servers."),
        (_RESTARTED, 503, "LocalStack has restarted, and the pipeline is created in it anew; "),
        (StackError("MLflow gives no answer."), 503, "MLflow gives no answer."),
        (ConnectionRefusedError("Nobody is there"), 503, "The system refused: Nobody is there."),
        (ExecutionNotFoundError("No run is called so."), 404, "No run is called so."),
        (SettingsError("seed is no number."), 422, "seed is no number."),
        (KeyError("secret"), 500, "The console has made a mistake; "),
    ],
)
def test_what_goes_wrong_is_one_sentence(fakes: Fakes, error: Exception, status: int, said: str) -> None:
    client = _failing(fakes, error)
    page = client.get("/failing")
    assert page.status_code == status
    assert said.replace("'", "&#39;") in page.text
    assert "Traceback" not in page.text
    assert "secret" not in page.text
    assert "<nav" in page.text
    part = client.get("/failing", headers={"hx-request": "true"})
    assert part.status_code == status
    assert part.text.startswith("<p")


def test_what_is_away_is_asked_for_again_and_takes_nothing_from_the_page(fakes: Fakes) -> None:
    away = _failing(fakes, _AWAY)
    assert away.get("/failing").headers["refresh"] == "5"
    again = 'hx-get="/failing?number=1" hx-trigger="load delay:5s" hx-target="this" hx-swap="outerHTML"'
    placeholder = away.get("/failing?number=1", headers={"hx-request": "true"})
    assert again in placeholder.text
    placed = away.get("/failing?number=1", headers={"hx-request": "true", "hx-target": "run"})
    assert "hx-get" not in placed.text
    assert placed.headers["hx-retarget"] == "#away"
    gone = _failing(fakes, ExecutionNotFoundError("It is gone."))
    assert "refresh" not in gone.get("/failing").headers
    assert "hx-get" not in gone.get("/failing", headers={"hx-request": "true"}).text


def test_what_is_no_number_is_told_with_its_name(fakes: Fakes) -> None:
    refused = _failing(fakes, KeyError()).get("/failing?number=x")
    assert refused.status_code == 422
    assert "number: " in refused.text


def test_an_error_of_the_console_is_sent_with_the_rules_of_every_page(fakes: Fakes) -> None:
    broken = _failing(fakes, KeyError()).get("/failing")
    assert "script-src 'self';" in broken.headers["content-security-policy"]
    assert broken.headers["cache-control"] == "no-store"


def test_before_anything_is_deployed_a_page_says_so(fakes: Fakes) -> None:
    app = create_app(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: None), TOKEN)
    answer = TestClient(app).get("/")
    assert answer.status_code == 503
    assert "The stack is starting" in answer.text
