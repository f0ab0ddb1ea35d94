"""MeasureLoop: labels, performance with and before them, and drift of a model in production, as one document."""

import numpy as np
import pytest

from functions.contracts.training_lineage import TRAINING, TrainingLineage
from functions.feedback.loop_journal import JournalEntry, LoopJournal
from functions.loop_settings import LoopSettings
from functions.measure_loop.loop_document import MEASURED
from functions.telemetry import loop_metrics as metrics
from functions.telemetry.metrics import Sample
from tests.unit.steps.measured_batches import THEN, rows
from tests.unit.steps.watched_traffic import DAY, MODEL, START, Watched


@pytest.fixture(scope="module")
def thirty_days() -> tuple[Watched, np.ndarray]:
    watched = Watched()
    fraud = watched.live(range(30), shadow="2")
    return watched, fraud


def test_what_counts_is_compared_with_what_was_expected(thirty_days: tuple[Watched, np.ndarray]) -> None:
    watched, fraud = thirty_days
    measured = watched.look(30)
    told = watched.document(measured)
    assert (measured.version, measured.counted) == ("1", 20 * 400)
    assert measured.decisions_a_day == pytest.approx(400)
    assert told["realised"]["1"]["frauds"] == fraud[: 20 * 400].sum() == measured.fresh_frauds
    realised = told["realised"]["1"]["worth"]["cost"]["estimate"]
    assert measured.cost is not None
    assert measured.excess is not None
    assert measured.excess.low < 0 < measured.excess.high
    assert realised > 0
    assert told["labels"]["young"] == 10 * 400
    assert told["labels"]["quiet"] is None is measured.labels_missing


def test_the_latest_window_and_what_waits_for_labels_are_estimated(thirty_days: tuple[Watched, np.ndarray]) -> None:
    watched, fraud = thirty_days
    told = watched.document(watched.look(30))
    assert (told["expected"]["latest"]["rows"], told["expected"]["waiting"]["rows"]) == (1000, 10 * 400)
    waiting = told["expected"]["waiting"]["estimates"]["frauds"]
    assert waiting["low"] <= fraud[20 * 400 :].sum() <= waiting["high"]


def test_cohorts_the_shadow_and_the_traffic_are_in_the_document(thirty_days: tuple[Watched, np.ndarray]) -> None:
    watched, _ = thirty_days
    measured = watched.look(30)
    told = watched.document(measured)
    ages = {(each["youngest"], each["oldest"]): each["performance"] for each in told["by_age"]}
    assert ages[0, 7] is None
    assert ages[14, 30]["decisions"] > 0
    assert told["paired"]["2"]["disagreements"] == 0
    assert told["paired"]["2"]["cost_difference"]["estimate"] == 0
    assert told["traffic"]["version"] == "1"
    assert len(told["traffic"]["windows"]) > 2
    assert measured.episode is None
    assert str(measured.uri).startswith(f"s3://loop/{MEASURED}{MODEL}/20260331T000000Z-look")


def test_without_a_champion_there_is_nothing_to_measure() -> None:
    watched = Watched()
    watched.tracking.set_alias(MODEL, "champion", None)
    measured = watched.look(1)
    assert (measured.version, measured.uri) == (None, None)
    assert not watched.store.objects


def test_a_champion_that_has_decided_nothing_is_measured_as_such() -> None:
    watched = Watched()
    measured = watched.look(1)
    told = watched.document(measured)
    assert (measured.counted, measured.cost, measured.excess, measured.champion_days) == (0, None, None, 0)
    assert told["expected"]["latest"]["estimates"] is None
    assert "No label has been received yet" in str(measured.labels_missing)


def test_labels_that_stopped_arriving_are_told_and_nothing_counts_since() -> None:
    watched = Watched()
    fraud = watched.live(range(15))
    watched.live(range(15, 40), labels=False)
    measured = watched.look(40)
    told = watched.document(measured)
    assert fraud.sum()
    assert "No label has been received for 21 days" in str(measured.labels_missing)
    # The last label came on day 19: what was decided in the ten days before it is not complete.
    assert measured.counted == 9 * 400
    assert told["labels"]["unheard"] == 21 * 400
    assert told["labels"]["overdue_since"] == (START + 19 * DAY + DAY / 800).isoformat()


def test_a_broken_column_is_an_episode_and_nothing_is_estimated() -> None:
    watched = Watched()
    watched.live(range(12))
    for day in range(12, 16):
        watched.decide(day, rows(400, 100 + day).assign(b=None))
    measured = watched.look(16)
    told = watched.document(measured)
    assert measured.episode is not None
    assert (measured.episode.kind, measured.episode.id) == ("broken", told["traffic"]["broken"]["id"])
    assert told["expected"]["latest"]["estimates"] is None
    assert "'b'" in told["expected"]["latest"]["not_known"]


