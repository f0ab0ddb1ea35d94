"""The trial of a version that the loop has trained begins with the gate: no decision that it was trained on counts."""

import datetime as dt
import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from functions.contracts import Execution
from functions.contracts.loop_states import JudgedVersions, JudgeVersionsInput, MeasuredLoop, WatchRequest
from functions.feedback.outcome_reading import read_outcomes
from functions.judge_versions import step
from functions.judge_versions.retrospect import with_retrospect
from functions.loop_settings import LoopSettings
from functions.run import served_model, verdicts
from functions.run.watch_dependencies import TrafficWatchDependencies
from tests.fakes import PSEUDONYM_KEY
from tests.unit.steps.gathered import BEGAN, MODEL, NOW, Circle

KEPT = f"s3://loop/backfilled/{MODEL}/2.parquet"


type Facts = list[dict[str, object]]


@pytest.fixture(scope="module")
def lived() -> tuple[Circle, Facts]:
    """A champion with 90 days of decisions, with their transactions, and a challenger that was trained on some."""
    circle = Circle()
    circle.train()
    # Of other decisions, a challenger may be a false alarm short of its gate, and is then tried by nobody.
    table = circle.decide(900, seed=2, days=99)
    circle.label()
    run = circle.retrain(circle.gather())
    assert run.registration.alias == "challenger"
    return circle, json.loads(table.drop(columns="is_fraud").to_json(orient="records"))


@pytest.fixture
def circle(lived: tuple[Circle, Facts]) -> Circle:
    return deepcopy(lived[0])


def dependencies(circle: Circle) -> TrafficWatchDependencies:
    return TrafficWatchDependencies(
        files=replace(circle.world.files, bucket="loop"),
        tracking=circle.world.tracking,
        monitoring=None,
        now=lambda: circle.now,
        model=MODEL,
        settings=LoopSettings.model_validate(circle.settings),
        decisions_bucket="decisions",
        runs_bucket="runs",
    )


def gate_from(circle: Circle) -> dt.datetime:
    (lineage,) = (body for key, body in circle.world.store.objects.items() if key.startswith("s3://loop/training/"))
    return dt.datetime.fromisoformat(json.loads(lineage)["gate_from"])


def judge(circle: Circle) -> JudgedVersions:
    event = JudgeVersionsInput(
        execution=Execution(arn="arn:look", name="look", started_at="2026-06-09T00:00:00Z"),
        request=WatchRequest(),
        measured=MeasuredLoop(model=MODEL, version="1"),
    )
    return step.run(event, dependencies(circle))


def test_all_decisions_since_the_gate_began_are_scored_as_the_challenger_scores_them(
    circle: Circle, lived: tuple[Circle, Facts]
) -> None:
    decided = read_outcomes(
        circle.world.store, "decisions", "loop", model=MODEL, first=BEGAN.date(), last=NOW.date()
    ).outcomes
    shadow = with_retrospect(MODEL, "2", decided, {}, dependencies(circle))["2"]
    since = np.array([each.at >= gate_from(circle) for each in circle.decisions])
    assert 0 < since.sum() < len(since)
    np.testing.assert_array_equal(shadow.known, since)
    version = circle.world.tracking.version(MODEL, version="2")
    assert version is not None
    model = served_model.load(circle.world.tracking, version)
    live = verdicts.judge(model, lived[1], [0] * len(lived[1]), PSEUDONYM_KEY.encode())
    np.testing.assert_allclose(shadow.score[since], np.array([each.score for each in live])[since], atol=1e-12)
    assert (shadow.threshold[since] == model.scorer.threshold).all()


def test_it_is_done_once_and_what_the_service_scores_since_stands_first(circle: Circle) -> None:
    decided = read_outcomes(
        circle.world.store, "decisions", "loop", model=MODEL, first=BEGAN.date(), last=NOW.date()
    ).outcomes
    first = with_retrospect(MODEL, "2", decided, {}, dependencies(circle))["2"]
    kept = circle.world.store.objects[KEPT]
    live = replace(first, score=np.where(np.arange(len(decided)) >= len(decided) - 3, 0.125, np.nan))
    again = with_retrospect(MODEL, "2", decided, {"2": live}, dependencies(circle))["2"]
    assert circle.world.store.objects[KEPT] is kept
    assert again.score[-3:].tolist() == [0.125] * 3
    np.testing.assert_array_equal(again.score[:-3], first.score[:-3])


def test_the_trial_begins_with_the_decisions_of_the_gate(circle: Circle) -> None:
    judged = judge(circle)
    assert judged.challenger == "2"
    assert judged.uri is not None
    metrics = json.loads(circle.world.store.objects[judged.uri])["trial"]["metrics"]
    counted = [each for each in circle.decisions if gate_from(circle) <= each.at <= NOW - dt.timedelta(days=30)]
    assert metrics["decisions"] == len(counted)


def test_a_challenger_of_an_uploaded_file_begins_with_its_shadow_scores(circle: Circle) -> None:
    for upload in [each for each in circle.world.store.objects if each.startswith("s3://uploads/")]:
        del circle.world.store.objects[upload]
    judged = judge(circle)
    assert judged.trial == "running"
    assert "counts yet" in judged.reason
    assert KEPT not in circle.world.store.objects
