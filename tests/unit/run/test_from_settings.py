"""A run's settings are read in one way by all the steps."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.data.tables import LabelledTable
from functions.core.evaluation.costs import Costs
from functions.core.features.plan import FeatureSettings
from functions.run import from_settings
from functions.settings import RunSettings, ThresholdPolicy
from tests.tables import transactions


def table() -> LabelledTable:
    made = transactions(300)
    return LabelledTable(made.X.assign(amount=made.X["amount"].abs()), made.y, made.kinds)


def test_prices_and_features_are_those_that_were_named() -> None:
    settings = RunSettings(cost_missed_fraud=7, cost_false_alarm=3, amount_column="amount", seconds_column="second")
    assert from_settings.costs(settings) == Costs(missed_fraud=7, false_alarm=3)
    rows = replace(table(), roles={"amount": "amount"})
    assert from_settings.features(settings, rows) == FeatureSettings(
        amount="amount", seconds="second", entity=None, time=None, roles={"amount": "amount"}
    )


def test_a_price_column_prices_frauds_alone() -> None:
    rows = table()
    assert from_settings.amounts(RunSettings(), rows) is None
    prices = from_settings.amounts(RunSettings(cost_missed_fraud_column="amount"), rows)
    np.testing.assert_array_equal(prices, np.where(rows.y == 1, rows.X["amount"], 0.0))


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        (RunSettings(), 2),
        (RunSettings(rotate_validation=False), 1),
        (RunSettings(split="time", time_column="amount"), 1),
    ],
    ids=["rotated", "not rotated", "by time"],
)
def test_folds_rotate_unless_they_must_not(settings: RunSettings, count: int) -> None:
    rows = table()
    is_validation = rows.y.index.to_series() % 2 == 0
    training, validation = rows.take(~is_validation), rows.take(is_validation)
    folds = from_settings.folds(settings, training, validation)
    assert folds.count == count
    np.testing.assert_array_equal(folds.fold, from_settings.folds(settings, training, validation).fold)


@pytest.mark.parametrize("policy", ["cost", "f1", "precision_at_recall"])
def test_the_threshold_is_chosen_by_the_policy_of_the_run_unless_another_is_named(policy: ThresholdPolicy) -> None:
    rows = table()
    scores = np.random.default_rng(0).random(300)
    by_run = from_settings.threshold(RunSettings(threshold=policy, min_recall=0.6), rows, scores)
    named = from_settings.threshold(RunSettings(min_recall=0.6), rows, scores, policy=policy)
    assert by_run == named
    assert by_run.policy == policy
    if policy == "precision_at_recall":
        assert by_run.confusion.recall >= 0.6
