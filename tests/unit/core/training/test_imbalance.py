import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.training.imbalance import LEGITIMATE_PER_FRAUD, Labels, Rows, class_weights, resample

ROWS = 400


def rows(frauds: int) -> tuple[Rows, Labels]:
    rng = np.random.default_rng(frauds)
    y = (np.arange(ROWS) < frauds).astype(np.int8)
    return rng.normal(size=(ROWS, 3)) + 4 * y[:, None], y


def as_set(X: Rows) -> set[tuple[float, ...]]:
    return {tuple(row) for row in X.tolist()}


@given(frauds=st.integers(1, ROWS // 2))
def test_undersampling_keeps_every_fraud_and_draws_legitimate_rows_once(frauds: int) -> None:
    X, y = rows(frauds)
    fewer, labels = resample(X, y, strategy="undersampling", seed=1)
    np.testing.assert_array_equal(np.sort(fewer[labels == 1], axis=0), np.sort(X[y == 1], axis=0))
    legitimate = as_set(fewer[labels == 0])
    assert legitimate <= as_set(X[y == 0])
    enough = frauds >= (ROWS - frauds) // LEGITIMATE_PER_FRAUD
    expected = ROWS - frauds if enough else frauds * LEGITIMATE_PER_FRAUD
    assert len(legitimate) == (labels == 0).sum() == expected


@given(frauds=st.integers(1, ROWS // 2))
def test_smote_keeps_every_row_and_adds_frauds_within_the_hull_of_the_frauds(frauds: int) -> None:
    X, y = rows(frauds)
    more, labels = resample(X, y, strategy="smote", seed=1)
    assert as_set(X) <= as_set(more)
    assert as_set(more[labels == 0]) == as_set(X[y == 0])
    assert labels.sum() == max(frauds, (ROWS - frauds) // LEGITIMATE_PER_FRAUD)
    known = X[y == 1]
    assert (more[labels == 1] >= known.min(axis=0)).all()
    assert (more[labels == 1] <= known.max(axis=0)).all()


def test_the_only_fraud_is_copied() -> None:
    X, y = rows(1)
    more, labels = resample(X, y, strategy="smote", seed=1)
    assert as_set(more[labels == 1]) == {tuple(X[0].tolist())}
    assert labels.sum() == 39


def test_between_two_frauds_new_ones_lie_on_the_line() -> None:
    X, y = rows(2)
    more, labels = resample(X, y, strategy="smote", seed=1)
    along = (more[labels == 1] - X[0]) / (X[1] - X[0])
    np.testing.assert_allclose(along, np.repeat(along[:, :1], 3, axis=1), atol=1e-9)


@pytest.mark.parametrize("strategy", ["none", "class_weights", "focal_loss"])
def test_other_strategies_leave_the_rows_alone(strategy: str) -> None:
    X, y = rows(5)
    same, labels = resample(X, y, strategy=strategy, seed=1)  # type: ignore[arg-type]
    np.testing.assert_array_equal(same, X)
    np.testing.assert_array_equal(labels, y)


@pytest.mark.parametrize("strategy", ["undersampling", "smote"])
def test_the_seed_decides_the_draw(strategy: str) -> None:
    X, y = rows(5)
    first, again, other = (resample(X, y, strategy=strategy, seed=seed)[0] for seed in (1, 1, 2))  # type: ignore[arg-type]
    np.testing.assert_array_equal(first, again)
    assert as_set(first) != as_set(other)


@given(frauds=st.integers(1, ROWS - 1))
def test_both_classes_weigh_the_same(frauds: int) -> None:
    _, y = rows(frauds)
    weights = class_weights(y)
    np.testing.assert_allclose([weights[y == 1].sum(), weights[y == 0].sum()], ROWS / 2)
