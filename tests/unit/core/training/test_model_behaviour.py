"""Requirements on every candidate, whatever the algorithm, the strategy against imbalance and the data."""

import gc
import warnings
from collections.abc import Iterator
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from _pytest.mark import ParameterSet
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import Kind, LabelledTable
from functions.core.features.plan import FeatureSettings
from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.blending import Blend, blend
from functions.core.training.crossfit import cross_fit, rotating_folds
from functions.core.training.imbalance import Imbalance
from functions.core.training.models import train
from functions.core.training.persistence import dump_model, load_model

KINDS: dict[str, Kind] = {"amount": "numeric", "age": "numeric", "foreign": "boolean", "shop": "categorical"}
FEATURE_KINDS: dict[str, Kind] = {**KINDS, "card": "categorical", "time": "numeric"}
FEATURES = FeatureSettings(amount="amount", seconds="time", entity="card", time="time")


class Made(NamedTuple):
    """One way that a model can be made."""

    algorithm: str
    imbalance: Imbalance = "auto"
    features: FeatureSettings | None = None

    @property
    def kinds(self) -> dict[str, Kind]:
        return FEATURE_KINDS if self.features else KINDS

    def train(self, X: pd.DataFrame, y: pd.Series, **more: Kind) -> Pipeline | Blend:
        if self.algorithm == "ensemble":
            return _ensemble(LabelledTable(X, y, self.kinds), self.features)
        return train(X, y, **self._asdict(), kinds={**more, **self.kinds}, seed=1)


def _ensemble(table: LabelledTable, features: FeatureSettings | None) -> Blend:
    """Blend two candidates that are cross-fitted; every third row is validation."""
    is_validation = pd.Series(np.arange(len(table.y)) % 3 == 0)
    folds = rotating_folds(table.take(~is_validation), table.take(is_validation), seed=1)

    def fit(rows: ChosenTable, algorithm: str) -> Pipeline:
        return train(rows.X, rows.y, algorithm=algorithm, kinds=rows.kinds, seed=1, features=features)

    fitted = {name: cross_fit(folds, partial(fit, algorithm=name)) for name in ("lightgbm", "logistic_regression")}
    models, scores = ({name: getattr(each, part) for name, each in fitted.items()} for part in ("model", "scores"))
    return blend(models, scores, folds.held_out.y).model


CANDIDATES = [Made(algorithm, features=features) for algorithm in ALGORITHMS for features in (None, FEATURES)]
# Each strategy with one candidate more is each way that a model can be made and saved.
MODELS = [
    *CANDIDATES,
    Made("mlp", "class_weights"),
    Made("logistic_regression", "undersampling"),
    Made("xgboost", "smote", FEATURES),
    Made("xgboost", "focal_loss"),
    Made("lightgbm", "focal_loss"),
    Made("ensemble"),
    Made("ensemble", features=FEATURES),
]


def _named(made: Made) -> str:
    return f"{made.algorithm}-{made.imbalance}{'-features' if made.features else ''}"


def _each(models: list[Made]) -> list[ParameterSet]:
    """Return each way as a parameter; all but those that train in a moment are tried by ``make test`` alone."""
    return [
        pytest.param(made, marks=[] if made.algorithm == "logistic_regression" else [pytest.mark.thorough])
        for made in models
    ]


every_candidate = pytest.mark.parametrize("made", _each(CANDIDATES), ids=_named)
every_model = pytest.mark.parametrize("made", _each(MODELS), ids=_named)


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        gc.collect()  # what earlier tests have left open warns of itself now, and not later
        warnings.simplefilter("error")
        yield


