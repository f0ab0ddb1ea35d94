"""What is answered and kept: each transaction once, nothing when it can't be kept."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.data.pseudonyms import pseudonym
from functions.core.scoring.input_rows import InputRows
from functions.decisions.local_log import DecisionLogError
from serving.application import ServiceParts, create_app
from serving.meter import Meter
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, AmountScorer, Registry, parts_of, served


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    made.point_at(served())
    return made


@pytest.fixture
def parts(registry: Registry, tmp_path: Path) -> ServiceParts:
    return parts_of(registry, tmp_path)


@pytest.fixture
def client(parts: ServiceParts) -> Iterator[TestClient]:
    with TestClient(Meter(create_app(parts), parts.instruments)) as opened:
        yield opened


def transaction(number: str = "t-1", **features: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"transaction_id": number, "features": {**FEATURES, **features}, "reasons": 1}


def test_a_transaction_that_is_sent_again_gets_its_first_decision_and_counts_once(
    client: TestClient, registry: Registry, parts: ServiceParts
) -> None:
    first = client.post("/v1/score", json=transaction(amount=900)).json()
    registry.point_at(served("2"))
    parts.champion.look()
    again = client.post("/v1/score", json=transaction(amount=100)).json()
    in_batch = client.post("/v1/score/batch", json={"transactions": [transaction("t-2"), transaction(amount=5)]}).json()

    assert again == first
    assert in_batch["scores"][1] == first
    assert in_batch["scores"][0]["model"]["version"] == "2"
    metrics = client.get("/metrics").text
    assert 'scoring_decisions_total{decision="alarm",version="1"} 1.0' in metrics
    assert 'scoring_decisions_total{decision="pass",version="2"} 1.0' in metrics
    assert 'scoring_expected_cost_total{decision="alarm"} 0.19' in metrics
    assert "scoring_score_count 2.0" in metrics


def test_a_transaction_twice_in_a_batch_gets_one_decision(client: TestClient) -> None:
    twice = [transaction(amount=900), transaction(amount=100)]

    one, other = client.post("/v1/score/batch", json={"transactions": twice}).json()["scores"]

    assert one == other


def test_a_decision_is_kept_with_its_features_as_the_model_read_them(client: TestClient, parts: ServiceParts) -> None:
    answered = client.post("/v1/score", json=transaction(amount=" 900 ")).json()
    [kept] = asyncio.run(parts.log.find(["t-1"])).values()

    assert kept.features == {"amount": 900.0, "card": pseudonym("4111 1111", PSEUDONYM_KEY.encode())}
    assert (kept.score, kept.decision, kept.version, kept.served) == (answered["score"], "alarm", "1", "http")
    assert kept.latency_ms > 0


def test_one_that_is_wrong_stops_its_batch_before_anything_is_kept(client: TestClient, parts: ServiceParts) -> None:
    batch = [transaction(str(place)) for place in range(300)]
    batch[270]["features"]["amount"] = "4711 pieces"

    refused = client.post("/v1/score/batch", json={"transactions": batch})

    assert refused.status_code == 422
    assert refused.json()["fields"] == ["amount"]
    assert refused.json()["message"].startswith("transactions[270]: ")
    assert "4711" not in refused.text
    assert asyncio.run(parts.log.find(["0"])) == {}


def test_what_cannot_be_kept_is_not_answered(
    client: TestClient, parts: ServiceParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise DecisionLogError("/home/me/decisions.db can't be written: the disk is full.")

    monkeypatch.setattr(parts.log, "record", full)
    refused = client.post("/v1/score", json=transaction())

    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert "/home/me" not in refused.text
    assert 'scoring_errors_total{type="DecisionLogError"} 1.0' in client.get("/metrics").text


def test_a_failure_of_our_own_is_told_and_logged_without_what_it_says(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: AmountScorer, rows: InputRows) -> None:
        raise ZeroDivisionError(str(rows.columns["amount"]))

    monkeypatch.setattr(AmountScorer, "scores", fail)
    with caplog.at_level(logging.ERROR):
        failed = client.post("/v1/score", json=transaction(amount=4711))

    assert failed.status_code == 500
    assert failed.json()["error"] == "UnexpectedError"
    assert "4711" not in failed.text + caplog.text
    assert "ZeroDivisionError" in caplog.text
    metrics = client.get("/metrics").text
    assert 'scoring_requests_total{code="500",route="single"} 1.0' in metrics
    assert 'scoring_errors_total{type="UnexpectedError"} 1.0' in metrics


def test_a_flood_is_told_to_come_again(registry: Registry, tmp_path: Path) -> None:
    parts = parts_of(registry, tmp_path, requests_at_once=1)
    with TestClient(create_app(parts)) as client, parts.limits.admitted("single"):
        refused = client.post("/v1/score", json=transaction())
        batch = client.post("/v1/score/batch", json={"transactions": [transaction()]})

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert batch.status_code == 200


def test_metrics_tell_what_is_served_and_how_far_the_log_is_behind(client: TestClient) -> None:
    client.post("/v1/score", json=transaction())
    metrics = client.get("/metrics").text

    assert 'scoring_model_info{model="fraud-detector",version="1"} 1.0' in metrics
    assert "scoring_champion_is_served 1.0" in metrics
    assert "scoring_decision_log_unshipped 1.0" in metrics
    assert "scoring_registry_age_seconds 0." in metrics
