"""Importances tell what a model relies on, at the true share of frauds, at a bounded cost."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from functions.core import importances
from functions.core.features import FeatureSettings
from functions.core.importances import explain
from functions.core.models import train


class Stranger:
    """A model that scores by one column and counts the rows that it was shown."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.shown = 0

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        self.shown += len(X)
        return np.column_stack((1 - X[self.column], X[self.column]))


def table(rows: int = 20_000, frauds: int = 100, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    y = pd.Series(np.arange(rows) < frauds, dtype="int8", name="fraud")
    X = pd.DataFrame({"told": rng.uniform(size=rows) + 0.9 * y, "noise": rng.uniform(size=rows), "same": 1.0})
    return X, y


def by_name(found: importances.Explained) -> dict[str, float]:
    assert found.left_out is None
    return {each.feature: each.mean for each in found.features if each.mean is not None}


def test_what_the_model_goes_by_is_important_and_nothing_else_is() -> None:
    X, y = table()
    found = explain(Stranger("told"), X, y, seed=1).features
    assert found[0].feature == "told"
    assert found[0].mean > 0.1
    assert found[0].std > 0
    assert [each.mean for each in found[1:]] == [0.0, 0.0]


@pytest.mark.parametrize("frauds", [100, 12_000])
def test_the_fall_is_that_of_all_rows_although_few_are_looked_at(frauds: int) -> None:
    X, y = table(40_000, frauds)
    found = [by_name(explain(Stranger("told"), X, y, seed=seed))["told"] for seed in range(10)]
    # Shuffled, a feature ranks at random: the share of frauds is left.
    expected = average_precision_score(y, X["told"]) - frauds / len(y)
    assert np.mean(found) == pytest.approx(expected, rel=0.05)


def test_the_same_seed_gives_the_same_importances_and_another_one_others() -> None:
    X, y = table()
    first, again, other = (explain(Stranger("told"), X, y, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("columns", [1, 100])
def test_the_rows_that_are_scored_are_bounded_whatever_the_table(columns: int) -> None:
    X, y = table(30_000, 15_000)
    wide = pd.concat([X[["told"]], *(X["noise"].rename(f"noise {number}") for number in range(columns - 1))], axis=1)
    model = Stranger("told")
    explain(model, wide, y, seed=1)
    assert model.shown <= importances.MAX_SCORED + importances.MAX_ROWS


def test_a_small_table_is_looked_at_whole_and_left_as_it_is() -> None:
    X, y = table(60, 6)
    model = Stranger("told")
    explain(model, X, y, seed=1)
    assert model.shown == 60 * (1 + 2 * importances.REPEATS)
    pd.testing.assert_frame_equal(X, table(60, 6)[0])


def test_a_column_that_features_are_made_of_is_important_by_them() -> None:
    rng = np.random.default_rng(0)
    card = rng.integers(0, 60, 2_000)
    y = pd.Series(np.arange(2_000) % 20 == 0, dtype="int8", name="fraud")
    X = pd.DataFrame({"card": pd.Series(card).map("card {}".format).astype("str"), "day": np.arange(2_000.0)})
    X["amount"] = np.exp(card / 10) * rng.lognormal(0, 0.2, 2_000) * (1 + 3 * y)
    features = FeatureSettings(amount="amount", entity="card", time="day")
    kinds = {"card": "categorical", "day": "numeric", "amount": "numeric"}
    model = train(X[:1_500], y[:1_500], algorithm="lightgbm", kinds=kinds, seed=1, features=features)
    found = by_name(explain(model, X[1_500:], y[1_500:], seed=1))
    assert found["card"] > 0.3
    assert found["amount"] > 0.3
