"""All frauds and a weighted share of the legitimate rows: the same ones in any order and in any parts."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import ClassifierMixin
from sklearn.metrics import average_precision_score
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenRows, ChosenTable
from functions.core.data.splitting import assign_folds
from functions.core.data.tables import Kind, LabelledTable
from functions.core.features import derived_rows, preprocessing
from functions.core.features.derived_rows import DerivedRows, TrainingMatrix, prepare
from functions.core.features.maker import FeatureMaker
from functions.core.training import cascade, models, thinning
from functions.core.training.algorithms import AlgorithmSpec
from functions.core.training.crossfit import cross_fit, rotating_folds
from functions.core.training.imbalance import Imbalance, Labels, Rows, Strategy
from functions.core.training.models import train
from functions.core.training.thinning import Kept, TableSize, sentence, share_of, thin

ROWS, FRAUDS = 6_000, 60
KINDS: dict[str, Kind] = dict.fromkeys("abc", "numeric")


def table(rows: int = ROWS, frauds: int = FRAUDS, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    y = pd.Series((rng.permutation(rows) < frauds).astype(np.int8), name="fraud")
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=list("abc"))
    X["a"] += 2 * y
    return X, y


def kept_of(X: pd.DataFrame, y: pd.Series, share: float, seed: int = 1) -> Kept:
    kept = thin(X, y, share=share, seed=seed)
    assert kept is not None
    return kept


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_all_frauds_are_kept_and_each_legitimate_row_stands_for_others(share: float) -> None:
    X, y = table()
    kept = kept_of(X, y, share)
    of_fraud = y.to_numpy()[kept.places] == 1
    assert of_fraud.sum() == FRAUDS
    assert (kept.weights[of_fraud] == 1).all()
    assert (kept.weights[~of_fraud] == 1 / share).all()
    assert (np.diff(kept.places) > 0).all()
    legitimate = ROWS - FRAUDS
    # Within five standard errors of a draw.
    assert abs((~of_fraud).sum() - share * legitimate) < 5 * np.sqrt(share * (1 - share) * legitimate)
    assert kept.each == 1 / share


def test_a_share_of_one_keeps_every_row_as_it_is() -> None:
    assert thin(*table(), share=1.0, seed=1) is None


@given(
    order=st.permutations(range(40)),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_same_rows_are_kept_in_any_order_and_in_any_parts(
    order: list[int], cuts: list[int], share: float, seed: int
) -> None:
    X, y = table(40, 4)
    X["d"] = pd.Series([f"shop {place % 37}" if place % 5 else None for place in range(40)], dtype="str")
    whole = thin(X, y, share=share, seed=seed)
    assert whole is not None
    expected = dict(zip(whole.places.tolist(), whole.weights.tolist(), strict=True))
    found: dict[int, float] = {}
    edges = [0, *sorted(cuts), 40]
    for start, end in pairwise(edges):
        places = order[start:end]
        part = thin(X.iloc[places], y.iloc[places], share=share, seed=seed)
        assert part is not None
        found |= {places[place]: weight for place, weight in zip(part.places, part.weights, strict=True)}
    assert found == expected


def test_a_larger_share_keeps_what_a_smaller_one_does_and_another_seed_others() -> None:
    X, y = table()
    few, many, other = kept_of(X, y, 0.1), kept_of(X, y, 0.3), kept_of(X, y, 0.1, seed=2)
    assert set(few.places) < set(many.places)
    assert len(set(few.places) & set(other.places)) < FRAUDS + 150


def test_what_is_kept_does_not_depend_on_the_fold() -> None:
    X, y = table()
    fold = assign_folds(X, y, folds=4, seed=1)
    kept = kept_of(X, y, 0.25)
    of_each = np.bincount(fold[kept.places], minlength=4) / np.bincount(fold)
    np.testing.assert_allclose(of_each, 0.25, atol=0.06)


def test_auto_thins_only_where_there_are_far_more_rows_than_are_of_use() -> None:
    least, per_fraud = thinning.LEAST_KEPT, thinning.LEAST_PER_FRAUD
    assert share_of("auto", TableSize(2 * least, 100)) == 1
    assert share_of("auto", TableSize(2 * least + 100, 100)) == 0.5
    assert share_of("auto", TableSize(20 * least + 100, 100)) == 0.05
    # Frauds are many: so many legitimate rows for each stay.
    frauds = least // 10
    assert share_of("auto", TableSize(frauds * (3 * per_fraud + 1), frauds)) == pytest.approx(1 / 3)
    assert share_of("auto", TableSize(100 * frauds, frauds)) == 1


def test_auto_keeps_all_of_a_table_that_repeats_itself() -> None:
    assert share_of("auto", TableSize(100_000_000, 100, repeated=0.11)) == 1
    assert share_of(0.5, TableSize(1_000, 100, repeated=0.9)) == 0.5


def test_the_sentence_says_what_was_left_out() -> None:
    size = TableSize(1_004_920, 4_920)
    assert sentence(1.0, size) is None
    assert sentence(0.1, size) == (
        "Trained on all 4,920 frauds and 1 in 10 of the 1,000,000 legitimate rows, weighted to stand for all; "
        "calibrated, validated and tested on all rows."
    )
    assert "and 30 % of the" in (sentence(0.3, size) or "")
    assert "and 1 in 3 of the" in (sentence(1 / 3, size) or "")


def logistic(X: pd.DataFrame, y: pd.Series, imbalance: Imbalance = "none", kept: Kept | None = None) -> np.ndarray:
    fitted = train(X, y, algorithm="logistic_regression", kinds=KINDS, seed=1, imbalance=imbalance, kept=kept)
    return fitted.predict_proba(X)[:, 1]


def test_weights_keep_the_probabilities_and_the_ranking() -> None:
    X, y = table(20_000, 400)
    thinned = logistic(X, y, kept=kept_of(X, y, 0.1))
    assert thinned.mean() == pytest.approx(y.mean(), rel=0.1)
    assert average_precision_score(y, thinned) == pytest.approx(average_precision_score(y, logistic(X, y)), abs=0.02)


def test_class_weights_balance_what_the_rows_stand_for() -> None:
    X, y = table(20_000, 400)
    thinned = logistic(X, y, "class_weights", kept_of(X, y, 0.1))
    assert thinned.mean() == pytest.approx(logistic(X, y, "class_weights").mean(), rel=0.05)


def test_preprocessing_is_fitted_to_all_rows() -> None:
    X, y = table()
    kept = kept_of(X, y, 0.2)
    fitted, whole = (
        train(X, y, algorithm="logistic_regression", kinds=KINDS, seed=1, kept=each)["preprocess"]
        for each in (kept, None)
    )
    np.testing.assert_array_equal(fitted.transform(X), whole.transform(X))


def test_of_a_large_table_only_the_kept_rows_are_transformed_and_as_they_would_be_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(derived_rows, "FIT_ROWS", 500)
    X, y = table(2_000, 200)
    X["shop"] = pd.Series([f"shop {place % 60}" for place in range(len(X))], dtype="str")
    kinds: dict[str, Kind] = {**KINDS, "shop": "categorical"}
    places = kept_of(X, y, 0.2).places
    derived = DerivedRows(ChosenRows(X), FeatureMaker().fit(X))
    preprocessor = preprocessing.build_preprocessor(kinds, many=["shop"], seed=1)
    prepared = prepare(preprocessor, derived, y, seed=1, dtype=np.float64)
    assert isinstance(prepared, TrainingMatrix)
    np.testing.assert_array_equal(prepared[places], prepared.matrix()[places])


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
    X, y = table()
    train(X, y, algorithm="lightgbm", kinds=KINDS, seed=1, params={"n_estimators": 2}, kept=kept_of(X, y, 0.5))
    # As many as of the whole table, which alone is large enough and has few enough frauds.
    assert cascade.rows_after(ROWS - FRAUDS, FRAUDS) == FRAUDS + 297 + 200
    assert cascade.rows_after((ROWS - FRAUDS) // 2, FRAUDS, each=2) == FRAUDS + 297 + 200
    assert len(given) == pytest.approx(FRAUDS + 297 + 200, abs=20)
    assert sum(given) == pytest.approx(ROWS, rel=0.05)
    assert sorted(set(given))[:2] == [1.0, 2.0]


def test_an_unsupervised_candidate_is_given_all_rows() -> None:
    X, y = table()
    scores = [
        train(X, y, algorithm="isolation_forest", kinds=KINDS, seed=1, kept=kept).predict_proba(X)[:, 1]
        for kept in (None, kept_of(X, y, 0.1))
    ]
    np.testing.assert_array_equal(*scores)


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
    rows, test = (LabelledTable(*table(12_000, 240, seed), KINDS) for seed in (3, 4))
    folds = rotating_folds(rows.part(0, 9_000), rows.part(9_000, None), seed=1)

    def fit(share: float) -> Callable[[ChosenTable], Pipeline]:
        return lambda part: train(
            part.X,
            part.y,
            algorithm=algorithm,
            kinds=KINDS,
            seed=1,
            imbalance=imbalance,
            kept=thin(part.X, part.y, share=share, seed=1),
        )

    for share in (1.0, 0.1):
        scores = cross_fit(folds, fit(share)).model.predict_proba(test.X)[:, 1]
        # 240 frauds vary by 6 % themselves; uncorrected, a share of 0.1 would make it some five times as many.
        assert scores.mean() == pytest.approx(test.y.mean(), rel=0.2), share
