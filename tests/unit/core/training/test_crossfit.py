"""A row is scored by members that have not seen it; folds share nothing and leave nothing out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.rows import hash_rows
from functions.core.data.tables import LabelledTable
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import (
    MAX_FOLDS,
    CrossFit,
    CrossFitted,
    cross_fit,
    rotating_folds,
    validation_only,
)
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.models import train
from functions.core.training.persistence import dump_model, load_model


def table(rows: int, *, frauds: int, first: int = 0, seed: int = 0) -> LabelledTable:
    """Make rows of which frauds are high; no two are equal, ``id`` numbers them."""
    labels = pd.Series(np.arange(rows) < frauds, dtype="int8", name="fraud")
    noise = np.random.default_rng(seed).normal(size=rows)
    X = pd.DataFrame({"id": np.arange(first, first + rows, dtype=float), "high": labels * 2 + noise})
    return LabelledTable(X, labels, {"id": "numeric", "high": "numeric"})


@dataclass
class Remembering:
    """Stands in for a pipeline: remembers the rows it was trained on, and refuses to be asked about them."""

    seen: frozenset[float]
    answer: Callable[[pd.DataFrame], np.ndarray]
    strict: bool = True

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        assert not (self.strict and self.seen & set(X["id"])), "asked about a row that it was trained on"
        frauds = self.answer(X)
        return np.column_stack((1 - frauds, frauds))


def remember(rows: ChosenTable) -> Pipeline:
    answer = lambda X: (X["id"].to_numpy() + 1) / 1000  # noqa: E731
    return cast("Pipeline", Remembering(frozenset(rows.X["id"]), answer))


def constant(share: float) -> Pipeline:
    return cast("Pipeline", Remembering(frozenset(), lambda X: np.full(len(X), share)))


@given(
    rows=st.integers(8, 120),
    validation_rows=st.integers(8, 60),
    distinct=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_folds_share_no_row_leave_none_out_and_keep_equal_rows_together(
    rows: int, validation_rows: int, distinct: int, seed: int
) -> None:
    training, validation = table(rows, frauds=3), table(validation_rows, frauds=3, first=1000)
    training.X["high"] = 0.0
    training.X["id"] %= distinct
    folds = rotating_folds(training, validation, seed=seed)
    assert 2 <= folds.count <= MAX_FOLDS
    parts = [folds.only(fold) for fold in range(folds.count)]
    assert sum(len(part.y) for part in parts) == len(folds.held_out.y) == rows + validation_rows
    assert all(len(part.y) for part in parts)
    pd.testing.assert_frame_equal(parts[-1].X, validation.X)
    hashes = [set(hash_rows(part.X)) for part in parts]
    assert len(set.union(*hashes)) == sum(map(len, hashes))
    for fold, part in enumerate(parts):
        assert not set(hash_rows(folds.without(fold).X)) & hashes[fold]
        assert len(folds.without(fold).y) + len(part.y) == rows + validation_rows


@pytest.mark.parametrize(("rows", "count"), [(300, 4), (200, 3), (100, 2), (40, 2), (2000, MAX_FOLDS)])
def test_folds_are_about_as_large_as_validation(rows: int, count: int) -> None:
    folds = rotating_folds(table(rows, frauds=rows // 10), table(100, frauds=10, first=5000), seed=1)
    assert folds.count == count
    sizes = [len(folds.only(fold).y) for fold in range(count - 1)]
    assert sum(sizes) == rows
    assert max(sizes) - min(sizes) <= 2
    assert {folds.only(fold).frauds for fold in range(count - 1)} <= {rows // 10 // (count - 1) + i for i in (0, 1)}


def test_the_same_seed_gives_the_same_folds() -> None:
    training, validation = table(300, frauds=30), table(100, frauds=10, first=300)
    first, again, other = (rotating_folds(training, validation, seed=seed).fold for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_without_rotation_validation_alone_is_held_out() -> None:
    training, validation = table(30, frauds=3), table(10, frauds=2, first=30)
    folds = validation_only(training, validation)
    assert folds.count == 1
    pd.testing.assert_frame_equal(folds.held_out.X.iloc[:], validation.X)
    pd.testing.assert_frame_equal(folds.without(0).X, training.X)


def test_a_row_is_scored_by_the_member_that_has_not_seen_it() -> None:
    training, validation = table(300, frauds=30), table(100, frauds=10, first=300)
    folds = rotating_folds(training, validation, seed=1)
    fitted = cross_fit(folds, remember)  # the members refuse rows that they have seen
    seen = [cast("Remembering", member).seen for member in fitted.model.members]
    assert [len(rows) for rows in seen] == [400 - len(folds.only(fold).y) for fold in range(4)]
    assert not seen[-1] & set(validation.X["id"])
    # In the order of the held-out rows, whatever their fold was.
    raw = (folds.held_out.X["id"].to_numpy() + 1) / 1000
    np.testing.assert_array_equal(fitted.scores, fitted.model.calibrator.calibrate(raw))


def test_the_model_is_the_calibrated_mean_of_its_members() -> None:
    calibrator = SigmoidCalibrator()
    calibrator.slope_, calibrator.intercept_ = 1.0, 0.0
    model = CrossFitted([constant(0.1), constant(0.3), constant(0.8)], calibrator)
    X = table(5, frauds=1).X
    np.testing.assert_allclose(model.predict_proba(X), [[0.6, 0.4]] * 5)
    np.testing.assert_allclose(model.before_validation().predict_proba(X), [[0.2, 0.8]] * 5)


def logistic(rows: ChosenTable) -> Pipeline:
    return train(rows.X[["high"]], rows.y, algorithm="logistic_regression", kinds={"high": "numeric"}, seed=1)


@cache
def fitted() -> CrossFit:
    folds = rotating_folds(table(600, frauds=60), table(200, frauds=20, first=600, seed=1), seed=1)
    return cross_fit(folds, logistic)


def test_held_out_scores_are_probabilities() -> None:
    assert fitted().scores.shape == (800,)
    assert fitted().scores.mean() == pytest.approx(0.1, abs=1e-3)


def test_the_same_rows_score_the_same_in_any_order_and_batch() -> None:
    X = table(50, frauds=9, seed=2).X
    whole = fitted().model.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(fitted().model.predict_proba(X[::-1])[:, 1], whole[::-1])
    np.testing.assert_array_equal(fitted().model.predict_proba(X[7:8])[:, 1], whole[7:8])


def test_it_is_saved_and_loaded_with_and_without_a_threshold() -> None:
    X, model = table(50, frauds=9, seed=2).X, fitted().model
    loaded = load_model(dump_model(model))
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), rtol=0, atol=1e-6)
    threshold = float(np.median(model.predict_proba(X)[:, 1]))
    with_threshold = load_model(dump_model(FlaggingClassifier(model, threshold)))
    np.testing.assert_allclose(with_threshold.predict_proba(X), model.predict_proba(X), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(with_threshold.predict(X), model.predict_proba(X)[:, 1] >= threshold)
    assert with_threshold.threshold == threshold
