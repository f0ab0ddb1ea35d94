"""Requests and responses of single transactions: the fields, and faults that never quote a value."""

import json

import pytest
from pydantic import ValidationError

from functions.contracts.score_requests import ExpectedCost, ScoredBy, ScoreRequest, ScoreResponse

CARD = "4111111111111111"


def test_the_response_has_just_the_fields_that_are_promised() -> None:
    response = ScoreResponse(
        transaction_id="t-1",
        score=0.25,
        decision="alarm",
        threshold=0.2,
        expected_cost=ExpectedCost(alarm=1.5, pass_=25.0),
        model=ScoredBy(name="fraud-detection", version="3"),
    )

    written = response.model_dump_json()

    assert json.loads(written) == {
        "transaction_id": "t-1",
        "score": 0.25,
        "decision": "alarm",
        "threshold": 0.2,
        "expected_cost": {"alarm": 1.5, "pass": 25.0},
        "reasons": [],
        "model": {"name": "fraud-detection", "version": "3"},
    }
    assert ScoreResponse.model_validate_json(written) == response


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"features": {}}, "transaction_id"),
        ({"transaction_id": "", "features": {}}, "transaction_id"),
        ({"transaction_id": int(CARD), "features": {}}, "transaction_id"),
        ({"transaction_id": "t", "features": CARD}, "features"),
        ({"transaction_id": "t", "features": {"card": CARD}, "reasons": CARD}, "reasons"),
        ({"transaction_id": "t", "features": {}, "reasons": -1}, "reasons"),
        ({"transaction_id": "t", "features": {}, "card": CARD}, "card"),
    ],
)
def test_a_fault_names_the_field_and_never_the_value(body: object, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ScoreRequest.model_validate_json(json.dumps(body))

    message = str(ScoreRequest.refusal(caught.value))

    assert field in message
    assert CARD not in message
