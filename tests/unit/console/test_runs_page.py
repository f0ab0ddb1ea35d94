"""The page of the runs on the command line's fakes."""

import datetime as dt
import json
import re

import pytest
from fastapi.sse import ServerSentEvent
from fastapi.testclient import TestClient

from console.page_context import Console
from console.pages import runs_page
from console.stack_access import StackAccess
from console.warm_up import warm_up
from infra.home.layout import Home
from infra.home.state import Deployed
from tests.unit.console.conftest import TOKEN
from tests.unit.infra.cli.fakes import FakeExecutions, Fakes


def test_the_page_shows_a_run_as_the_command_line_does(client: TestClient) -> None:
    text = client.get("/runs").text
    for part in ("succeeded", "fraud-detector 1", "champion", "0.372", "1 to 1 of 1"):
        assert part in text


def test_names_of_files_are_inert(client: TestClient) -> None:
    text = client.get("/runs").text
    assert "<script>" not in text
    assert "[red]x[/red]\\x1b[31m\\u202e&lt;script&gt;" in text


@pytest.mark.parametrize("query", ["status=FAILED", "file=march", "page=2"])
def test_where_no_run_is_asked_for_the_page_says_what_to_do(client: TestClient, query: str) -> None:
    text = client.get(f"/runs?{query}").text
    assert 'class="notice"' in text
    assert "<table>" not in text


def test_an_empty_stack_says_how_to_begin(fakes: Fakes, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.executions, "latest", lambda _: [])
    assert "There are no runs yet." in client.get("/runs").text


def _texts(events: list[ServerSentEvent]) -> dict[str, str]:
    return {str(event.event): str(event.raw_data).strip() for event in events}


def test_a_page_is_told_of_its_own_runs_until_they_end_and_of_newer_ones(fakes: Fakes) -> None:
    console = Console(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed), TOKEN)
    teller = runs_page._Teller(console, ["one"])
    running = {"queue": "1 in progress", "rows": {"one": "<tr>one</tr>", "two": "<tr>two</tr>"}}
    first = _texts(teller.told(json.dumps(running)))
    assert first["run-one"] == "<tr>one</tr>"
    assert "run-two" not in first
    assert "A run has started since." in first["newer"]
    assert teller.told(json.dumps(running)) == []
    last = _texts(teller.told(json.dumps({"queue": "none", "rows": {}})))
    assert "succeeded" in last["run-one"]
    assert "sse-swap" not in last["run-one"]
    assert last["said"].endswith("has ended: succeeded.")
    assert "newer" not in last
    assert teller.told(json.dumps({"queue": "none", "rows": {}})) == []


def test_a_page_that_was_hidden_is_told_what_came_and_went_meanwhile_and_no_end_twice(fakes: Fakes) -> None:
    console = Console(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed), TOKEN)
    nothing_runs = json.dumps({"queue": "none", "rows": {}})
    of_before, of_after = (fakes.executions.execution.started + dt.timedelta(seconds=by) for by in (-1, 1))
    assert "A run has started since." in _texts(runs_page._Teller(console, [], of_before).told(nothing_runs))["newer"]
    assert _texts(runs_page._Teller(console, [], of_after).told(nothing_runs))["newer"] == ""
    ended = runs_page._Teller(console, ["one", "other"], of_before).told(nothing_runs)
    (said,) = [event for event in ended if event.event == "said"]
    assert said.id == "one"
    again = _texts(runs_page._Teller(console, ["one", "other"], of_before, said.id.split()).told(nothing_runs))
    assert again.keys() == {"queue", "newer"}
    assert again["newer"] == ""


def test_the_stream_goes_on_from_the_page_that_asks_for_it(client: TestClient) -> None:
    text = client.get("/runs").text
    assert re.search(r'sse-connect="/runs/~live\?since=20\d\d-[^"&]+%2B00%3A00"', text)


def test_the_queue_is_one_text_for_all(fakes: Fakes) -> None:
    fakes.executions = FakeExecutions("RUNNING")
    fakes.executions.execution = fakes.executions.execution.model_copy(update={"stopped": None})
    console = Console(StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed), TOKEN)
    said = json.loads(runs_page._under_way(console))
    assert "<strong>1</strong> in progress." in said["queue"]
    assert 'sse-swap="run-one"' in said["rows"]["one"]


def test_the_console_lists_the_runs_while_it_starts(fakes: Fakes) -> None:
    deployed: list[Deployed | None] = [None, fakes.deployed]
    stack = StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: deployed.pop(0))
    warm_up(stack, pause=0).join(10)
    assert deployed == []
