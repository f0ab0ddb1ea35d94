"""Histories that fail in the service stop no decision, are told and counted once, and are made again."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.errors import StorageUnavailableError
from functions.decisions.shipping import DecisionsBucket
from serving import history_keeper
from serving.application import ServiceParts, create_app
from tests.fakes import FakeObjectStore
from tests.unit.serving.remembered_cards import champion, metric, score
from tests.unit.serving.serving_parts import parts_of, poll, remembering


def test_states_that_cannot_be_read_or_written_stop_no_decision_and_are_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_keeper, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(history_keeper, "_RETRY_SECONDS", 0.01)
    parts = parts_of(champion(), tmp_path)
    with caplog.at_level(logging.INFO), TestClient(create_app(parts)) as client:
        score(client, "t-0", 0)
        with closing(sqlite3.connect(tmp_path / "histories.sqlite")) as database, database:
            database.execute("UPDATE states SET events = x'00'")
        assert score(client, "t-1", 1) in {0.5, 1.0}
        poll(lambda: "Histories are complete again." in caplog.text)
        assert score(client, "t-2", 2) == 2
        assert client.get("/readyz").text == "Version 1 of 'fraud-detector' is served.\n"
    assert caplog.text.count("is damaged: it is moved aside") == 1
    assert (tmp_path / "histories.sqlite.damaged").exists()
    assert metric(parts, 'scoring_history_failures_total{operation="read"}') == 1


def test_a_store_that_cannot_be_opened_leaves_histories_unknown_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_keeper, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(history_keeper, "_RETRY_SECONDS", 0.01)
    (tmp_path / "histories.sqlite").mkdir()
    parts = parts_of(champion(), tmp_path)
    with TestClient(create_app(parts)) as client:
        assert score(client, "t-0", 0) == 0.5  # not known, and not 0
        assert "Histories are not complete: The histories in" in client.get("/readyz").text
        assert parts.histories.state() is None
        (tmp_path / "histories.sqlite").rmdir()
        poll(lambda: "not complete" not in client.get("/readyz").text)
        assert score(client, "t-1", 1) == 1
        client.get("/metrics")
    assert metric(parts, "scoring_history_behind_seconds") == 0


def test_decisions_that_cannot_be_remembered_are_caught_up_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_keeper, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(history_keeper, "_RETRY_SECONDS", 0.05)
    parts = parts_of(champion(), tmp_path)
    with TestClient(create_app(parts)) as client:
        score(client, "t-0", 0)
        with closing(sqlite3.connect(tmp_path / "histories.sqlite")) as database, database:
            database.execute("ALTER TABLE states RENAME TO away")
        score(client, "t-1", 1)
        poll(lambda: (state := parts.histories.state()) is not None and state.behind_seconds > 0)
        with closing(sqlite3.connect(tmp_path / "histories.sqlite")) as database, database:
            database.execute("ALTER TABLE away RENAME TO states")
        poll(lambda: (state := parts.histories.state()) is not None and state.behind_seconds == 0)
        assert score(client, "t-2", 2) == 2
    assert metric(parts, 'scoring_history_failures_total{operation="write"}') >= 1


class AwayStore(FakeObjectStore):
    """S3 that is away."""

    is_away = True

    def keys(self, uri: str) -> list[str]:
        if self.is_away:
            raise StorageUnavailableError("S3 is not available.")
        return super().keys(uri)


def test_where_s3_is_away_the_version_is_served_with_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_keeper, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(history_keeper, "_RETRY_SECONDS", 0.05)
    store = AwayStore()
    with TestClient(create_app(parts_of(champion(), tmp_path, bucket=DecisionsBucket(store, "decisions")))) as client:
        assert client.get("/readyz").text == (
            "Version 1 of 'fraud-detector' is served. Histories are not complete: S3 is not available.\n"
        )
        assert score(client, "t-0", 0) == 0
        store.is_away = False
        poll(lambda: "not complete" not in client.get("/readyz").text)
        assert score(client, "t-1", 1) == 1


def test_a_version_waits_for_its_histories_and_the_last_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_keeper, "_WAIT_SECONDS", 0.01)
    registry, waiting = champion(), [True]
    parts = parts_of(registry, tmp_path)
    poll(lambda: _looked(parts))
    make = parts.histories._making.make

    def slow(*given: Any) -> None:  # noqa: ANN401 - passed on
        poll(lambda: not waiting[0])
        make(*given)

    monkeypatch.setattr(parts.histories._making, "make", slow)
    with TestClient(create_app(parts)) as client:
        registry.point_at(remembering("2"))
        said = (
            "Version 1 of 'fraud-detector' is served. Version 2 of 'fraud-detector' is not served yet: "
            "its histories are being made.\n"
        )
        poll(lambda: client.get("/readyz").text == said)
        assert score(client, "t-0", 0) == 0
        waiting[0] = False
        poll(lambda: client.get("/readyz").text == "Version 2 of 'fraud-detector' is served.\n")
        assert score(client, "t-1", 1) == 1


def _looked(parts: ServiceParts) -> bool:
    parts.champion.look()
    return parts.champion.loaded is not None
