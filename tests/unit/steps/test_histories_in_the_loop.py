"""The loop and history columns: what decisions were told of the past stands in the log, and runs compute their own."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from functions.core.data.tables import from_parquet
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.ingest.spelling import ColumnFormat
from functions.core.loop.outcomes import ShadowScores
from functions.core.scoring.input_rows import InputColumn, InputRows
from functions.core.scoring.scorer import Scorer
from functions.feedback.outcome_reading import read_outcomes
from functions.judge_versions.retrospect import with_retrospect
from functions.run import served_model
from functions.run.served_model import ServedModel
from tests.unit.steps.gathered import BEGAN, MODEL, NOW, Circle
from tests.unit.steps.test_retrospect import dependencies

PAST = "card_count_1h"
PLAN = HistoryPlan("paid_at", 1.0, "amount", None, (0, 6), 1_000, (HistoryColumn(PAST, "card", "count", 3_600),))


class PastScorer(Scorer):
    """Scores a hundredth of what the card did before."""

    def scores(self, rows: InputRows) -> np.ndarray:
        return np.asarray(rows.columns[self.columns[-1].name]) / 100


@pytest.fixture(scope="module")
def lived() -> Circle:
    """A champion with decisions that were told of the past, and a challenger."""
    circle = Circle()
    circle.train()
    circle.decide(900, days=99)
    version = circle.world.tracking.version(MODEL, version="1")
    assert version is not None
    artifacts = circle.world.tracking.runs[version.run_id].artifacts
    profile = json.loads(artifacts["reference.json"])
    artifacts["reference.json"] = json.dumps({**profile, "histories": PLAN.document()}).encode()
    for place, each in enumerate(circle.decisions):
        circle.decisions[place] = replace(each, features={**each.features, PAST: float(place % 9)})
    circle.write_parts()
    circle.label()
    assert circle.retrain(circle.gather()).registration.alias == "challenger"
    return circle


@pytest.fixture
def circle(lived: Circle) -> Circle:
    return deepcopy(lived)


def remembering(monkeypatch: pytest.MonkeyPatch, name: str = PAST, plan: HistoryPlan = PLAN) -> None:
    """Have versions loaded as models that have a history column, too."""
    load: Callable[..., ServedModel] = served_model.load

    def loaded(*args: Any, **options: Any) -> ServedModel:  # noqa: ANN401 - what the real one takes
        model = load(*args, **options)
        columns = [*model.scorer.columns, InputColumn(name, ColumnFormat("numeric"), past=True)]
        own = replace(plan, columns=(replace(plan.columns[0], name=name),))
        return replace(model, scorer=PastScorer(columns, 0.5, model.scorer._model, own))

    monkeypatch.setattr(served_model, "load", loaded)


def looked_back(circle: Circle) -> ShadowScores:
    """Return what the challenger would have scored."""
    first, last = BEGAN.date(), NOW.date()
    decided = read_outcomes(circle.world.store, "decisions", "loop", model=MODEL, first=first, last=last).outcomes
    return with_retrospect(MODEL, "2", decided, {}, dependencies(circle))["2"]


def test_a_challenger_scores_decisions_by_the_past_that_was_known_then(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(monkeypatch)
    shadow = looked_back(circle)

    expected = np.array([float(each.features[PAST] or 0) / 100 for each in circle.decisions])
    assert shadow.known.sum() > 100
    np.testing.assert_array_equal(shadow.score[shadow.known], expected[shadow.known])


def test_a_challenger_with_histories_that_no_decision_was_told_of_begins_with_its_shadow_scores(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(monkeypatch, "card_count_7d")

    assert not looked_back(circle).known.any()


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, clock="sent_at"),
        replace(PLAN, unit=60.0),
        replace(PLAN, columns=(replace(PLAN.columns[0], entity="device"),)),
    ],
)
def test_a_column_of_the_same_name_that_means_something_else_is_none_that_decisions_were_told(
    other: HistoryPlan, circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(monkeypatch, plan=other)

    assert not looked_back(circle).known.any()


def test_what_decisions_were_told_by_a_version_whose_plan_is_gone_is_not_known(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(monkeypatch)
    for run in circle.world.tracking.runs.values():
        run.artifacts.pop("reference.json", None)

    assert not looked_back(circle).known.any()


def test_a_retraining_has_the_columns_of_files_and_leaves_histories_to_its_run(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering(monkeypatch, "card_count_7d")
    gathered = circle.gather("look-2")

    table = from_parquet(circle.world.store.objects[gathered.upload_uri])
    assert [name for name in map(str, table.X) if name.startswith("card")] == ["card"]
    assert not table.histories
    # None is lacking for a history column that it was never told.
    assert not [note for note in gathered.notes if "other columns" in note]
    counted = [each for each in circle.decisions if each.at <= circle.now - (NOW - BEGAN) * 0.3]
    assert gathered.rows == 600 + len(counted)


def test_the_loop_goes_round_with_a_champion_that_has_histories() -> None:
    circle = Circle()
    circle.train(histories={"windows": ["1h", "30d"], "aggregates": ["count", "mean"]})
    circle.decide(600, days=99)
    circle.label()
    gathered = circle.gather()
    run = circle.retrain(gathered)

    names = ["card_count_1h", "card_mean_1h", "card_count_30d", "card_mean_30d"]
    assert set(names) <= circle.decisions[0].features.keys()
    assert not set(names) & set(from_parquet(circle.world.store.objects[gathered.upload_uri]).X.columns)
    test = from_parquet(circle.world.store.objects[run.splits.uris["test"]]).X
    assert list(test.columns[-4:]) == names
    # Rows of the gate know the decisions before them, which the champion was told nothing of here.
    assert test["card_count_30d"].mean() > 1
    assert run.registration.alias == "challenger"
    assert gathered.notes == []
