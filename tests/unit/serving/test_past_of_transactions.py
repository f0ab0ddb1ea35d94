"""Transactions that a model with histories decides on: callers send no history columns, and decisions keep them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents, read_events, transaction_ids
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.run.verdicts import judge, strangers
from serving.application import create_app
from serving.service_metrics import UNKNOWN_COLUMNS
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, HISTORIES, Registry, parts_of, remembering
from tests.unit.serving.test_score_transaction import Function

KEY = PSEUDONYM_KEY.encode()
HOUR = 3_600
SENT: Mapping[str, Any] = {**FEATURES, "at": 10 * HOUR}


def remembered(card: str, moments: list[float]) -> EntityEvents:
    """Return a card's transactions, by its hash."""
    cards = np.array([card] * len(moments), object)
    return read_events(HISTORIES, {"at": np.array(moments), "amount": np.ones(len(moments)), "card": cards})


class Past:
    """What is remembered of the card of the model's example: three transactions within the hour."""

    def __init__(self) -> None:
        [verdict] = judge(remembering(), [SENT], [0], KEY)
        moments = [10 * HOUR - each for each in (60.0, 600.0, HOUR, HOUR + 1)]
        self.known = remembered(str(verdict.features["card"]), moments)
        self.asked: list[EntityEvents] = []

    def __call__(self, plan: HistoryPlan, events: EntityEvents) -> Mapping[str, Numbers]:
        self.asked.append(events)
        return past_columns(plan, self.known, events)


def test_a_decision_keeps_the_history_columns_as_they_were_known() -> None:
    past = Past()
    [verdict] = judge(remembering(), [SENT], [0], KEY, past=past, ids=["t-1"])

    assert verdict.score == 0.3
    assert verdict.features["card_count_1h"] == 3
    assert list(verdict.features) == ["amount", "card", "at", "card_count_1h"]
    assert past.asked[0].ids.tolist() == transaction_ids(["t-1"]).tolist()


def test_what_is_kept_of_a_decision_is_the_very_event_that_the_model_was_asked_about() -> None:
    past = Past()
    [verdict] = judge(remembering(), [SENT], [0], KEY, past=past)
    kept = {name: np.array([verdict.features[name]], object if name == "card" else float) for name in HISTORIES.sources}

    again = read_events(HISTORIES, kept)
    assert again.entities["card"].tolist() == past.asked[0].entities["card"].tolist()
    assert again.moments.tolist() == past.asked[0].moments.tolist()


def test_where_nobody_remembers_history_columns_are_missing() -> None:
    [verdict] = judge(remembering(), [SENT], [0], KEY)

    assert verdict.features["card_count_1h"] is None
    assert verdict.score == 0.05


def test_a_history_column_that_is_sent_is_unknown_and_decides_nothing(tmp_path: Path) -> None:
    sent = {**SENT, "card_count_1h": 9}
    assert strangers(remembering(), sent) == ["card_count_1h"]

    registry = Registry()
    registry.point_at(remembering())
    parts = parts_of(registry, tmp_path)
    with TestClient(create_app(parts)) as client:
        answer = client.post("/v1/score", json={"transaction_id": "t-1", "features": sent})
    assert answer.json()["score"] == 0.0
    assert f"{UNKNOWN_COLUMNS.name} 1.0\n" in parts.instruments.exposition().decode()


def test_a_history_column_that_is_sent_is_refused_where_unknown_ones_are(tmp_path: Path) -> None:
    registry = Registry()
    registry.point_at(remembering())
    with TestClient(create_app(parts_of(registry, tmp_path, unknown="refuse"))) as client:
        answer = client.post("/v1/score", json={"transaction_id": "t-1", "features": {**SENT, "card_count_1h": 9}})
    assert (answer.status_code, answer.json()["fields"]) == (422, ["card_count_1h"])


@pytest.mark.parametrize(("past", "score"), [(None, 0.05), (Past(), 0.3)])
def test_the_function_is_told_of_the_past_where_it_has_a_store(past: Past | None, score: float) -> None:
    function = Function()
    function.registry.point_at(remembering())
    function.dependencies = replace(function.dependencies, past=past)

    body = json.dumps({"transaction_id": "t-1", "features": dict(SENT)})
    assert json.loads(function.call(body)["body"])["score"] == score
    [kept] = function.kept()
    assert kept.features["card_count_1h"] == (None if past is None else 3)


def test_a_history_column_that_is_a_reason_is_told_in_words_now_and_again() -> None:
    function = Function()
    function.registry.point_at(remembering())
    function.dependencies = replace(function.dependencies, past=Past())

    body = json.dumps({"transaction_id": "t-1", "features": dict(SENT), "reasons": 2})
    for _ in range(2):
        counted, at = json.loads(function.call(body)["body"])["reasons"]
        assert (counted["feature"], counted["value"]) == ("card_count_1h", 3)
        assert counted["words"] == "3 transactions of card in the last hour"
        assert at == {"feature": "at", "value": 36_000, "contribution": 0.5}  # as it was before there were words
    [kept] = function.kept()
    assert [each.words for each in kept.reasons] == ["3 transactions of card in the last hour", None]


def test_the_service_tells_words_too(tmp_path: Path) -> None:
    registry = Registry()
    registry.point_at(remembering())
    with TestClient(create_app(parts_of(registry, tmp_path))) as client:
        answer = client.post("/v1/score", json={"transaction_id": "t-1", "features": dict(SENT), "reasons": 2})
        document = client.get("/openapi.json").json()
    assert [each.get("words") for each in answer.json()["reasons"]] == [
        "0 transactions of card in the last hour",
        None,
    ]
    assert "words" not in answer.json()["reasons"][1]
    assert "words" in document["components"]["schemas"]["ScoreReason"]["properties"]
