"""Looks by hand, answers with their reason, and how a look is followed."""

import pytest
from fastapi.testclient import TestClient

from functions.contracts.loop_states import ByHand, WatchRequest
from functions.telemetry.execution_history import StateRun
from infra.runs.loop_watch import SeenLook
from tests.unit.console.loop_fakes import ASKED, AT, MODEL, FakeLoop, ended
from tests.unit.infra.cli.fakes import Fakes


@pytest.fixture
def loop(fakes: Fakes) -> FakeLoop:
    made = FakeLoop()
    fakes.loop = made
    return made


def test_a_look_is_started_and_followed(client: TestClient, loop: FakeLoop) -> None:
    part = client.post("/traffic/look").text
    assert loop.requests == [WatchRequest(cause="hand", model=MODEL)]
    assert 'sse-connect="/traffic/looks/one/live"' in part
    measured = StateRun(name="MeasureLoop", status="running", entered=AT, left=None)
    loop.looks = [SeenLook(ended("RUNNING"), [measured], ended=False), SeenLook(ended(), [measured], ended=True)]
    told = client.get("/traffic/looks/one/live").text
    assert "It goes on here by itself." in told
    assert "Version 3 costs what it promised." in told
    assert "<script>" not in told
    assert told.count("event: states") == 2
    assert told.rstrip().endswith("data: ended")


@pytest.mark.parametrize("path", ["/traffic/retrain", "/traffic/refuse"])
def test_an_answer_needs_a_reason_and_is_given_once(client: TestClient, loop: FakeLoop, path: str) -> None:
    loop.asked = ASKED
    for wrong, said in [(" ", "Write why"), ("w" * 2001, "at most 2,000 characters")]:
        refused = client.post(path, data={"reason": wrong}, headers={"hx-request": "true"})
        assert refused.status_code == 422
        assert said in refused.text
    assert loop.requests == []
    part = client.post(path, data={"reason": " A new  product. "}).text
    [answer] = loop.requests
    assert isinstance(answer, ByHand)
    assert answer.reason == "A new product."
    assert "live?answered=true" in part


def test_a_refusal_that_no_look_waits_for_is_said_to_be_kept(client: TestClient, loop: FakeLoop) -> None:
    loop.forgotten = True
    assert "The answer is kept." in client.post("/traffic/refuse", data={"reason": "A campaign."}).text
