"""After a swap: the former champion scores too, and is back within seconds where the new one does harm."""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from functions.core.errors import StorageUnavailableError
from functions.core.scoring.input_rows import InputRows
from functions.feedback.champion_moves import ChampionMoves, Grounds
from functions.feedback.loop_journal import LoopJournal
from serving import harm_watch
from serving.application import ServiceParts, create_app
from tests.fakes import FakeObjectStore
from tests.unit.serving.serving_parts import FEATURES, NAME, AmountScorer, Registry, parts_of, poll, served

NOW = partial(dt.datetime.now, dt.UTC)


@dataclass
class Aliases:
    """A registry of which each alias is watched."""

    versions: dict[str, str] = field(default_factory=dict)
    watched: dict[str, Registry] = field(default_factory=dict)

    def aliases_of(self, name: str) -> dict[str, str]:
        assert name == NAME
        return dict(self.versions)

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        assert name == NAME
        if version is None:
            self.versions.pop(alias, None)
            self.watched[alias].named = None
        else:
            self.versions[alias] = version
            self.watched[alias].named = self.watched["champion"].models[version].version


@dataclass
class Swapped:
    """A service whose champion is version 2 since now, and was version 1 before."""

    folder: Path
    new: Any
    rollback: Any = "auto"
    challenger_share: float = 0.0
    promoted_at: dt.datetime = field(default_factory=NOW)

    def __post_init__(self) -> None:
        models = {"1": served("1"), "2": self.new}
        self.store = FakeObjectStore()
        watched = {alias: Registry(models=models) for alias in ("champion", "challenger", "former")}
        self.aliases = Aliases(watched=watched)
        self.journal = LoopJournal(self.store, "loop")
        self.aliases.set_alias(NAME, "champion", "1")
        ChampionMoves(self.aliases, self.journal, lambda: self.promoted_at).promote(
            NAME, "2", Grounds("person", "Try.")
        )

    def parts(self) -> ServiceParts:
        return parts_of(
            self.aliases.watched["champion"],
            self.folder,
            challengers=self.aliases.watched["challenger"],
            formers=self.aliases.watched["former"],
            moves=ChampionMoves(self.aliases, self.journal, NOW),
            rollback=self.rollback,
            challenger_share=self.challenger_share,
        )


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harm_watch, "_RETRY_SECONDS", 0.05)


def post(client: TestClient, name: str, count: int, amount: Any = 250) -> list[Any]:  # noqa: ANN401 - JSON
    asked = [{"transaction_id": f"{name}-{each}", "features": {**FEATURES, "amount": amount}} for each in range(count)]
    return [client.post("/v1/score", json=each).json() for each in asked]


def metric(client: TestClient, name: str) -> str:
    return next((each for each in client.get("/metrics").text.splitlines() if each.startswith(name)), "")


def until_served(client: TestClient, version: str, amount: Any = 250) -> None:  # noqa: ANN401 - JSON
    numbers = iter(range(1000))

    def is_served() -> bool:
        post(client, f"wait-{next(numbers)}", 20, amount)
        return bool(client.get("/v1/model").json()["version"] == version)

    poll(is_served)


