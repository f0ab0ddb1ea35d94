"""The page of the traffic: decisions, what was measured, and what to do where there is nothing yet."""

import pytest
from fastapi.testclient import TestClient

from infra.runs.measured_looks import MeasuredLook
from tests.unit.console.loop_fakes import ASKED, WAITED, FakeLoop
from tests.unit.infra.cli.fakes import Fakes
from tests.unit.steps.watched_traffic import Watched


@pytest.fixture
def loop(fakes: Fakes) -> FakeLoop:
    made = FakeLoop()
    fakes.loop = made
    return made


@pytest.fixture(scope="module")
def month() -> MeasuredLook:
    watched = Watched()
    watched.live(range(30))
    return MeasuredLook.model_validate(watched.document(watched.look(30)))


@pytest.mark.usefixtures("loop")
def test_a_stack_that_has_just_started_says_what_to_do(client: TestClient) -> None:
    page = client.get("/traffic").text
    assert "Nothing was decided about fraud-detector yet" in page
    assert "it needs a champion" in page
    assert client.get("/traffic/costs.json").json() == {"at": [], "version": [], "realised": [], "expected": []}


def test_decisions_and_the_question_are_inert_and_the_token_is_nobodys_to_see(
    client: TestClient, loop: FakeLoop
) -> None:
    loop.made, loop.asked = [WAITED, WAITED.model_copy(update={"outcome": "ask"})], ASKED
    page = client.get("/traffic").text
    assert "Version 3 costs what it promised." in page
    assert "Shall it be retrained?" in page
    assert "<script>x" not in page
    assert "&lt;script&gt;" in page
    assert "token-of-the-task" not in page


def test_what_was_measured_is_told_in_words_tables_and_a_curve(
    client: TestClient, loop: FakeLoop, month: MeasuredLook
) -> None:
    loop.measured = [month]
    page = client.get("/traffic").text
    assert "mistakes cost" in page
    assert "Decisions by age" in page
    assert "Drift, window by window" in page
    curve = client.get("/traffic/costs.json").json()
    [[cost, low, high]] = curve["realised"]
    assert low < cost < high
    assert curve["version"] == ["1"]
