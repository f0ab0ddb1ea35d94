"""Histories in the service: each decision moves them, and restarts and losses lose nothing."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from functions.core.data.pseudonyms import pseudonym
from functions.decisions.shipping import DecisionsBucket
from functions.history_store.remembered_entities import RememberedEntities
from serving.application import create_app
from tests.fakes import FakeObjectStore
from tests.unit.serving.remembered_cards import CARD, KEY, champion, kept_counts, metric, score, sent, table_of
from tests.unit.serving.serving_parts import HISTORIES, parts_of, poll, remembering


def test_the_sixth_transaction_of_a_card_within_an_hour_knows_of_five(tmp_path: Path) -> None:
    parts = parts_of(champion(), tmp_path)
    with TestClient(create_app(parts)) as client:
        found = [score(client, f"t-{number}", number * 600) for number in range(6)]
        assert found == [0, 1, 2, 3, 4, 5]
        assert score(client, "other", 3_000, "4222") == 0
        assert score(client, "late", 1_500) == 3
        assert score(client, "equal", 1_500) == 3
        # Sent again, it is answered as before, and moves nothing.
        assert score(client, "t-5", 3_000) == 5
        assert score(client, "next", 3_600) == 8
        client.get("/metrics")
    assert kept_counts(tmp_path)["t-5"] == 5.0
    assert metric(parts, "scoring_history_states") == 2
    assert metric(parts, "scoring_history_behind_seconds") == 0
    assert metric(parts, "scoring_history_seconds_count") > 8
    assert metric(parts, "scoring_history_bytes") > 4_096


def test_a_restart_keeps_what_is_remembered_and_a_lost_file_is_made_again(tmp_path: Path) -> None:
    for start in range(3):
        with TestClient(create_app(parts_of(champion(), tmp_path))) as client:
            assert score(client, f"t-{start}", start * 60) == start
        if start == 1:
            for path in tmp_path.glob("histories.sqlite*"):
                path.unlink()


def test_what_was_decided_while_the_store_was_left_behind_is_read_from_the_log(tmp_path: Path) -> None:
    with TestClient(create_app(parts_of(champion(), tmp_path))) as client:
        score(client, "t-0", 0)
    (tmp_path / "histories.sqlite").rename(tmp_path / "old")
    with TestClient(create_app(parts_of(champion(), tmp_path))) as client:
        score(client, "t-1", 1)
    (tmp_path / "old").replace(tmp_path / "histories.sqlite")
    for end in ("-wal", "-shm"):
        (tmp_path / f"histories.sqlite{end}").unlink(missing_ok=True)
    with TestClient(create_app(parts_of(champion(), tmp_path))) as client:
        assert score(client, "t-2", 2) == 2


def test_a_lost_disk_is_made_up_for_by_the_decisions_in_s3(tmp_path: Path) -> None:
    bucket = DecisionsBucket(FakeObjectStore(), "decisions")
    with TestClient(create_app(parts_of(champion(), tmp_path / "first", bucket=bucket))) as client:
        for number in range(3):
            score(client, f"t-{number}", number)
    # The service ships what there is when it ends.
    with TestClient(create_app(parts_of(champion(), tmp_path / "second", bucket=bucket))) as client:
        assert score(client, "t-3", 3) == 3


def test_rows_that_have_left_the_local_log_are_read_from_s3(tmp_path: Path) -> None:
    bucket = DecisionsBucket(FakeObjectStore(), "decisions")
    with TestClient(create_app(parts_of(champion(), tmp_path, bucket=bucket))) as client:
        score(client, "t-0", 0)
    store = tmp_path / "histories.sqlite"
    held = store.read_bytes()
    with TestClient(create_app(parts_of(champion(), tmp_path, bucket=bucket))) as client:
        score(client, "t-1", 1)
    store.write_bytes(held)
    with closing(sqlite3.connect(tmp_path / "decisions.db")) as database, database:
        database.execute("DELETE FROM decisions")
    with TestClient(create_app(parts_of(champion(), tmp_path, bucket=bucket))) as client:
        assert score(client, "t-2", 2) == 2


@pytest.mark.parametrize("count", [12, 700])
def test_transactions_of_a_batch_see_each_other_wherever_they_stand(tmp_path: Path, count: int) -> None:
    with TestClient(create_app(parts_of(champion(), tmp_path))) as client:
        score(client, "first", 0)
        cards = count // 6
        batch = [sent(f"t-{number}", 1 + number, f"card-{number % cards}") for number in reversed(range(count))]
        batch.append(sent("of the first", 9))
        scores = client.post("/v1/score/batch", json={"transactions": batch}).json()["scores"]
        found = {each["transaction_id"]: round(each["score"] * 10, 9) for each in scores}
        assert found == {f"t-{n}": n // cards for n in range(count)} | {"of the first": 1}
        assert score(client, "later", 1 + count, "card-0") == -(-count // cards)


def test_the_training_table_is_the_past_of_the_first_transactions(tmp_path: Path) -> None:
    tables = {"run-1": table_of([100, 200, 300])}
    with TestClient(create_app(parts_of(champion(), tmp_path, tables=tables))) as client:
        assert score(client, "t-1", 400) == 3
        # A row of the table that is decided on is one transaction.
        client.post("/v1/score", json=sent("row", 300))
        assert score(client, "t-2", 500) == 4
    # A new version with the same histories brings its own table, with what it has seen in common.
    tables |= {"run-2": table_of([200, 300, 350, 400])}
    with TestClient(create_app(parts_of(champion("2"), tmp_path, tables=tables))) as client:
        assert score(client, "t-3", 600) == 6


@pytest.mark.parametrize("tables", [{}, {"run-1": b"PAR1 of no table"}])
def test_a_training_table_that_is_gone_or_damaged_is_no_past(
    tmp_path: Path, tables: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(parts_of(champion(), tmp_path, tables=tables))) as client:
        assert score(client, "t-1", 400) == 0
        assert client.get("/readyz").text == "Version 1 of 'fraud-detector' is served.\n"
    assert "The events that run run-1 was trained on are gone: histories begin without them." in caplog.text


def test_a_version_with_other_histories_knows_what_was_decided_before_it_came(tmp_path: Path) -> None:
    registry = champion()
    with TestClient(create_app(parts_of(registry, tmp_path))) as client:
        score(client, "t-0", 0)
        other = remembering("2")
        plan = replace(HISTORIES, events_at_most=7)
        scorer = type(other.scorer)(other.scorer.columns, 0.5, None, plan)  # type: ignore[arg-type]
        registry.point_at(replace(other, scorer=scorer))
        poll(lambda: client.get("/readyz").text.startswith("Version 2 "))
        assert score(client, "t-1", 1) == 1
        # Both are moved on.
        registry.point_at(remembering("3"))
        poll(lambda: client.get("/readyz").text.startswith("Version 3 "))
        assert score(client, "t-2", 2) == 2


def test_the_shadow_scores_with_the_history_as_it_was_before_the_transaction(tmp_path: Path) -> None:
    parts = parts_of(champion(), tmp_path, challengers=champion("2"))
    with TestClient(create_app(parts)) as client:
        for number in range(5):
            score(client, f"t-{number}", number)
        poll(lambda: 'scoring_shadow_scored_total{version="2"} 5.0' in client.get("/metrics").text)
    with closing(sqlite3.connect(tmp_path / "decisions.db")) as kept:
        rows = kept.execute("SELECT kind, score FROM decisions ORDER BY transaction_id, kind").fetchall()
    assert rows == [(kind, number / 10) for number in range(5) for kind in ("decision", "shadow")]


def test_what_was_forgotten_comes_back_from_no_training_table(tmp_path: Path) -> None:
    tables = {"run-1": table_of([100, 200])}
    parts = parts_of(champion(), tmp_path, tables=tables)
    with TestClient(create_app(parts)) as client:
        assert score(client, "t-0", 300) == 2
        remembered = RememberedEntities(tmp_path / "histories.sqlite")
        assert remembered.count(pseudonym(CARD, KEY)) == 1
        remembered.forget(pseudonym(CARD, KEY), [])
        assert remembered.count(pseudonym(CARD, KEY)) == 0
        assert score(client, "t-1", 400) == 0
    with TestClient(
        create_app(parts_of(champion("2"), tmp_path, tables=tables | {"run-2": table_of([150])}))
    ) as client:
        assert score(client, "t-2", 500) == 1
