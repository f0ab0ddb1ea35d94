"""A/B: the challenger decides on a share of the entities, each always by the same version; the other one scores too."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.data.pseudonyms import pseudonym
from functions.core.loop.keyed_draws import Draw
from functions.core.scoring.input_rows import InputRows
from serving.application import create_app
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, AmountScorer, Registry, parts_of, poll, served

SHARE = 0.4
KEY = PSEUDONYM_KEY.encode()
CARDS = [f"4111 {number}" for number in range(30)]


def taken(card: str, version: str = "2") -> bool:
    return Draw(SHARE, f"split {version}", KEY).takes(pseudonym(card, KEY))


def registries(challenger: str = "2") -> dict[str, Any]:
    champions, challengers = Registry(), Registry()
    champions.point_at(served("1"))
    challengers.point_at(served(challenger, threshold=0.1))
    return {"registry": champions, "challengers": challengers}


def batch(*cards: object, times: int = 1) -> dict[str, Any]:
    return {
        "transactions": [
            {"transaction_id": f"{card}-{each}", "features": {**FEATURES, "card": card}}
            for card in cards
            for each in range(times)
        ]
    }


def versions(client: TestClient, asked: dict[str, Any]) -> list[str]:
    answered = client.post("/v1/score/batch", json=asked).json()
    return [each["model"]["version"] for each in answered["scores"]]


def test_each_card_is_decided_on_by_one_version_and_told_its_threshold(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(folder=tmp_path, challenger_share=SHARE, **registries()))) as client:
        scores = client.post("/v1/score/batch", json=batch(*CARDS, times=2)).json()["scores"]
        poll(lambda: "scoring_shadow_scored_total" in client.get("/metrics").text)
    found = {(each["transaction_id"].rsplit("-", 1)[0], each["model"]["version"]) for each in scores}
    assert found == {(card, "2" if taken(card) else "1") for card in CARDS}
    assert {(each["model"]["version"], each["decision"]) for each in scores} == {("1", "pass"), ("2", "alarm")}


def test_the_other_version_is_the_shadow(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(folder=tmp_path, challenger_share=SHARE, **registries()))) as client:
        versions(client, batch(*CARDS))

        def shadows() -> list[tuple[str, str, str]]:
            with closing(sqlite3.connect(tmp_path / "decisions.db")) as kept:
                return list(kept.execute("SELECT transaction_id, kind, version FROM decisions ORDER BY 1, 2"))

        poll(lambda: len(shadows()) == 2 * len(CARDS))
    assert shadows() == sorted(
        row
        for card in CARDS
        for row in [
            (f"{card}-0", "decision", "2" if taken(card) else "1"),
            (f"{card}-0", "shadow", "1" if taken(card) else "2"),
        ]
    )


def test_the_next_trial_divides_the_cards_anew(tmp_path: Path) -> None:
    asked = parts_of(folder=tmp_path, challenger_share=SHARE, **registries("3"))
    with TestClient(create_app(asked)) as client:
        found = versions(client, batch(*CARDS))
    assert found == ["3" if taken(card, "3") else "1" for card in CARDS]
    assert [each == "3" for each in found] != [taken(card) for card in CARDS]


def test_a_card_is_one_however_it_is_written_and_without_one_the_transaction_is_drawn(tmp_path: Path) -> None:
    card = next(number for number in range(4111, 4200) if taken(str(number)))
    with TestClient(create_app(parts_of(folder=tmp_path, challenger_share=SHARE, **registries()))) as client:
        # As a number it can't be read as the text that the model knows, so it is drawn all the same.
        found = versions(client, batch(str(card), f" {card} ", pseudonym(str(card), KEY)))
        missing = versions(client, batch(None, "", times=10))
    assert found == ["2", "2", "2"]
    draw = Draw(SHARE, "split 2", KEY)
    assert missing == ["2" if draw.takes(f"{card}-{each}") else "1" for card in (None, "") for each in range(10)]


def test_without_a_share_the_champion_decides_on_all(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(folder=tmp_path, **registries()))) as client:
        assert set(versions(client, batch(*CARDS))) == {"1"}


def test_what_the_challenger_can_not_score_the_champion_decides_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = AmountScorer.scores

    def picky(self: AmountScorer, rows: InputRows) -> Any:  # noqa: ANN401 - an array
        if self.threshold == 0.1 and (rows.columns["amount"] > 500).any():
            raise ValueError("4711")
        return original(self, rows)

    monkeypatch.setattr(AmountScorer, "scores", picky)
    card = next(each for each in CARDS if taken(each))
    with TestClient(create_app(parts_of(folder=tmp_path, challenger_share=SHARE, **registries()))) as client:
        asked = [
            {"transaction_id": str(amount), "features": {"card": card, "amount": amount}} for amount in (900, 100, 800)
        ]
        scores = client.post("/v1/score/batch", json={"transactions": asked}).json()["scores"]
    assert [(each["score"], each["model"]["version"]) for each in scores] == [(0.9, "1"), (0.1, "2"), (0.8, "1")]
