"""Importances tell what a model relies on, at the true share of frauds, at a bounded cost."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from functions.core.data.tables import Kind
from functions.core.evaluation import importances
from functions.core.evaluation.contributions import contributions
from functions.core.evaluation.importances import ExplanationBudget, explain
from functions.core.features.daily_clocks import DAY
from functions.core.features.plan import FeatureSettings
from functions.core.training.blending import Blend
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.models import train
from tests.tables import transactions


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
    assert found[0].mean > 0.1  # type: ignore[operator]
    assert found[0].std > 0  # type: ignore[operator]
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


@pytest.mark.thorough
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
    seconds = rng.uniform(0, 100 * DAY, 2_000)
    y = pd.Series(np.mod(seconds, DAY) < DAY / 20, dtype="int8", name="fraud")
    X = pd.DataFrame({"at": seconds, "amount": rng.lognormal(4, 1, 2_000)})
    kinds: dict[str, Kind] = {"at": "numeric", "amount": "numeric"}
    features = FeatureSettings(seconds="at")
    model = train(X[:1_500], y[:1_500], algorithm="lightgbm", kinds=kinds, seed=1, features=features)
    found = by_name(explain(model, X[1_500:], y[1_500:], seed=1))
    assert found["at"] > 0.3
    assert found["amount"] < 0.1


class Clock:
    """Time that passes only when a model is asked: so many seconds a prediction."""

    def __init__(self, seconds: float, a_prediction: float) -> None:
        self.left, self._each = seconds, a_prediction

    def seconds_left(self) -> float:
        return self.left

    def watch(self, model: Stranger) -> Stranger:
        predict = model.predict_proba

        def timed(X: pd.DataFrame) -> np.ndarray:
            self.left -= self._each
            return predict(X)

        model.predict_proba = timed  # type: ignore[method-assign]
        return model


def wide_table(columns: int = 40) -> tuple[pd.DataFrame, pd.Series]:
    X, y = table(1_500, 300)
    rest = (X["noise"].rename(f"noise {number}") for number in range(columns - 1))
    return pd.concat([*rest, X["told"]], axis=1), y


def test_an_explanation_ends_within_its_time_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importances, "BATCH_CELLS", 1)  # a prediction a shuffle
    X, y = wide_table()
    clock = Clock(seconds=31, a_prediction=1)
    found = explain(clock.watch(Stranger("told")), X, y, seed=1, budget=ExplanationBudget(clock.seconds_left))
    shuffled = [each for each in found.features if each.mean is not None]
    # One prediction for the whole, three a feature; the last feature must leave half as long again.
    assert len(shuffled) == 9
    assert clock.left >= 0
    assert len(found.features) == 40
    assert found.left_out == (
        "Of 40 features 9 were shuffled, the first ones of the table, within the explanation's budget of time and "
        "memory; the others have no importance."
    )


def test_a_feature_has_the_same_figures_whatever_the_budget() -> None:
    X, y = wide_table(5)
    whole = by_name(explain(Stranger("told"), X, y, seed=1))
    [first] = (each for each in explain(Stranger("told"), X[["told"]], y, seed=1).features)
    assert whole["told"] > 0.1
    assert first.mean == pytest.approx(whole["told"], rel=0.2)
    narrow = explain(Stranger("told"), X, y, seed=1, budget=ExplanationBudget(bytes_left=1e9))
    assert by_name(narrow) == whole


def test_no_time_or_no_memory_leaves_an_empty_explanation_and_no_error() -> None:
    X, y = wide_table()
    for budget in (ExplanationBudget(lambda: -1.0), ExplanationBudget(bytes_left=100)):
        model = Stranger("told")
        found = explain(model, X, y, seed=1, budget=budget)
        assert {each.mean for each in found.features} == {None}
        assert found.left_out is not None
        assert found.left_out.startswith("None of 40 features was shuffled, for lack of time or memory")
        assert model.shown == 0


@pytest.mark.thorough
def test_predictions_are_as_large_as_the_memory_allows() -> None:
    X, y = wide_table()
    sizes: list[int] = []

    class Seen(Stranger):
        def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
            sizes.append(X.size)
            return super().predict_proba(X)

    explain(Seen("told"), X, y, seed=1)
    assert max(sizes) <= importances.BATCH_ROWS * 40
    several = max(sizes)
    sizes.clear()
    found = explain(Seen("told"), X, y, seed=1, budget=ExplanationBudget(bytes_left=1_500 * 40 * 128 + 1))
    assert found.left_out is None
    assert max(sizes) == 1_500 * 40 < several


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost", "logistic_regression"])
def test_a_model_is_asked_for_its_own_contributions_first(algorithm: str) -> None:
    rows = transactions(1_200)
    features = FeatureSettings(amount="amount")
    model = train(rows.X, rows.y, algorithm=algorithm, kinds=rows.kinds, seed=1, features=features)
    clock = Clock(seconds=1, a_prediction=0)
    found = explain(model, rows.X, rows.y, seed=1, budget=ExplanationBudget(clock.seconds_left, bytes_left=5 * 10**5))
    shares = {each.feature: each.share or 0.0 for each in found.features}
    assert list(shares)[:2] == ["a", "b"]
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == set(rows.X.columns)
    assert found.left_out == (
        "None of 5 features was shuffled, for lack of time or memory; the others have contributions (SHAP values) only."
    )


def test_a_blends_contributions_are_those_of_its_members_by_their_weights() -> None:
    rows = transactions(600)
    one, two = (
        CrossFitted([train(rows.X, rows.y, algorithm=name, kinds=rows.kinds, seed=1)], SigmoidCalibrator())
        for name in ("logistic_regression", "lightgbm")
    )
    first, second = contributions(one, rows.X), contributions(two, rows.X)
    assert first is not None
    assert second is not None
    blended = contributions(Blend({"one": one, "two": two}, {"one": 0.25, "two": 0.75}, SigmoidCalibrator()), rows.X)
    assert blended == pytest.approx({name: 0.25 * first[name] + 0.75 * second[name] for name in first})


def test_what_tells_no_contributions_is_shuffled_in_the_order_of_the_table() -> None:
    rows = transactions(300)
    assert contributions(train(rows.X, rows.y, algorithm="mlp", kinds=rows.kinds, seed=1), rows.X) is None
    assert contributions(Stranger("a"), rows.X) is None


def test_the_contribution_of_a_linear_model_is_its_coefficient_times_the_distance_from_the_mean() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"one": rng.normal(size=2_000), "other": rng.normal(size=2_000)})
    y = pd.Series((X["one"] + 0.01 * rng.normal(size=2_000) > 1).astype("int8"), name="fraud")
    model = train(X, y, algorithm="logistic_regression", kinds={"one": "numeric", "other": "numeric"}, seed=1)
    shares = contributions(model, X)
    assert shares is not None
    assert shares["one"] > 0.95


def test_texts_count_for_as_many_columns_as_they_are_encoded_to() -> None:
    X, y = wide_table(3)
    sizes: list[int] = []

    class Seen(Stranger):
        def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
            sizes.append(len(X))
            return super().predict_proba(X)

    budget = ExplanationBudget(bytes_left=1_500 * 3 * 128 * 10)
    explain(Seen("told"), X, y, seed=1, budget=budget)
    assert max(sizes) > 1_500
    sizes.clear()
    explain(Seen("told"), X.assign(**{"noise 0": "text"}), y, seed=1, budget=budget)
    assert sizes == []
