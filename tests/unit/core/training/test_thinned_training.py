"""Models that are trained on all frauds and weighted legitimate rows: as if on the rows that these stand for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin
from sklearn.metrics import average_precision_score
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import LabelledTable
from functions.core.training import cascade, models
from functions.core.training.algorithms import AlgorithmSpec
from functions.core.training.crossfit import cross_fit, rotating_folds
from functions.core.training.imbalance import Imbalance, Labels, Rows, Strategy
from functions.core.training.models import train
from functions.core.training.thinning import thinned
from tests.unit.core.training.thinned_tables import FRAUDS, KINDS, ROWS, table


def logistic(rows: LabelledTable, whole: LabelledTable, imbalance: Imbalance = "none") -> np.ndarray:
    fitted = train(
        rows.X, rows.y, algorithm="logistic_regression", kinds=KINDS, seed=1, imbalance=imbalance, weights=rows.weights
    )
    return fitted.predict_proba(whole.X)[:, 1]


def test_weights_keep_the_probabilities_and_the_ranking() -> None:
    whole = table(20_000, 400)
    found = logistic(thinned(whole, share=0.1, seed=1), whole)
    assert found.mean() == pytest.approx(whole.y.mean(), rel=0.1)
    expected = average_precision_score(whole.y, logistic(whole, whole))
    assert average_precision_score(whole.y, found) == pytest.approx(expected, abs=0.02)


def test_class_weights_balance_what_the_rows_stand_for() -> None:
    whole = table(20_000, 400)
    found = logistic(thinned(whole, share=0.1, seed=1), whole, "class_weights")
    assert found.mean() == pytest.approx(logistic(whole, whole, "class_weights").mean(), rel=0.05)


def test_levels_rank_alike_by_the_shares_of_frauds_that_thinning_inflates() -> None:
    whole, levels = table(30_000, 600), np.random.default_rng(5).integers(0, 60, 30_000)
    # Frauds are in some levels ten times as often as in others.
    often = np.where(whole.y == 1, levels // 6 * 6, levels)
    X = whole.X.assign(shop=pd.Series([f"shop {each}" for each in often], dtype="str"))
    many = replace(whole, X=X, kinds={**KINDS, "shop": "categorical"})

    def ranked(rows: LabelledTable) -> float:
        fitted = train(rows.X, rows.y, algorithm="logistic_regression", kinds=many.kinds, seed=1, weights=rows.weights)
        return float(average_precision_score(many.y, fitted.predict_proba(many.X)[:, 1]))

    found = ranked(thinned(many, share=0.1, seed=1))
    assert found == pytest.approx(ranked(many), abs=0.02)
    # They matter: without them the ranking is worse by far more than that.
    assert found > average_precision_score(many.y, logistic(whole, whole)) + 0.1


def test_some_rows_are_trained_on_with_the_weights_of_theirs() -> None:
    rows = thinned(table(), share=0.2, seed=1)
    places = np.flatnonzero(np.random.default_rng(1).random(len(rows.y)) < 0.7)
    by_places = train(
        rows.X,
        rows.y,
        algorithm="logistic_regression",
        kinds=KINDS,
        seed=1,
        imbalance="none",
        weights=rows.weights,
        places=places,
    )
    expected = logistic(rows.at(places), rows)
    np.testing.assert_allclose(by_places.predict_proba(rows.X)[:, 1], expected, rtol=1e-9)


def test_the_cascade_of_a_thinned_table_stands_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "MIN_LEGITIMATE", 5_000)
    monkeypatch.setattr(cascade, "LEAST_KEPT", 200)
    monkeypatch.setattr(cascade, "LEAST_SCREENED", 1_000)
    monkeypatch.setattr(cascade, "HARDEST", 0.05)
    given: list[float] = []
    plain = models._fit

    def weighed(
        candidate: AlgorithmSpec, model: ClassifierMixin, X: Rows, y: Labels, weights: np.ndarray, chosen: Strategy
    ) -> ClassifierMixin:
        given.extend(weights)
        return plain(candidate, model, X, y, weights, chosen)

    monkeypatch.setattr(models, "_fit", weighed)
    rows = thinned(table(), share=0.5, seed=1)
    train(
        rows.X,
        rows.y,
        algorithm="lightgbm",
        kinds=KINDS,
        seed=1,
        params={"n_estimators": 2},
        weights=rows.weights,
    )
    # As many as of the whole table, which alone is large enough and has few enough frauds.
    assert cascade.rows_after(ROWS - FRAUDS, FRAUDS) == FRAUDS + 297 + 200
    assert cascade.rows_after((ROWS - FRAUDS) // 2, FRAUDS, each=2) == FRAUDS + 297 + 200
    assert len(given) == pytest.approx(FRAUDS + 297 + 200, abs=20)
    assert sum(given) == pytest.approx(ROWS, rel=0.05)
    assert sorted(set(given))[:2] == [1.0, 2.0]


def test_an_unsupervised_candidate_sees_frauds_as_rare_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, given = thinned(table(6_000, 600), share=0.1, seed=1), []
    plain = models._fit

    def counted(
        candidate: AlgorithmSpec, model: ClassifierMixin, X: Rows, y: Labels, weights: np.ndarray, chosen: Strategy
    ) -> ClassifierMixin:
        given.append((len(y), int(y.sum()), weights))
        return plain(candidate, model, X, y, weights, chosen)

    monkeypatch.setattr(models, "_fit", counted)
    train(rows.X, rows.y, algorithm="isolation_forest", kinds=KINDS, seed=1, weights=rows.weights)
    half = np.arange(0, len(rows.y), 2)
    train(rows.X, rows.y, algorithm="isolation_forest", kinds=KINDS, seed=1, weights=rows.weights, places=half)
    for total, frauds, weights in given:
        assert weights is None
        assert frauds / total == pytest.approx(0.1, abs=0.035)
    # All legitimate rows are among them.
    assert given[0][0] - given[0][1] == len(rows.y) - rows.frauds
    assert given[1][0] - given[1][1] == len(half) - rows.y.iloc[half].sum()


@pytest.mark.parametrize(
    ("algorithm", "imbalance"),
    [
        ("logistic_regression", "none"),
        ("logistic_regression", "undersampling"),
        pytest.param("lightgbm", "none", marks=pytest.mark.thorough),
        pytest.param("hist_gradient_boosting", "class_weights", marks=pytest.mark.thorough),
        pytest.param("lightgbm", "focal_loss", marks=pytest.mark.thorough),
        pytest.param("mlp", "none", marks=pytest.mark.thorough),
        pytest.param("xgboost", "focal_loss", marks=pytest.mark.thorough),
        pytest.param("catboost", "none", marks=pytest.mark.thorough),
        pytest.param("lightgbm", "smote", marks=pytest.mark.thorough),
    ],
)
def test_probabilities_are_calibrated_for_the_true_share_of_frauds(algorithm: str, imbalance: Imbalance) -> None:
    rows, test = (table(12_000, 240, seed) for seed in (3, 4))

    def fit(part: ChosenTable) -> Pipeline:
        return train(
            part.X, part.y, algorithm=algorithm, kinds=KINDS, seed=1, imbalance=imbalance, weights=part.weights
        )

    for share in (1.0, 0.1):
        training, validation = (
            thinned(each, share=share, seed=1) for each in (rows.part(0, 9_000), rows.part(9_000, None))
        )
        scores = cross_fit(rotating_folds(training, validation, seed=1), fit).model.predict_proba(test.X)[:, 1]
        # 240 frauds vary by 6 % themselves; uncorrected, a share of 0.1 would make it some five times as many.
        assert scores.mean() == pytest.approx(test.y.mean(), rel=0.2), share