def test_a_champion_that_alarms_on_all_gives_way_to_the_former_one_with_an_entry_in_the_journal(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2", threshold=0.01))
    with TestClient(create_app(swapped.parts())) as client:
        assert post(client, "a", 1)[0]["decision"] == "alarm"
        until_served(client, "1")
        poll(lambda: metric(client, 'scoring_harm_ended_total{rule="more_alarms",watched="swap"}').endswith(" 1.0"))
        assert post(client, "b", 1)[0]["decision"] == "pass"
    last = swapped.journal.last(NAME)
    assert last is not None
    assert (last.action, last.by, last.before, last.champion) == ("rollback", "service", "2", "1")
    assert last.reason.startswith("Of ")
    assert "version 2 alarmed on" in last.reason
    assert last.metrics["former"] == 0
    assert swapped.aliases.versions == {"champion": "1"}


def test_so_does_one_that_alarms_on_nothing(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2", threshold=0.9))
    with TestClient(create_app(swapped.parts())) as client:
        until_served(client, "1", amount=600)
    last = swapped.journal.last(NAME)
    assert last is not None
    assert (last.action, last.metrics["champion"]) == ("rollback", 0)


def test_one_that_can_not_score_gives_way_though_no_request_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = AmountScorer.scores

    def broken(self: AmountScorer, rows: InputRows) -> Any:  # noqa: ANN401 - an array
        if self.threshold == 0.4 and (rows.columns["amount"] > 400).any():
            raise ValueError("4711")
        return original(self, rows)

    monkeypatch.setattr(AmountScorer, "scores", broken)
    swapped = Swapped(tmp_path, served("2", threshold=0.4))
    with TestClient(create_app(swapped.parts()), raise_server_exceptions=False) as client:
        until_served(client, "1", amount=450)
        assert post(client, "b", 1, 450)[0]["decision"] == "pass"
    last = swapped.journal.last(NAME)
    assert last is not None
    assert "version 2 could not score" in last.reason


def test_what_neither_can_score_moves_nobody(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2"))
    with TestClient(create_app(swapped.parts())) as client:
        for answered in post(client, "a", 60, "no number"):
            assert answered["error"] == "UnreadableValuesError"
        post(client, "b", 60)
        poll(lambda: 'version="1"} 60.0' in metric(client, "scoring_shadow_scored_total"))
        assert client.get("/v1/model").json()["version"] == "2"


def test_switched_off_it_shows_the_evidence_and_moves_nobody(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2", threshold=0.01), rollback="off")
    with TestClient(create_app(swapped.parts())) as client:
        post(client, "a", 60)
        poll(lambda: 'version="1"} 60.0' in metric(client, "scoring_shadow_scored_total"))
        name = 'scoring_harm_evidence{rule="more_alarms",watched="swap"}'
        poll(lambda: float(metric(client, name).rpartition(" ")[2] or 0) > 1)
        assert client.get("/v1/model").json()["version"] == "2"
    assert swapped.aliases.versions["champion"] == "2"


def test_it_tries_again_where_the_journal_can_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swapped = Swapped(tmp_path, served("2", threshold=0.01))
    create, failures = FakeObjectStore.create, iter(range(3))

    def away(self: FakeObjectStore, uri: str, body: bytes, content_type: str) -> bool:
        if next(failures, None) is not None:
            raise StorageUnavailableError("S3 is away.")
        return create(self, uri, body, content_type)

    monkeypatch.setattr(FakeObjectStore, "create", away)
    with TestClient(create_app(swapped.parts())) as client:
        until_served(client, "1")
    assert next(failures, None) is None


def test_a_swap_of_long_ago_is_not_watched_also_by_a_service_that_starts_now(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2", threshold=0.01), promoted_at=NOW() - dt.timedelta(days=2))
    with TestClient(create_app(swapped.parts())) as client:
        post(client, "a", 60)
        poll(lambda: 'version="1"} 60.0' in metric(client, "scoring_shadow_scored_total"))
        assert not metric(client, "scoring_harm_evidence")
        assert client.get("/v1/model").json()["version"] == "2"


def test_once_its_labels_are_complete_the_former_champion_scores_no_more(tmp_path: Path) -> None:
    swapped = Swapped(tmp_path, served("2"), promoted_at=NOW() - dt.timedelta(days=31))
    parts = swapped.parts()
    with TestClient(create_app(parts)) as client:
        post(client, "a", 3)
        assert parts.former.loaded is not None
        assert "scoring_shadow_scored_total{" not in client.get("/metrics").text


@pytest.fixture
def trial(tmp_path: Path) -> Swapped:
    made = Swapped(tmp_path, served("2", threshold=0.01), challenger_share=0.5)
    made.aliases.set_alias(NAME, "champion", "1")
    made.aliases.set_alias(NAME, "former", None)
    made.aliases.set_alias(NAME, "challenger", "2")
    return made


def test_a_challenger_that_does_harm_decides_no_more_and_scores_on(trial: Swapped) -> None:
    def spread(name: str) -> dict[str, Any]:
        features = [{**FEATURES, "card": f"{name}{each}"} for each in range(50)]
        return {"transactions": [{"transaction_id": each["card"], "features": each} for each in features]}

    numbers = iter(range(1000))
    with TestClient(create_app(trial.parts())) as client:

        def deciding() -> set[str]:
            scores = client.post("/v1/score/batch", json=spread(f"c{next(numbers)}-")).json()["scores"]
            return {each["model"]["version"] for each in scores}

        assert deciding() == {"1", "2"}
        poll(lambda: deciding() == {"1"})
        assert client.get("/v1/model").json()["shadow"] == "2"
        poll(lambda: 'watched="trial"} 1.0' in client.get("/metrics").text)
    last = trial.journal.last(NAME)
    assert last is not None
    assert (last.action, last.by, last.champion) == ("split", "service", "1")
    assert np.isfinite(float(last.metrics["challenger"] or 0))
