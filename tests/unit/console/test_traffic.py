"""The page of the traffic: decisions, what was measured, and what to do where there is nothing yet."""

import json

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from functions.core.loop.broken_columns import BrokenColumn
from infra.cli import app
from infra.runs.look_reports import LookUnderWay, Retraining
from infra.runs.measured_looks import MeasuredLook
from tests.unit.console.loop_fakes import ANSWERED, ASKED, RETRAINED, WAITED, FakeLoop
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


def test_history_columns_that_drifted_or_broke_are_named_in_words(
    client: TestClient, loop: FakeLoop, month: MeasuredLook
) -> None:
    assert month.traffic is not None
    broken = BrokenColumn(column="card_sum_1h", title="sum of amt of card in the last hour", fault="missing", share=1.0)
    window = month.traffic.windows[-1].model_copy(
        update={
            "columns": ("V1", "card_count_1h"),
            "titles": {"card_count_1h": "transactions of card in the last hour"},
            "broken": (broken,),
        }
    )
    loop.measured = [month.model_copy(update={"traffic": month.traffic.model_copy(update={"windows": (window,)})})]
    page = client.get("/traffic").text
    assert "<td>V1, transactions of card in the last hour, sum of amt of card in the last hour (broken)</td>" in page


def test_a_page_that_is_loaded_again_tells_the_answer_and_leads_to_the_run(
    client: TestClient, loop: FakeLoop, month: MeasuredLook
) -> None:
    loop.made, loop.measured = [WAITED], [month]
    loop.answered, loop.retrained = ANSWERED, Retraining(RETRAINED, failed=False)
    page = client.get("/traffic").text
    assert "no, by ada at 2026-05-10 00:00: A campaign. " in page
    assert "<script>x" not in page
    assert "number 2, ordered at 2026-05-10 00:00" in page
    assert 'href="/runs?file=one.parquet"' in page
    assert 'name="question"' not in page
    loop.asked, loop.answered, loop.retrained = ASKED, None, Retraining(RETRAINED, failed=True)
    page = client.get("/traffic").text
    assert '<input type="hidden" name="question" value="1">' in page
    assert "that of 2026-05-10 00:00 came to nothing" in page
    assert "/runs?file=" not in page


def test_a_look_that_goes_on_is_followed_on_a_page_that_is_loaded_again(client: TestClient, loop: FakeLoop) -> None:
    assert "sse-connect" not in client.get("/traffic").text
    loop.running = LookUnderWay("one", answered=True)
    assert 'sse-connect="/traffic/looks/one/live?answered=true"' in client.get("/traffic").text


def test_the_command_tells_the_same_costs_over_time(
    client: TestClient, fakes: Fakes, loop: FakeLoop, month: MeasuredLook
) -> None:
    def told(*words: str) -> Result:
        return CliRunner().invoke(app, ["watch", "--days", "30", *words], obj=fakes.backend())

    assert "No look has measured fraud-detector since then" in told().stdout
    loop.measured = [month]
    [[cost, low, high]] = client.get("/traffic/costs.json").json()["realised"]
    assert f"{cost:,.2f} ({low:,.2f} to {high:,.2f})" in told().stdout
    assert json.loads(told("--json").stdout)[0]["version"] == "1"
    refused = told("--now")
    assert (refused.exit_code, refused.stdout) == (2, "")
