"""A service that remembers a card, and what it is asked."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from functions.core.data.pseudonyms import pseudonym
from functions.core.histories.events import read_events
from functions.core.histories.events_file import to_parquet
from functions.decisions.local_log import LocalLog
from serving.application import ServiceParts
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import HISTORIES, Registry, remembering

CARD = "4111"
KEY = PSEUDONYM_KEY.encode()


def champion(number: str = "1") -> Registry:
    registry = Registry()
    registry.point_at(remembering(number))
    return registry


def sent(number: str, at: float, card: str = CARD) -> dict[str, Any]:
    return {"transaction_id": number, "features": {"amount": 10, "card": card, "at": at}}


def score(client: TestClient, number: str, at: float, card: str = CARD) -> float:
    answer = client.post("/v1/score", json=sent(number, at, card)).json()
    return round(answer["score"] * 10, 9)


def kept_counts(folder: Path) -> dict[str, float | None]:
    with (
        closing(sqlite3.connect(folder / "decisions.db")) as database,
        closing(LocalLog(folder / "decisions.db")) as log,
    ):
        ids = [row[0] for row in database.execute("SELECT transaction_id FROM decisions WHERE kind = 'decision'")]
        return {number: each.features["card_count_1h"] for number, each in log.find(ids).items()}  # type: ignore[misc]


def metric(parts: ServiceParts, series: str) -> float:
    lines = parts.instruments.exposition().decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} "))


def table_of(moments: Sequence[float], amount: float = 10.0) -> bytes:
    """Return the events of a training table in which the card did something at some moments."""
    columns = {
        "at": np.array(moments, float),
        "amount": np.full(len(moments), amount),
        "card": np.array([pseudonym(CARD, KEY)] * len(moments), object),
    }
    return to_parquet(HISTORIES, read_events(HISTORIES, columns))
