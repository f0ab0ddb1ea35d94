"""The shadow: a challenger scores what was decided, off the answer's path."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.scoring.input_rows import InputRows
from serving import shadow
from serving.application import ServiceParts, create_app
from tests.unit.serving.serving_parts import FEATURES, AmountScorer, Registry, parts_of, poll, served


def registries() -> tuple[Registry, Registry]:
    champions, challengers = Registry(), Registry()
    champions.point_at(served("1"))
    challengers.point_at(served("2", threshold=0.1))
    return champions, challengers


def parts_with_shadow(folder: Path) -> ServiceParts:
    champions, challengers = registries()
    return parts_of(champions, folder, challengers=challengers)


def post(client: TestClient, number: str, **features: Any) -> Any:  # noqa: ANN401 - JSON
    body = {"transaction_id": number, "features": {**FEATURES, **features}}
    return client.post("/v1/score", json=body).json()


def test_each_transaction_is_scored_by_the_challenger_too_once(tmp_path: Path) -> None:
    with TestClient(create_app(parts_with_shadow(tmp_path))) as client:
        assert client.get("/v1/model").json()["shadow"] == "2"
        answered = post(client, "t-1")
        post(client, "t-1")
        poll(lambda: 'scoring_shadow_scored_total{version="2"} 1.0' in client.get("/metrics").text)
        metrics = client.get("/metrics").text

    assert (answered["decision"], answered["model"]["version"]) == ("pass", "1")
    assert 'scoring_shadow_alarms_total{version="2"} 1.0' in metrics
    with closing(sqlite3.connect(tmp_path / "decisions.db")) as kept:
        rows = list(kept.execute("SELECT transaction_id, kind, version, decision FROM decisions ORDER BY kind"))
    assert rows == [("t-1", "decision", "1", "pass"), ("t-1", "shadow", "2", "alarm")]


def test_an_answer_does_not_wait_for_the_challenger_and_what_has_no_place_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "_WAITING", 3)
    goes_on, original = threading.Event(), AmountScorer.scores

    def held(self: AmountScorer, rows: InputRows) -> Any:  # noqa: ANN401 - an array
        if self.threshold == 0.1:
            goes_on.wait(10)
        return original(self, rows)

    monkeypatch.setattr(AmountScorer, "scores", held)
    with TestClient(create_app(parts_with_shadow(tmp_path))) as client:
        for number in range(10):
            assert post(client, str(number))["score"] == 0.25
        assert "scoring_shadow_dropped_total 6.0" in client.get("/metrics").text
        goes_on.set()
        poll(lambda: 'scoring_shadow_scored_total{version="2"} 4.0' in client.get("/metrics").text)


def test_what_the_challenger_cannot_score_is_counted_and_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = AmountScorer.scores

    def picky(self: AmountScorer, rows: InputRows) -> Any:  # noqa: ANN401 - an array
        if self.threshold == 0.1 and (rows.columns["amount"] > 500).any():
            raise ValueError("4711")
        return original(self, rows)

    monkeypatch.setattr(AmountScorer, "scores", picky)
    with TestClient(create_app(parts_with_shadow(tmp_path))) as client:
        post(client, "a", amount=900)
        post(client, "b", amount=100)
        poll(lambda: 'scoring_shadow_scored_total{version="2"} 1.0' in client.get("/metrics").text)
        assert "scoring_shadow_dropped_total 1.0" in client.get("/metrics").text
