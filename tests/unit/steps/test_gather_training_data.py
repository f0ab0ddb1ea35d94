"""GatherTrainingData: what counted decisions teach, and nothing else."""

import datetime as dt
import io
import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from functions.core.data.tables import from_parquet
from functions.core.errors import NoSuchVersionError, TooFewFraudsError, UnreadableRecordError
from functions.core.loop.drift_episodes import DriftSequence, Episode
from tests.unit.steps.gathered import BEGAN, MODEL, NOW, Circle

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def lived() -> Circle:
    """A champion with 90 days of decisions, of which those of the last 30 days do not count yet."""
    circle = Circle()
    circle.train()
    circle.decide(900, days=99)
    circle.label()
    return circle


@pytest.fixture
def circle(lived: Circle) -> Circle:
    return deepcopy(lived)


def lineage(circle: Circle, uri: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(circle.world.store.objects[uri])
    return told


def uploaded(circle: Circle, uri: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(circle.world.store.objects[uri]))


def test_the_main_machine_trains_on_it_and_the_version_runs_in_shadow(circle: Circle) -> None:
    gathered = circle.gather()
    run = circle.retrain(gathered)
    assert run.loaded.dataset.digest == gathered.digest
    assert (run.loaded.dataset.rows, run.loaded.dataset.frauds) == (gathered.rows, gathered.frauds)
    assert run.settings.promotion == "shadow"
    told = lineage(circle, gathered.lineage_uri)
    assert run.splits.counts["test"].rows == told["gate_rows"]
    assert run.registration.alias == "challenger"
    assert run.registration.champion == "1"


def test_the_next_model_reads_rows_as_the_champion_does(circle: Circle) -> None:
    """Its columns were written with days before months and decimal commas, which decisions do not show any more."""
    first = from_parquet(circle.world.store.objects["s3://runs/first/dataset.parquet"])
    run = circle.retrain(circle.gather())
    second = from_parquet(circle.world.store.objects["s3://runs/second/dataset.parquet"])
    assert run.loaded.dataset.positive_label == "fraud"
    assert second.formats == first.formats
    assert (second.kinds, second.roles) == (first.kinds, first.roles)
    assert second.formats["paid_at"]["layout"] == "dmy"
    assert second.X["card"].str.startswith("h:").all()
    assert set(second.X["card"]) == set(first.X["card"])


def test_nothing_is_learnt_from_a_decision_whose_label_could_not_have_matured(circle: Circle) -> None:
    """Frauds of yesterday are labelled already; to train on these alone would be to train on early frauds."""
    circle.label(after=dt.timedelta(hours=1))
    told = lineage(circle, circle.gather().lineage_uri)
    assert told["decided_until"] <= (NOW - 30 * DAY).isoformat()
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    assert told["training_rows"] + told["gate_rows"] == len(counted)


def test_where_labels_stopped_arriving_silence_is_no_label(circle: Circle) -> None:
    del circle.world.store.objects[next(key for key in circle.world.store.objects if key.endswith("/last.parquet"))]
    told = lineage(circle, circle.gather().lineage_uri)
    heard = max(each.at for each in circle.decisions) + 20 * DAY
    assert told["decided_until"] <= (heard - 30 * DAY).isoformat()


def test_labels_are_those_that_are_known_by_now_and_silence_of_a_passed_one_is_honest(circle: Circle) -> None:
    gathered = circle.gather()
    told = lineage(circle, gathered.lineage_uri)
    rows = uploaded(circle, gathered.upload_uri).iloc[told["earlier_rows"] :]
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    assert (rows["is_fraud"] == "fraud").tolist() == [circle.truth[each.transaction_id] == 1 for each in counted]
    assert rows["a"].tolist() == [each.features["a"] for each in counted]


def test_the_gate_is_decided_later_than_all_that_is_trained_on(circle: Circle) -> None:
    gathered = circle.gather()
    told = lineage(circle, gathered.lineage_uri)
    run = circle.retrain(gathered)
    test = from_parquet(circle.world.store.objects[run.splits.uris["test"]])
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    gate = [each for each in counted if each.at.isoformat() >= told["gate_from"]]
    assert test.X["a"].tolist() == [each.features["a"] for each in gate]
    assert test.frauds >= 10


@pytest.mark.parametrize("window", ["all", "sliding", "since_drift"])
def test_the_champions_own_rows_are_trained_on_with_all_decisions_only(circle: Circle, window: str) -> None:
    circle.settings |= {"training_window": window, "training_window_days": 30}
    if window == "since_drift":
        since = int((BEGAN + 30 * DAY).timestamp() * 1e6)
        episode = Episode(id="1-2", kind="shifted", since=since, opened_at=since + 1, peak=0.5)
        kept = DriftSequence(version="1", until=since + 1, shift=episode)
        circle.world.store.objects[f"s3://loop/drift/{MODEL}.json"] = kept.model_dump_json().encode()
    gathered = circle.gather()
    told = lineage(circle, gathered.lineage_uri)
    assert told["earlier_rows"] == (600 if window == "all" else 0)
    assert told["earlier_uri"] == ("s3://runs/first/dataset.parquet" if window == "all" else None)
    first = dt.datetime.fromisoformat(told["decided_from"])
    assert first >= {"all": BEGAN, "sliding": NOW - 60 * DAY, "since_drift": BEGAN + 30 * DAY}[window] - DAY
    assert gathered.rows == told["earlier_rows"] + told["training_rows"] + told["gate_rows"]


def test_what_was_decided_while_a_column_was_broken_is_left_out(circle: Circle) -> None:
    since, until = (int((BEGAN + days * DAY).timestamp() * 1e6) for days in (20, 30))
    broken = Episode(id="1-1", kind="broken", since=since, opened_at=since + 1, closed_at=until, peak=1.0)
    kept = DriftSequence(version="1", until=until, past=(broken,))
    circle.world.store.objects[f"s3://loop/drift/{MODEL}.json"] = kept.model_dump_json().encode()
    told = lineage(circle, circle.gather().lineage_uri)
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    during = [each for each in counted if BEGAN + 20 * DAY < each.at <= BEGAN + 30 * DAY]
    assert during
    assert told["training_rows"] + told["gate_rows"] == len(counted) - len(during)


def test_rows_of_the_champion_that_are_gone_are_said_to_be(circle: Circle) -> None:
    del circle.world.store.objects["s3://runs/first/dataset.parquet"]
    gathered = circle.gather()
    assert gathered.notes == [
        "The rows that were trained on before there were decisions are gone (s3://runs/first/dataset.parquet)."
    ]
    assert lineage(circle, gathered.lineage_uri)["earlier_rows"] == 0


def test_a_champion_of_the_loop_is_retrained_on_each_decision_once(circle: Circle) -> None:
    run = circle.retrain(circle.gather())
    assert run.registration
    assert run.log
    circle.world.tracking.aliases[(MODEL, "champion")] = run.registration.version
    for key in [each for each in circle.world.store.objects if each.endswith("/dataset.parquet")]:
        del circle.world.store.objects[key]  # as after 90 days
    gathered = circle.gather("look-2")
    again = lineage(circle, gathered.lineage_uri)
    assert again["champion"] == "2"
    assert again["earlier_uri"] == f"s3://uploads/loop/{MODEL}/look-1.parquet"
    assert again["digest"] == run.loaded.dataset.digest
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    assert again["training_rows"] + again["gate_rows"] == len(counted)


def test_what_was_uploaded_stays_when_the_state_is_retried(circle: Circle) -> None:
    first = circle.gather()
    body = circle.world.store.objects[first.upload_uri]
    circle.now = NOW + 10 * DAY
    circle.hear()
    assert circle.gather() == first
    assert circle.world.store.objects[first.upload_uri] is body
    assert circle.gather("look-2").rows > first.rows


def test_the_lineage_names_each_part_that_was_read(circle: Circle) -> None:
    told = lineage(circle, circle.gather().lineage_uri)
    days = {each.at.date().isoformat() for each in circle.decisions if each.at <= NOW - 30 * DAY}
    assert told["decision_parts"] == sorted(f"date={day}/p.parquet" for day in days)
    assert len(told["label_parts"]) == 2
    assert told["settings"]["split"] == "last_rows"


def test_decisions_of_other_columns_are_left_out_and_it_is_said(circle: Circle) -> None:
    before = circle.gather("look-0")
    day = [each for each in circle.decisions if each.at <= NOW - 30 * DAY][100].at.date()
    gone = sum(each.at.date() == day for each in circle.decisions)
    circle.decisions = [
        replace(each, features={}, version="0") if each.at.date() == day else each for each in circle.decisions
    ]
    circle.write_parts()
    gathered = circle.gather()
    assert gathered.rows == before.rows - gone
    assert gathered.notes == [f"{gone} decisions of versions that read other columns left out."]


def test_too_few_frauds_and_a_model_without_a_champion_are_said(circle: Circle) -> None:
    circle.now = BEGAN + 34 * DAY
    with pytest.raises(TooFewFraudsError, match="wait for more labels"):
        circle.gather()
    circle.world.tracking.aliases.clear()
    with pytest.raises(NoSuchVersionError, match="has no champion any more"):
        circle.gather()


def test_the_run_of_an_earlier_release_tells_the_target_and_the_costs_only(circle: Circle) -> None:
    del circle.world.tracking.runs["run-of-first"].artifacts["trained_on.json"]
    gathered = circle.gather()
    settings = lineage(circle, gathered.lineage_uri)["settings"]
    assert (settings["target"], settings["positive_label"]) == ("is_fraud", "fraud")
    assert settings["cost_false_alarm"] == 20.0
    assert settings["time_column"] == "paid_at"
    assert gathered.notes == ["The champion's run, of an earlier release, does not say where its rows are."]


def test_a_run_that_tells_nothing_is_said_to() -> None:
    circle = Circle()
    circle.train()
    circle.world.tracking.runs["run-of-first"].artifacts["trained_on.json"] = b'{"target": "is_fraud"}'
    with pytest.raises(UnreadableRecordError, match=r"trained_on.json of 'fraud-detector' version 1"):
        circle.gather()


def test_labelled_alarms_are_learnt_from_also_where_some_are_let_through_to_explore(circle: Circle) -> None:
    """Metrics leave them out then, as those who label choose which; a model would forget what it blocks."""
    circle.decisions = [
        replace(each, pass_chance=0.1 if each.decision == "alarm" else 1.0) for each in circle.decisions
    ]
    circle.write_parts()
    told = lineage(circle, circle.gather().lineage_uri)
    counted = [each for each in circle.decisions if each.at <= NOW - 30 * DAY]
    assert any(each.decision == "alarm" for each in counted)
    assert told["training_rows"] + told["gate_rows"] == len(counted)
