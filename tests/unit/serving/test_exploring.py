"""Alarms that are let through to learn what they are: a share, drawn by transaction, kept with its probability."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.loop.keyed_draws import exploring
from serving.application import create_app
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, Registry, parts_of, served

SHARE = 0.25
DRAW = exploring(SHARE, PSEUDONYM_KEY.encode())
IDS = [f"t-{number}" for number in range(40)]


def registry() -> Registry:
    made = Registry()
    made.point_at(served("1"))
    return made


def batch(ids: list[str], amount: float) -> dict[str, Any]:
    return {"transactions": [{"transaction_id": each, "features": {**FEATURES, "amount": amount}} for each in ids]}


def test_a_share_of_the_alarms_is_let_through_and_kept_with_its_probability(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(registry(), tmp_path, explore_share=SHARE))) as client:
        alarms = client.post("/v1/score/batch", json=batch(IDS, 900)).json()["scores"]
        again = client.post("/v1/score/batch", json=batch(IDS, 900)).json()["scores"]
        passes = client.post("/v1/score/batch", json=batch([f"low-{each}" for each in IDS], 100)).json()["scores"]
        metrics = client.get("/metrics").text

    let_through = {each for each in IDS if DRAW.takes(each)}
    assert 3 <= len(let_through) <= 20
    assert {each["transaction_id"] for each in alarms if each["decision"] == "pass"} == let_through
    assert {each["score"] for each in alarms} == {0.9}
    assert again == alarms
    assert {each["decision"] for each in passes} == {"pass"}
    with closing(sqlite3.connect(tmp_path / "decisions.db")) as kept:
        rows = kept.execute("SELECT transaction_id, decision, explored, pass_chance, missed_cost FROM decisions")
        found = {name: rest for name, *rest in rows}
    assert found == {
        each: ["pass", 1, SHARE, 900.0] if each in let_through else ["alarm", 0, SHARE, 900.0] for each in IDS
    } | {f"low-{each}": ["pass", 0, 1.0, 100.0] for each in IDS}
    assert f'scoring_explored_total{{version="1"}} {float(len(let_through))}' in metrics
    # Each was expected to cost 0.9 * 900 passed, and 0.1 * 2 stopped.
    [cost] = re.findall(r"^scoring_explored_cost_total (\S+)$", metrics, re.MULTILINE)
    assert float(cost) == pytest.approx(len(let_through) * 809.8)


def test_without_a_share_every_alarm_is_one(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(registry(), tmp_path))) as client:
        alarms = client.post("/v1/score/batch", json=batch(IDS, 900)).json()["scores"]
    assert {each["decision"] for each in alarms} == {"alarm"}
    with closing(sqlite3.connect(tmp_path / "decisions.db")) as kept:
        assert set(kept.execute("SELECT explored, pass_chance FROM decisions")) == {(0, 0.0)}
