"""The form of a transaction: columns with any name, its decision with reasons, refusals at their field."""

from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from infra.errors import StackError
from infra.runs.single_scores import ScoreRefusedError
from tests.unit.infra.cli.fakes import Fakes
from tests.unit.infra.cli.score_fakes import HOURLY, ODD, FakeSingleScores


@pytest.fixture
def service(fakes: Fakes) -> FakeSingleScores:
    made = FakeSingleScores()
    fakes.single_scores = made
    return made


def sent(client: TestClient, **fields: str) -> str:
    """Send the form as a browser does, and return what comes back."""
    given = {"transaction_id": "t-1", "column:amount": "12.5", f"column:{ODD}": ""} | fields
    body = urlencode({name.replace("\n", "\r\n"): value for name, value in given.items()})
    answer = client.post("/score/one", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 200
    return answer.text


def test_the_form_holds_the_example_and_says_that_a_decision_is_kept(
    client: TestClient, service: FakeSingleScores
) -> None:
    page = client.get("/score").text
    assert service.asked == []
    assert 'value="12.5"' in page
    assert "This is a real decision." in page
    assert "<script>" not in page


def test_a_decision_comes_with_reasons_and_another_name_for_the_next_one(
    client: TestClient, service: FakeSingleScores
) -> None:
    """The same name again would be answered with the decision that is there, whatever was changed."""
    part = sent(client)
    assert service.asked[0].features == {"amount": "12.5", ODD: None}
    assert "<strong>Alarm</strong>: the score 0.5000 is at or above the threshold 0.1000" in part
    assert "raises by 2.00" in part
    assert "lowers by 1.00" in part
    assert f'<td colspan="2">{HOURLY}</td>' in part
    assert 'value="t-1"' not in part
    assert "<script>" not in part


def test_a_refusal_is_shown_at_its_field_and_nothing_typed_is_lost(
    client: TestClient, service: FakeSingleScores
) -> None:
    service.error = ScoreRefusedError("'amount' holds no number.", ("amount", "gone"))
    part = sent(client, **{"column:amount": "twelve"})
    assert "holds no number." in part
    assert '<a href="#column-0">amount</a>' in part
    assert 'aria-invalid="true"' in part
    assert 'value="twelve"' in part
    assert 'value="t-1"' in part


@pytest.mark.parametrize("name", ["", "n" * 257])
def test_a_transaction_needs_a_name(client: TestClient, service: FakeSingleScores, name: str) -> None:
    part = sent(client, transaction_id=name)
    assert "Give the transaction a name" in part
    assert service.asked == []


def test_without_a_model_or_a_service_the_page_says_what_to_do(client: TestClient, service: FakeSingleScores) -> None:
    service.error = StackError("There is no champion to score with yet: train one first.")
    page = client.get("/score")
    assert page.status_code == 200
    assert "train one first" in page.text
    refused = client.post("/score/one", data={"transaction_id": "t"}, headers={"hx-request": "true"})
    assert refused.status_code == 503
    assert "train one first" in refused.text
    assert refused.headers["hx-retarget"] == "#answer"