def table(rows: int = 300, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """One fraud in twenty rows; every eleventh amount and every thirteenth of most others is missing.

    Some cards and moments come more than once.
    """
    rng = np.random.default_rng(seed)
    y = pd.Series(np.arange(rows) % 20 == 0, dtype="int8", name="fraud")
    X = pd.DataFrame(
        {
            "amount": rng.lognormal(3, 1, rows) * (1 + 2 * y),
            "age": rng.normal(40, 10, rows) - 20 * y,
            "foreign": (rng.random(rows) < 0.3).astype(float),
            "shop": pd.Series(rng.choice(["books", "food", "fuel"], rows), dtype="str"),
            "card": pd.Series(rng.integers(0, rows // 5, rows), dtype="int64").map("card {}".format).astype("str"),
            "time": rng.integers(0, 2 * 24, rows) * 3600.0,
        }
    )
    X.loc[::11, "amount"] = np.nan
    X.loc[::13, ["foreign", "shop", "card"]] = np.nan
    X.loc[::17, "time"] = np.nan
    return X, y


@cache
def trained(made: Made) -> Pipeline | Blend:
    return made.train(*table())


def score(model: Pipeline | Blend, X: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(X)[:, 1]


@every_model
def test_scores_are_shares_and_tell_frauds_apart(made: Made) -> None:
    X, y = table(seed=1)
    both = trained(made).predict_proba(X)
    np.testing.assert_allclose(both.sum(axis=1), 1, atol=1e-6)
    assert both.min() >= 0
    assert np.median(both[y == 1, 1]) > np.quantile(both[y == 0, 1], 0.6)


@every_model
def test_the_same_rows_score_the_same_whatever_their_order_or_batch(made: Made) -> None:
    X, _ = table(seed=1)
    model = trained(made)
    whole = score(model, X)
    shuffled = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_allclose(score(model, X.iloc[shuffled]), whole[shuffled], rtol=0, atol=1e-12)
    np.testing.assert_allclose(score(model, X.iloc[17:18]), whole[17:18], rtol=0, atol=1e-12)
    np.testing.assert_allclose(score(model, X[list(reversed(X.columns))]), whole, rtol=0, atol=1e-12)


@pytest.mark.thorough
@every_candidate
@pytest.mark.parametrize(("kind", "value"), [("numeric", 7.5), ("numeric", np.nan), ("categorical", "same")])
def test_a_constant_column_changes_nothing(made: Made, kind: Kind, value: object) -> None:
    X, y = table()
    more = X.copy()
    more.insert(0, "constant", value)  # type: ignore[arg-type]
    model = made.train(more, y, constant=kind)
    np.testing.assert_array_equal(score(model, more), score(trained(made), X))


@every_model
def test_missing_and_unseen_and_huge_values_are_scored(made: Made) -> None:
    strange = pd.DataFrame(
        {
            "amount": [np.nan, 1e155, -1e308, 0.0],
            "age": [np.nan, 1e155, 1e308, 5e-324],
            "foreign": [np.nan, 1.0, 0.0, np.nan],
            "shop": pd.Series([None, "never seen", "", "books"], dtype="str"),
            "card": pd.Series([None, "never seen", "card 1", "card 1"], dtype="str"),
            "time": [np.nan, 1e155, 1e308, -1e308],
        }
    )
    assert np.isfinite(score(trained(made), strange)).all()


@pytest.mark.thorough
@every_candidate
def test_values_missing_for_the_first_time_are_scored(made: Made) -> None:
    X, y = table()
    model = made.train(X.ffill().bfill(), y)
    assert np.isfinite(score(model, X)).all()


@pytest.mark.thorough
@every_candidate
def test_huge_values_in_training_spoil_nothing(made: Made) -> None:
    X, y = table()
    X.loc[5, "amount"], X.loc[6, "age"], X.loc[7, "time"] = 1e155, -1e308, 1e308
    model = made.train(X, y)
    scores = score(model, X)
    assert np.isfinite(scores).all()
    assert scores[y == 1].mean() > scores[y == 0].mean()


@pytest.mark.thorough
@every_model
def test_the_same_seed_gives_the_same_model(made: Made) -> None:
    X, y = table()
    again = made.train(X, y)
    np.testing.assert_array_equal(score(again, X), score(trained(made), X))


@pytest.mark.thorough
@every_candidate
def test_two_threads_give_the_same_model_each_time(made: Made) -> None:
    X, y = table()
    first, again = (train(X, y, **made._asdict(), kinds=made.kinds, seed=1, threads=2) for _ in range(2))
    np.testing.assert_array_equal(score(first, X), score(again, X))


@pytest.mark.thorough
@every_model
def test_the_loaded_model_equals_the_trained_one(made: Made) -> None:
    X, _ = table(seed=1)
    model = trained(made)
    np.testing.assert_allclose(score(load_model(dump_model(model)), X), score(model, X), rtol=0, atol=1e-6)


@pytest.mark.thorough
@every_model
def test_neither_training_nor_scoring_changes_the_rows_given(made: Made) -> None:
    X, y = table()
    new, _ = table(rows=37, seed=2)
    model = made.train(X, y)
    # What changes the share of frauds in training leaves every row that is scored, once and in its place.
    assert score(model, new).shape == (37,)
    pd.testing.assert_frame_equal(X, table()[0])
    pd.testing.assert_series_equal(y, table()[1])
    pd.testing.assert_frame_equal(new, table(rows=37, seed=2)[0])
