"""A transaction is decided on by the service, whose refusals become sentences."""

import io
import json
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import pytest

from functions.contracts.score_requests import ScoreRequest, ScoreResponse
from infra.errors import StackError
from infra.home.state import Deployed
from infra.runs import single_scores
from infra.runs.single_scores import (
    DecidingColumn,
    ScoreRefusedError,
    SingleScores,
    reason_value,
    typed_in,
    verdict,
    written,
)
from infra.settings import StackSettings
from infra.system.http import Body

URL = "http://127.0.0.1:8000"
ASKED = ScoreRequest(transaction_id="t-1", features={"amount": "1"}, reasons=1)
ANSWER = {
    "transaction_id": "t-1",
    "score": 0.5,
    "decision": "alarm",
    "threshold": 0.1,
    "expected_cost": {"alarm": 1.0, "pass": 50.0},
    "reasons": [{"feature": "amount", "value": 1.0, "contribution": 2.0}],
    "model": {"name": "m", "version": "3"},
}


class Service:
    """A service that answers as a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.said = 200, b""
        self.asked: list[tuple[str, str, Body | None]] = []

    def ask(self, url: str, *, method: str, body: Body | None) -> bytes:
        self.asked.append((method, url, body))
        if self.status != HTTPStatus.OK:
            raise HTTPError(url, self.status, "", Message(), io.BytesIO(self.said))
        return self.said

    def says(self, status: int, document: object) -> None:
        self.status = status
        self.said = document if isinstance(document, bytes) else json.dumps(document).encode()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(single_scores, "ask", made.ask)
    return made


def test_a_transaction_is_sent_with_the_token_and_its_decision_read(service: Service) -> None:
    service.says(200, ANSWER)
    answer = SingleScores(URL, "se/cret").score(ASKED)
    assert (answer.decision, answer.reasons[0].contribution) == ("alarm", 2.0)
    [(method, url, body)] = service.asked
    assert (method, url) == ("POST", "http://fraudflow:se%2Fcret@127.0.0.1:8000/v1/score")
    assert body is not None
    assert json.loads(body.content)["features"] == {"amount": "1"}


def test_a_refusal_names_the_columns(service: Service) -> None:
    service.says(422, {"error": "UnreadableValuesError", "message": "'amount' holds no number.", "fields": ["amount"]})
    with pytest.raises(ScoreRefusedError, match="'amount' holds no number") as refused:
        SingleScores(URL, None).score(ASKED)
    assert refused.value.fields == ("amount",)


@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (503, {"error": "NoChampionError", "message": "No model is served yet.", "fields": []}, "train one first"),
        (503, {"error": "DecisionLogError", "message": "It can't be kept.", "fields": []}, "It can't be kept."),
        (502, b"<html>nginx", "status 502: <html>nginx"),
        (200, b"<html>", "is none of this release"),
    ],
)
def test_what_is_no_decision_becomes_a_sentence(service: Service, status: int, document: object, said: str) -> None:
    service.says(status, document)
    with pytest.raises(StackError, match=said):
        SingleScores(URL, None).score(ASKED)


def test_a_service_that_is_away_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise ConnectionRefusedError

    monkeypatch.setattr(single_scores, "ask", refuse)
    with pytest.raises(StackError, match="gives no answer"):
        SingleScores(URL, None).model()


def test_a_stack_without_the_service_says_how_to_get_it(tmp_path: Path) -> None:
    deployed = Deployed(settings=StackSettings(home=tmp_path, scoring=False), outputs={})
    with pytest.raises(StackError, match="FRAUDFLOW_SCORING=true"):
        SingleScores.of(deployed)


def test_a_row_is_written_as_a_file_has_it_and_read_back() -> None:
    """A number is sent as the text that was typed: the service reads it as it reads files."""
    assert [written(value) for value in (None, "FR", 1.5, True, "")] == ["", "FR", "1.5", "true", ""]
    # As people write whole numbers, also where the model has read them as others; beyond that as JSON does.
    assert [written(value) for value in (67.0, -4.0, 67, "67.0", 1e300)] == ["67", "-4", "67", "67.0", "1e+300"]
    columns = [DecidingColumn(name=name, type="numeric") for name in ("a", "b", "c")]
    assert typed_in(columns, {"a": " 1 ", "b": " ", "d": "9"}) == {"a": "1", "b": None}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "the score 0.5000 is at or above the threshold 0.1000."),
        ({"score": 0.09}, "the score 0.0900 is below the threshold 0.1000."),
        # Two numbers that look the same would contradict the word between them.
        ({"score": 0.09999, "decision": "pass"}, "the score 0.09999 is below the threshold 0.1."),
        ({"decision": "pass"}, "The alarm is let through to learn what becomes of it (FRAUDFLOW_EXPLORE_SHARE)."),
    ],
)
def test_a_verdict_says_how_a_score_stands_to_its_threshold(changes: dict[str, object], told: str) -> None:
    assert verdict(ScoreResponse.model_validate({**ANSWER, **changes})).endswith(told)


@pytest.mark.parametrize(
    ("value", "told"), [(None, "missing"), (57.0, "57"), (601_734.0, "601734"), (0.25, "0.25"), ("57.0", "57.0")]
)
def test_a_reason_names_its_value_as_the_file_has_it(value: float | str | None, told: str) -> None:
    assert reason_value(value) == told
