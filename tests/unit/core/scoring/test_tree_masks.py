"""Masks sum up trees as LightGBM does, bit for bit, for any number of rows."""

from typing import Any

import numpy as np
import pytest

from functions.core.scoring import tree_masks
from functions.core.scoring.tree_arrays import lightgbm_text, trees_of
from functions.core.scoring.tree_masks import lowest_bit, mask_trees
from functions.core.training.boosting import library
from functions.core.training.calibration import Floats


def _rows(rows: int, *, gaps: bool) -> Floats:
    random = np.random.default_rng(3)
    X = np.round(random.normal(size=(rows, 6)), 1)
    X[:, 4] = random.choice([0.0, 1.0], rows)
    if gaps:
        X[random.random(X.shape) < 0.2] = np.nan
    return X


def _booster(X: Floats, leaves: int) -> Any:  # noqa: ANN401 - LightGBM is imported late
    y = np.nan_to_num(X[:, 0]) * np.nan_to_num(X[:, 1]) + np.isnan(X[:, 2]) > 0.3
    made = library("lightgbm").LGBMClassifier(n_estimators=12, num_leaves=leaves, min_child_samples=5, verbosity=-1)
    return made.fit(X, y, feature_name=[f"c{place}" for place in range(6)]).booster_


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("leaves", [2, 15, 31, 63])
def test_sums_are_those_of_lightgbm(leaves: int, gaps: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr(tree_masks, "_MOST_WORK", 1_000)
    X = _rows(3_000, gaps=gaps)
    booster = _booster(X, leaves)
    masks = mask_trees(trees_of(booster) or [])
    assert masks is not None
    # Values and gaps that no training row had, and a last block of a single row.
    new = np.vstack([_rows(513, gaps=True) * 1.03, [[1e30] * 6, [-1e30] * 6, [np.nan] * 6, [0.0] * 6]])
    for rows in (1, 2, 257, len(new)):
        expected = booster.predict(new[:rows], raw_score=True)
        np.testing.assert_array_equal(masks.sums(new[:rows]), expected)


def test_trees_written_as_text_are_the_same_trees() -> None:
    X = _rows(2_000, gaps=True)
    booster = _booster(X, 15)
    written = library("lightgbm").Booster(model_str=lightgbm_text(trees_of(booster) or [], 6))
    np.testing.assert_array_equal(written.predict(X, raw_score=True), booster.predict(X, raw_score=True))
    contributions = written.predict(X[:50], pred_contrib=True)
    np.testing.assert_allclose(contributions, booster.predict(X[:50], pred_contrib=True), rtol=0, atol=1e-9)


def test_large_trees_and_none_at_all_are_left_to_the_booster() -> None:
    assert mask_trees(trees_of(_booster(_rows(3_000, gaps=False), 100)) or []) is None
    assert mask_trees([]) is None


@pytest.mark.parametrize("kind", [np.uint16, np.uint32, np.uint64])
def test_the_lowest_bit_is_found(kind: type[np.unsignedinteger]) -> None:
    bits = np.dtype(kind).itemsize * 8
    powers = np.array([1 << place for place in range(bits)], dtype=kind)
    np.testing.assert_array_equal(lowest_bit(powers), np.arange(bits))
    highest = powers | powers[-1]
    np.testing.assert_array_equal(lowest_bit(highest), np.arange(bits))
