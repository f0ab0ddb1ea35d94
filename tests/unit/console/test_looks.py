"""Looks by hand, answers with their reason, and how a look is followed."""

import pytest
from fastapi.testclient import TestClient

from functions.contracts.loop_states import ByHand, WatchRequest
from functions.telemetry.state_runs import StateRun
from infra.runs.look_reports import SeenLook
from tests.unit.console.loop_fakes import ASKED, AT, LATE, MODEL, FakeLoop, ended
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
    part = client.post(path, data={"reason": " A new\x00 \x1b\r\n product. "}).text
    [answer] = loop.requests
    assert isinstance(answer, ByHand)
    assert answer.reason == "A new product."
    assert "live?answered=true" in part


def test_a_refusal_that_no_look_waits_for_is_said_to_be_kept(client: TestClient, loop: FakeLoop) -> None:
    loop.forgotten = True
    assert "The answer is kept." in client.post("/traffic/refuse", data={"reason": "A campaign."}).text


@pytest.mark.parametrize("path", ["/traffic/retrain", "/traffic/refuse"])
def test_an_answer_is_one_to_the_question_that_the_page_shows(client: TestClient, loop: FakeLoop, path: str) -> None:
    """A page that was left open orders nothing that somebody has refused meanwhile, and answers no other question."""
    loop.asked = ASKED
    assert client.post(path, data={"reason": "It pays.", "question": "1"}).status_code == 200
    assert (loop.seen_question, len(loop.requests)) == (1, 1)
    for loop.asked in (None, ASKED.model_copy(update={"number": 2})):
        late = client.post(path, data={"reason": "It pays.", "question": "1"}, headers={"hx-request": "true"})
        assert (late.status_code, len(loop.requests)) == (422, 1)
        assert LATE in late.text


def test_an_answer_is_shown_at_once_and_a_look_by_hand_only_once_it_has_ended(
    client: TestClient, loop: FakeLoop
) -> None:
    assert 'hx-get="/traffic"' not in client.post("/traffic/look").text
    loop.asked = ASKED
    assert 'hx-get="/traffic"' in client.post("/traffic/retrain", data={"reason": "It pays.", "question": "1"}).text


def test_a_retraining_leads_to_its_run(client: TestClient, loop: FakeLoop) -> None:
    loop.gathered = "s3://uploads/retraining/fraud-detector/one of & two.parquet"
    loop.looks = [SeenLook(ended(), [], ended=True)]
    told = client.get("/traffic/looks/one/live").text
    assert 'href="/runs?file=one+of+%26+two.parquet"' in told
