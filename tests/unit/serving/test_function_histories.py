"""The function behind a URL asks Feast for the past, moves it on once, and decides without it while it is away."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions import settings, wiring
from functions.core.errors import InvalidSettingsError
from functions.decisions.keyed_decisions import KeyedDecisions
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.function_histories import FunctionHistories
from functions.run.transaction_dependencies import ScoreTransactionDependencies
from functions.transaction_settings import ScoreTransactionSettings
from tests.fakes import PSEUDONYM_KEY
from tests.unit.history_store.fake_feast import FakeFeast, served_feast
from tests.unit.serving.serving_parts import FEATURES, remembering, served
from tests.unit.serving.test_score_transaction import Function

pytestmark = pytest.mark.usefixtures("mlflow_comes_back")

HOUR = 3_600
AWAY = "Decisions are taken without histories"
UNKNOWN = 0.05
ENVIRONMENT: Mapping[str, str] = {
    "FRAUDFLOW_MLFLOW_TRACKING_URI": "http://127.0.0.1:5000",
    "FRAUDFLOW_PSEUDONYM_KEY": PSEUDONYM_KEY,
    "FRAUDFLOW_DECISIONS_BUCKET": "decisions",
    "FRAUDFLOW_FEATURE_STORE": "feast",
}


@pytest.fixture
def feast(socket_enabled: None) -> Iterator[FakeFeast]:  # noqa: ARG001
    with served_feast() as fake:
        yield fake


@pytest.fixture
def function(feast: FakeFeast) -> Function:
    return asking(feast.url)


def asking(url: str, function: Function | None = None) -> Function:
    """Return a function that asks Feast at an address."""
    made = Function() if function is None else Function(function.registry, function.store)
    if function is None:
        made.registry.point_at(remembering())
    histories = FunctionHistories(FeastHistoryStore(url=url, read_seconds=5.0))
    made.dependencies = replace(made.dependencies, past=histories.past, remember=histories.remember)
    return made


def score(function: Function, number: int, *, at: float, card: str = "4111 1111") -> float:
    body = {"transaction_id": f"t-{number}", "features": {**FEATURES, "card": card, "at": at}}
    answered = function.call(json.dumps(body))
    assert answered["statusCode"] == 200, answered
    return float(json.loads(answered["body"])["score"])


def pushes(feast: FakeFeast) -> int:
    return [path for path, _ in feast.asked].count("/push")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


def test_a_decision_sees_the_ones_before_it_whichever_process_took_them(function: Function, feast: FakeFeast) -> None:
    assert [score(function, each, at=10 * HOUR + each) for each in range(3)] == [0.0, 0.1, 0.2]
    assert score(asking(feast.url, function), 3, at=10 * HOUR + 3) == 0.3
    assert score(function, 4, at=11 * HOUR + 1) == 0.3  # within the hour
    assert score(function, 5, at=11 * HOUR + 1, card="4222") == 0.0
    kept = {each.transaction_id: each.features["card_count_1h"] for each in function.kept()}
    assert kept == {"t-0": 0, "t-1": 1, "t-2": 2, "t-3": 3, "t-4": 3, "t-5": 0}


def test_a_second_call_of_a_transaction_moves_nothing(function: Function, feast: FakeFeast) -> None:
    assert score(function, 1, at=10 * HOUR) == 0.0
    rows, asked = dict(feast.rows), len(feast.asked)
    assert score(function, 1, at=10 * HOUR) == 0.0
    assert (feast.rows, len(feast.asked)) == (rows, asked)
    assert score(function, 2, at=10 * HOUR + 1) == 0.1


def test_of_two_that_decide_on_one_transaction_at_once_the_first_ones_is_added_once(
    function: Function, feast: FakeFeast
) -> None:
    class Late(KeyedDecisions):
        def find(self, transaction_id: str) -> None:
            """Find nothing yet: the other one is about to write it."""

    other = asking(feast.url, function)
    other.dependencies = replace(other.dependencies, decisions=Late(function.store, "decisions"))
    score(function, 1, at=10 * HOUR)
    rows = dict(feast.rows)
    score(other, 1, at=10 * HOUR + 900)
    assert feast.rows == rows


def test_while_feast_is_away_it_decides_without_histories(function: Function, feast: FakeFeast) -> None:
    feast.instead = [(500, "broken")] * 2
    assert [score(function, each, at=11 * HOUR) for each in (3, 4)] == [UNKNOWN] * 2
    assert [each.features["card_count_1h"] for each in function.kept()] == [None] * 2
    assert pushes(feast) == 0


def test_a_feast_that_takes_nothing_costs_no_decision_and_is_told_again_only_after_it_took_one(
    feast: FakeFeast, function: Function, caplog: pytest.LogCaptureFixture
) -> None:
    takes = feast.answer

    def refuses(path: str, document: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        return (400, "no") if path == "/push" else takes(path, document)

    for place, answer in enumerate([refuses, refuses, takes, refuses]):
        feast.answer = answer  # type: ignore[method-assign]
        assert score(function, place, at=10 * HOUR + place) == (0.1 if place == 3 else 0.0)
    assert len(warnings(caplog)) == 2


def test_a_model_without_histories_asks_nobody(function: Function, feast: FakeFeast) -> None:
    function.registry.point_at(served())
    function.ask()
    assert feast.asked == []


def dependencies(monkeypatch: pytest.MonkeyPatch, **variables: str) -> ScoreTransactionDependencies:
    """Return what the function is given in an environment."""
    for name, value in {**ENVIRONMENT, "AWS_DEFAULT_REGION": "us-east-1", **variables}.items():
        monkeypatch.setenv(name, value)
    return wiring._score_transaction(settings.read(ScoreTransactionSettings))


def test_its_settings_say_where_feast_is(monkeypatch: pytest.MonkeyPatch, feast: FakeFeast) -> None:
    given = dependencies(monkeypatch, FRAUDFLOW_FEAST_URL=feast.url)
    function = Function()
    function.registry.point_at(remembering())
    function.dependencies = replace(function.dependencies, past=given.past, remember=given.remember)
    assert [score(function, each, at=10 * HOUR + each) for each in range(2)] == [0.0, 0.1]


def test_its_log_says_once_that_feast_is_away(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    socket_enabled: None,  # noqa: ARG001
) -> None:
    caplog.set_level(logging.WARNING, "urllib3.connectionpool")
    given = dependencies(monkeypatch, FRAUDFLOW_FEAST_URL="http://127.0.0.1:9")
    function = Function()
    function.registry.point_at(remembering())
    function.dependencies = replace(function.dependencies, past=given.past, remember=given.remember)
    assert [score(function, each, at=10 * HOUR + each) for each in range(3)] == [UNKNOWN] * 3
    [told] = warnings(caplog)
    assert told.startswith(AWAY)
    assert "http://127.0.0.1:9 can't be asked" in told


def test_without_feast_it_has_no_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dependencies(monkeypatch, FRAUDFLOW_FEATURE_STORE="embedded")
    assert (given.past, given.remember) == (None, None)


def test_feast_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSettingsError, match="FRAUDFLOW_FEAST_URL is not set"):
        dependencies(monkeypatch)