def test_traffic_outside_of_what_the_champion_knew_is_not_estimated() -> None:
    watched = Watched()
    watched.live(range(5))
    for day in range(5, 15):
        X = rows(400, 100 + day)
        watched.decide(day, X.assign(b=X["b"] + 4, c=X["c"] - 4))
    measured = watched.look(15)
    told = watched.document(measured)
    assert measured.episode is not None
    assert measured.episode.kind == "shifted"
    assert told["expected"]["latest"]["estimates"] is None
    assert "can't be known without labels" in told["expected"]["latest"]["not_known"]


def test_without_a_reference_the_rest_is_measured() -> None:
    watched = Watched(reference=False)
    watched.live(range(20))
    measured = watched.look(20)
    told = watched.document(measured)
    assert told["traffic"] is None
    assert "reference profile" in told["expected"]["latest"]["not_known"]
    assert told["realised"]["1"]["worth"] is not None
    assert measured.trained_frauds == 0


def test_blocked_alarms_are_unknown_by_default() -> None:
    watched = Watched(settings=LoopSettings(label_delay_days=10))
    watched.live(range(20))
    told = watched.document(watched.look(20))
    assert told["labels"]["unknown_alarms"] > 0
    assert told["realised"]["1"]["unknown"] == told["labels"]["unknown_alarms"]


def test_metrics_are_of_1000_decisions_and_absent_where_nothing_is_known(
    thirty_days: tuple[Watched, np.ndarray],
) -> None:
    watched, _ = thirty_days
    watched.monitoring.pushed.clear()
    told = watched.document(watched.look(30))
    known = {each.metric.name: each.value for each in _pushed(watched) if "kind" not in each.labels}
    worth = told["realised"]["1"]["worth"]
    assert known[metrics.REALISED_COST.name] == pytest.approx(worth["cost"]["estimate"] / 8)
    assert known[metrics.EXPECTED_COST.name] == told["expected"]["latest"]["estimates"]["cost"]["estimate"]
    assert known[metrics.COUNTED.name] == 8000
    assert known[metrics.LABEL_BACKLOG.name] == 0
    assert metrics.LABELS_OVERDUE.name not in known
    few = Watched()
    few.decide(0, rows(100, 1))
    few.look(1)
    names = {each.metric.name: each.value for each in _pushed(few)}
    assert names[metrics.EXPECTED_KNOWN.name] == 0
    assert not {metrics.REALISED_COST.name, metrics.EXPECTED_COST.name, metrics.LABELS_HEARD.name} & set(names)


def test_monitoring_that_is_down_fails_no_look() -> None:
    watched = Watched()
    watched.monitoring.down = True
    assert "could not be reached" in watched.look(1).monitoring


def test_an_open_episode_is_a_metric_of_its_kind() -> None:
    watched = Watched()
    for day in range(4):
        watched.decide(day, rows(400, 100 + day).assign(b=None))
    watched.look(4)
    kinds = {each.labels["kind"]: each.value for each in _pushed(watched) if each.metric == metrics.EPISODE_OPEN}
    assert kinds == {"shifted": 0, "broken": 1}


def _pushed(watched: Watched) -> list[Sample]:
    return [each for group, _ in watched.monitoring.pushed for each in group]


def test_frauds_that_a_training_has_seen_are_not_fresh() -> None:
    watched = Watched()
    fraud = watched.live(range(30))
    lineage = TrainingLineage(
        model=MODEL,
        decision="d",
        execution=THEN,
        at=START.isoformat(),
        champion="1",
        upload_uri="s3://uploads/loop/d.parquet",
        digest="0",
        window="all",
        label_delay_days=10,
        heard_until=None,
        decided_from=START.isoformat(),
        gate_from=START.isoformat(),
        decided_until=(START + 12 * DAY).isoformat(),
        earlier_uri=None,
        earlier_rows=0,
        training_rows=1,
        gate_rows=1,
        frauds=1,
        decision_parts=[],
        label_parts=[],
        settings={},
        notes=[],
    )
    watched.store.write(f"s3://loop/{TRAINING}{MODEL}/d-0.json", lineage.to_json(), "application/json")
    assert watched.look(30).fresh_frauds == fraud[12 * 400 : 20 * 400].sum()


def test_a_champion_is_as_old_as_its_last_promotion() -> None:
    watched = Watched()
    watched.live(range(3))
    assert watched.look(3).champion_days == pytest.approx(3, abs=0.01)
    journal = LoopJournal(watched.store, "loop")
    moves = ((1.0, "1"), (1.5, "2"), (2.0, "1"))
    for day, version in moves:
        entry = JournalEntry(
            model=MODEL, at=START + day * DAY, action="promote", by="person", reason="Chosen.", champion=version
        )
        journal.write(entry)
    assert watched.look(3).champion_days == pytest.approx(1)
