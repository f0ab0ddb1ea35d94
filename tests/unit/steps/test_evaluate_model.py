"""EvaluateModel: figures of the test split, worked out again from what it leaves."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.metrics import average_precision_score

from functions.core.data.tables import from_parquet
from functions.core.evaluation.measurement import Measurement
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.persistence import dump_model, load_model
from functions.core.training.raw_input import without_reading
from tests.runs import Run
from tests.tables import frame


def measured(run: Run) -> Measurement:
    found: Measurement = TypeAdapter(Measurement).validate_json(run.read("evaluation.json"))
    return found


def test_the_figures_are_those_of_the_registered_model_on_the_test_split(first: Run) -> None:
    test = from_parquet(first.read("test.parquet"))
    model = load_model(first.read("model.skops"))
    scores = model.predict_proba(test.X)[:, 1]
    table = pd.read_parquet(io.BytesIO(first.read("test_scores.parquet")))
    np.testing.assert_allclose(table["score"], scores, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(table["label"], test.y)
    flagged, y = model.predict(test.X) == 1, test.y.to_numpy() == 1
    cost = 100 * (y & ~flagged).sum() + 20 * (~y & flagged).sum()
    impact = first.evaluation.impact
    assert impact.total_cost == cost
    assert impact.cost_of_doing_nothing == 100 * y.sum()
    assert impact.cost_without_model == min(100 * y.sum(), 20 * (~y).sum())
    assert impact.cost_of_alarming_on_everything == 20 * (~y).sum()
    assert impact.cost_at_half == 100 * (y & (scores < 0.5)).sum() + 20 * (~y & (scores >= 0.5)).sum()
    assert impact.return_on_operation == pytest.approx((min(100 * y.sum(), 20 * (~y).sum()) - cost - 50) / 50)
    metrics = first.evaluation.metrics
    assert metrics["test_average_precision"] == pytest.approx(average_precision_score(y, scores))
    interval = first.evaluation.intervals["average_precision"]
    assert interval.low <= metrics["test_average_precision"] <= interval.high


def test_the_threshold_is_that_of_the_file_that_is_registered() -> None:
    run = Run(frame(600), rotate_validation=False)
    threshold = run.model.threshold / 2
    chosen = without_reading(load_model(run.read("model.skops")))
    run.world.store.objects[run.model.uri] = dump_model(FlaggingClassifier(chosen.scorer, threshold))
    assert run.evaluation.threshold == threshold
    table = pd.read_parquet(io.BytesIO(run.read("test_scores.parquet")))
    alarms = ((table["label"] == 0) & (table["score"] >= threshold)).sum()
    assert run.evaluation.metrics["false_alarms_count"] == alarms
    [candidate] = measured(run).candidates
    assert candidate.false_alarms == alarms


def test_what_other_thresholds_would_have_come_to_is_told(first: Run) -> None:
    table = pd.read_parquet(io.BytesIO(first.read("test_scores.parquet")))
    y, trade_offs = table["label"] == 1, first.evaluation.trade_offs
    assert trade_offs.policies.keys() == first.model.thresholds.keys()
    for policy, point in trade_offs.policies.items():
        flagged = table["score"] >= first.model.thresholds[policy]
        assert (point.frauds_missed, point.false_alarms) == ((y & ~flagged).sum(), (~y & flagged).sum())
    assert trade_offs.policies["cost"].cost == first.evaluation.impact.total_cost
    assert trade_offs.within_alarm_budget.false_alarms <= trade_offs.alarm_budget
    assert trade_offs.under_miss_limit.frauds_missed < trade_offs.miss_limit


def test_what_the_ensemble_blends_is_read_as_a_part_of_it() -> None:
    run = Run(frame(600), candidates=("lightgbm", "logistic_regression", "ensemble"), rotate_validation=False)
    [ensemble] = [each for each in run.model.candidates if each.algorithm == "ensemble"]
    assert ensemble.blended
    for each in run.model.candidates:
        if each.algorithm in ensemble.blended:
            del run.world.store.objects[each.uri]
    assert run.evaluation
    assert [each.algorithm for each in measured(run).candidates] == list(run.settings.candidates)


def test_every_candidate_is_measured_and_the_selected_one_marked(first: Run) -> None:
    test = from_parquet(first.read("test.parquet"))
    results = measured(first).candidates
    assert [each.algorithm for each in results] == ["lightgbm", "logistic_regression", "ensemble"]
    assert [each.algorithm for each in results if each.chosen] == [first.model.algorithm]
    for result, candidate in zip(results, first.model.candidates, strict=True):
        scores = load_model(first.read(f"{candidate.algorithm}.skops")).predict_proba(test.X)[:, 1]
        assert result.average_precision.estimate == pytest.approx(average_precision_score(test.y, scores))
        assert result.frauds_missed == ((test.y == 1) & (scores < candidate.threshold)).sum()
        assert result.false_alarms == ((test.y == 0) & (scores >= candidate.threshold)).sum()
        assert result.seconds == candidate.seconds


@pytest.mark.thorough
def test_the_reference_has_the_scores_of_rows_that_no_part_has_seen(first: Run) -> None:
    reference, training = (json.loads(first.read(f"{name}.json")) for name in ("reference", "training_profile"))
    rows = first.splits.counts["test"].rows
    assert training["scores"] != reference["scores"]
    assert {name: value for name, value in training.items() if name != "scores"} == {
        name: value for name, value in reference.items() if name != "scores"
    }
    assert sum(reference["scores"]["counts"]) <= rows


def test_amounts_price_the_missed_frauds() -> None:
    run = Run(frame(600).assign(amount=lambda rows: rows["amount"].abs() * 100), cost_missed_fraud_column="amount")
    test = from_parquet(run.world.files.read(run.splits.uris["test"]))
    impact = run.evaluation.impact
    assert impact.cost_of_doing_nothing == pytest.approx(test.X["amount"][test.y == 1].sum())
    flagged = load_model(run.read("model.skops")).predict(test.X) == 1
    assert impact.lost_to_missed_frauds == pytest.approx(test.X["amount"][(test.y == 1) & ~flagged].sum())
    table = pd.read_parquet(io.BytesIO(run.read("test_scores.parquet")))
    np.testing.assert_array_equal(table["amount"], test.X["amount"].where(test.y == 1, 0.0))


@pytest.mark.thorough
def test_without_a_stated_cost_of_operation_there_is_no_return_on_it(second: Run) -> None:
    assert second.evaluation.impact.return_on_operation is None
