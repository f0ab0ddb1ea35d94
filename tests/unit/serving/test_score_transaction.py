"""The function behind a URL answers what the scoring service answers, and keeps its decisions before it does."""

import base64
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.contracts.function_urls import UrlRequest
from functions.core.data.pseudonyms import pseudonym
from functions.core.errors import StorageUnavailableError
from functions.core.loop.keyed_draws import exploring
from functions.decisions.decision_parts import from_parquet
from functions.decisions.keyed_decisions import KeyedDecisions
from functions.run.called_champion import CurrentChampion
from functions.run.dependencies import RunFiles
from functions.run.transaction_dependencies import ScoreTransactionDependencies
from functions.score_transaction import step
from serving.application import create_app
from tests.fakes import PSEUDONYM_KEY, FakeObjectStore
from tests.unit.serving.serving_parts import FEATURES, NAME, Registry, parts_of, served

CARD = str(FEATURES["card"])
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@dataclass
class Function:
    """The function in one process, its registry and its bucket."""

    registry: Registry = field(default_factory=Registry)
    store: FakeObjectStore = field(default_factory=FakeObjectStore)
    unknown: Any = "accept"
    now: dt.datetime = NOON
    explore_share: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.dependencies = ScoreTransactionDependencies(
            files=RunFiles(self.store, "decisions"),
            champion=CurrentChampion(NAME, self.registry.ask, self.registry.load, lambda: self.seconds),
            decisions=KeyedDecisions(self.store, "decisions"),
            unknown_columns=self.unknown,
            now=lambda: self.now,
            explore=exploring(self.explore_share, PSEUDONYM_KEY.encode()),
            pseudonym_key=PSEUDONYM_KEY.encode(),
        )

    def call(self, body: str | None, route: str = "POST /v1/score", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        method, _, path = route.partition(" ")
        context = {"requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}}}
        event = UrlRequest.model_validate({**context, "version": "2.0", "body": body, **more})
        return step.run(event, self.dependencies).model_dump(mode="json")

    def ask(self, transaction_id: str = "t-1", **features: Any) -> dict[str, Any]:  # noqa: ANN401
        answered = self.call(asked(transaction_id, **features))
        assert answered["statusCode"] == 200, answered
        return dict(json.loads(answered["body"]))

    def kept(self) -> list[Any]:
        parts = sorted(uri for uri in self.store.objects if uri.startswith("s3://decisions/date="))
        return [each for uri in parts for each in from_parquet(self.store.objects[uri], uri)]


def asked(transaction_id: str = "t-1", reasons: int = 0, **features: Any) -> str:  # noqa: ANN401
    return json.dumps({"transaction_id": transaction_id, "features": {**FEATURES, **features}, "reasons": reasons})


@pytest.fixture
def function() -> Function:
    made = Function()
    made.registry.point_at(served())
    return made


@pytest.mark.parametrize(
    "body",
    [
        asked(),
        asked(reasons=2, amount=750),
        asked(amount=None, more=1),
        asked(amount="much"),
        asked(amount=[CARD]),
        asked().replace("250", "NaN"),
        asked().replace('{"amount"', '{" amount": 3, "amount"'),
        '{"transaction_id": "t-1", "features": {}}',
        '{"transaction_id": "", "features": []}',
        '{"transaction_id": "t-1", "transaction_id": "t-2", "features": {}}',
        "{",
        "",
    ],
)
@pytest.mark.parametrize("unknown", ["accept", "refuse"])
@pytest.mark.parametrize("champions", [0, 1])
def test_it_answers_what_the_service_answers(body: str, unknown: Any, champions: int, tmp_path: Path) -> None:  # noqa: ANN401
    registry = Registry()
    for number in range(champions):
        registry.point_at(served(str(number)))
    function = Function(registry, unknown=unknown)
    with TestClient(create_app(parts_of(registry, tmp_path, unknown=unknown))) as client:
        expected = client.post("/v1/score", content=body)

    answered = function.call(body)

    assert (answered["statusCode"], json.loads(answered["body"])) == (expected.status_code, expected.json())
    assert answered["headers"].get("retry-after") == expected.headers.get("retry-after")
    assert answered["headers"]["content-type"] == "application/json"
    assert CARD not in answered["body"]


def test_a_decision_is_kept_before_it_is_answered_with_its_card_as_a_hash(function: Function) -> None:
    answer = function.ask(amount=750)

    [kept] = function.kept()
    assert (kept.transaction_id, kept.at, kept.served) == ("t-1", NOON, "lambda")
    assert kept.features == {"amount": 750.0, "card": pseudonym(CARD, PSEUDONYM_KEY.encode())}
    assert (kept.score, kept.decision, kept.version) == (answer["score"], "alarm", "1")
    assert not any(CARD.encode() in body for body in function.store.objects.values())


def test_the_first_decision_is_the_answer_also_on_another_day_and_by_another_version(function: Function) -> None:
    first = function.ask(amount=750)
    function.now += dt.timedelta(days=3)
    function.seconds += 10
    function.registry.point_at(served("2"))

    assert function.ask(amount=10) == first
    assert function.ask("t-2", amount=10)["model"]["version"] == "2"
    assert [each.transaction_id for each in function.kept()] == ["t-1", "t-2"]


def test_of_two_that_decide_at_once_the_first_one_kept_is_everybodys_answer(function: Function) -> None:
    class Late(KeyedDecisions):
        def find(self, transaction_id: str) -> None:
            """Find nothing yet: the other one is about to write it."""

    first = function.ask(amount=750)
    other = Function(function.registry, function.store)
    object.__setattr__(other.dependencies, "decisions", Late(function.store, "decisions"))

    assert other.ask(amount=10) == first
    assert len(function.kept()) == 1


def test_one_that_was_killed_between_its_mark_and_its_part_decides_again(function: Function) -> None:
    function.ask(amount=750)
    [part] = [uri for uri in function.store.objects if "date=" in uri]
    del function.store.objects[part]
    function.now += dt.timedelta(days=1)

    assert function.ask(amount=10)["score"] == 0.01
    assert [uri for uri in function.store.objects if "date=" in uri] == [part]


def test_without_storage_there_is_no_answer(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> bool:
        raise StorageUnavailableError("S3 is not available.")

    monkeypatch.setattr(function.store, "create", away)
    answered = function.call(asked())
    assert (answered["statusCode"], answered["headers"]["retry-after"]) == (503, "1")
    assert json.loads(answered["body"])["error"] == "StorageUnavailableError"


def test_the_last_champion_goes_on_while_the_registry_is_away(function: Function) -> None:
    function.ask("t-1")
    function.registry.away = True
    function.seconds += 10
    assert function.ask("t-2")["model"]["version"] == "1"
    function.registry.away = False
    function.registry.named = served("2").version
    function.seconds += 10
    assert function.ask("t-3")["model"]["version"] == "1"  # its files are gone
    function.registry.point_at(served("2"))
    function.seconds += 10
    assert function.ask("t-4")["model"]["version"] == "2"


def test_a_body_in_base64_is_read_and_a_large_or_a_wrong_one_is_refused(function: Function) -> None:
    encoded = base64.b64encode(asked().encode()).decode()
    assert function.call(encoded, isBase64Encoded=True)["statusCode"] == 200
    assert function.call("no base64", isBase64Encoded=True)["statusCode"] == 422
    assert function.call(asked(card="1" * 2**20))["statusCode"] == 413
    assert function.call(None)["statusCode"] == 422


@pytest.mark.parametrize("route", ["GET /v1/score", "POST /v1/score/batch", "GET /"])
def test_it_answers_at_one_path_alone(route: str, function: Function) -> None:
    answered = function.call(asked(), route)
    assert answered["statusCode"] == 404
    assert "POST /v1/score" in json.loads(answered["body"])["message"]


def test_it_lets_the_same_alarms_through_as_the_service(tmp_path: Path) -> None:
    function = Function(explore_share=0.25)
    function.registry.point_at(served())
    ids = [f"t-{number}" for number in range(30)]
    answered = {each: function.ask(each, amount=900)["decision"] for each in ids}
    with TestClient(create_app(parts_of(function.registry, tmp_path, explore_share=0.25))) as client:
        rows = [json.loads(asked(each, amount=900)) for each in ids]
        scores = client.post("/v1/score/batch", json={"transactions": rows}).json()["scores"]
    assert answered == {each["transaction_id"]: each["decision"] for each in scores}
    assert set(answered.values()) == {"alarm", "pass"}
    assert {(each.explored, each.pass_chance) for each in function.kept()} == {(True, 0.25), (False, 0.25)}
