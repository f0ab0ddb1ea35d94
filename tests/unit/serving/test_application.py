"""The scoring service over HTTP, in one process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.data.pseudonyms import pseudonym
from serving.application import create_app
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, Registry, parts_of, served


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    made.point_at(served())
    return made


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(parts_of(registry, tmp_path))) as opened:
        yield opened


def ask(client: TestClient, **fields: Any) -> Any:  # noqa: ANN401 - of httpx
    return client.post("/v1/score", json={"transaction_id": "t-1", "features": dict(FEATURES), **fields})


def test_a_transaction_is_scored(client: TestClient) -> None:
    answered = ask(client, reasons=1)

    assert answered.status_code == 200
    assert answered.json() == {
        "transaction_id": "t-1",
        "score": 0.25,
        "decision": "pass",
        "threshold": 0.5,
        "expected_cost": {"alarm": 1.5, "pass": 62.5},
        "reasons": [{"feature": "amount", "value": 250.0, "contribution": 2.5}],
        "model": {"name": "fraud-detector", "version": "1"},
    }


def test_a_reason_names_an_entity_by_its_hash(client: TestClient) -> None:
    [_, reason] = ask(client, reasons=2).json()["reasons"]

    assert reason == {"feature": "card", "value": pseudonym("4111 1111", PSEUDONYM_KEY.encode()), "contribution": 0.0}


def test_a_batch_is_scored_in_its_order(client: TestClient) -> None:
    transactions = [
        {"transaction_id": str(place), "features": {"amount": place, "card": None}} for place in range(1000)
    ]

    answered = client.post("/v1/score/batch", json={"transactions": transactions})

    scores = answered.json()["scores"]
    assert [each["transaction_id"] for each in scores] == [str(place) for place in range(1000)]
    assert [each["score"] for each in scores] == [place / 1000 for place in range(1000)]
    assert [each["decision"] for each in scores] == ["pass"] * 500 + ["alarm"] * 500


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        (b"{", 422, []),
        (b"[1]", 422, ["body"]),
        (b"\xff", 422, []),
        (b'{"transaction_id": "\\ud800", "features": {}}', 422, []),
        (b"[" * 100_000, 422, []),
        (b'{"features": {}}', 422, ["transaction_id"]),
        (b'{"transaction_id": 4711, "features": {}}', 422, ["transaction_id"]),
        (b'{"transaction_id": "t", "features": {"amount": 4711, "amount": 4712}}', 422, ["amount"]),
        (b'{"transaction_id": "t", "features": {"amount": 4711}}', 422, ["card"]),
        (b'{"transaction_id": "t", "features": {}, "reasons": "4711"}', 422, ["reasons"]),
        (b'{"transaction_id": "t", "features": {}, "reasons": -4711}', 422, ["reasons"]),
        (b'{"transaction_id": "t", "features": {}, "color": 4711}', 422, ["color"]),
    ],
)
def test_a_wrong_body_is_refused_by_field_and_without_a_value(
    client: TestClient, body: bytes, status: int, fields: list[str]
) -> None:
    answered = client.post("/v1/score", content=body)

    assert answered.status_code == status
    assert answered.json()["fields"] == fields
    assert "4711" not in answered.text


def test_a_large_body_is_refused_whether_its_length_is_declared_or_not(client: TestClient) -> None:
    large = json.dumps({"transaction_id": "t", "features": {"amount": "1" * 2**20}}).encode()

    assert client.post("/v1/score", content=large).status_code == 413
    assert client.post("/v1/score", content=iter([large])).status_code == 413


def test_a_batch_is_refused_when_it_is_too_long(client: TestClient) -> None:
    one = {"transaction_id": "t", "features": dict(FEATURES)}

    answered = client.post("/v1/score/batch", json={"transactions": [one] * 10_001})

    assert answered.status_code == 422
    assert answered.json()["fields"] == ["transactions"]


def test_an_unknown_column_is_accepted_or_refused(registry: Registry, tmp_path: Path) -> None:
    features = {**FEATURES, "colour": "4711"}
    with TestClient(create_app(parts_of(registry, tmp_path, unknown="refuse"))) as client:
        refused = ask(client, features=features)
    with TestClient(create_app(parts_of(registry, tmp_path, unknown="accept"))) as client:
        accepted, counted = ask(client, features=features), client.get("/metrics").text

    assert refused.status_code == 422
    assert refused.json()["fields"] == ["colour"]
    assert "4711" not in refused.text
    assert accepted.status_code == 200
    assert "scoring_unknown_columns_total 1.0" in counted


def test_it_is_healthy_and_not_ready_before_there_is_a_champion(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(Registry(), tmp_path))) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/readyz").text == ("Nothing can be scored yet. There is no champion of 'fraud-detector'.\n")
        assert ask(client).status_code == 503


def test_it_is_ready_with_a_champion(client: TestClient) -> None:
    assert client.get("/readyz").text == "Version 1 of 'fraud-detector' is served.\n"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v2/score", 404), ("GET", "/v1/score", 405)])
def test_what_is_not_there_is_said_as_every_error(client: TestClient, method: str, path: str, status: int) -> None:
    answered = client.request(method, path)

    assert answered.status_code == status
    assert answered.json()["error"] == "UnknownRouteError"
