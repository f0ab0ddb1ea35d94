"""The rows that trees are trained on where frauds are rare and rows many."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from functions.core.training import cascade
from functions.core.training.cascade import keep, rows_after
from functions.core.training.imbalance import Imbalance
from functions.core.training.models import train

ROWS, FRAUDS = 4_000, 40


@pytest.fixture(autouse=True)
def _small_tables_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "MIN_LEGITIMATE", 3_000)
    monkeypatch.setattr(cascade, "LEAST_KEPT", 200)
    monkeypatch.setattr(cascade, "LEAST_SCREENED", 1_000)


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (np.arange(ROWS) < FRAUDS).astype(np.int8)
    X = rng.normal(size=(ROWS, 3))
    X[:, 0] += 2 * y
    return X, y


def test_all_frauds_the_hardest_rows_and_a_weighted_sample_are_kept() -> None:
    X, y = rows()
    kept = keep(X, y, seed=1, threads=1)
    assert kept is not None
    assert len(kept.places) == rows_after(ROWS - FRAUDS, FRAUDS) == FRAUDS + 400
    np.testing.assert_array_equal(kept.weights[:FRAUDS], 1.0)
    # The sample stands for all the rows that it is drawn from.
    assert kept.weights.sum() == pytest.approx(ROWS)
    hard = kept.places[(kept.weights == 1) & (y[kept.places] == 0)]
    sample = kept.places[kept.weights > 1]
    assert (len(hard), len(sample)) == (200, 200)
    assert X[hard, 0].mean() > X[sample, 0].mean() + 1


def test_the_same_seed_keeps_the_same_rows() -> None:
    X, y = rows()
    first, again, other = (keep(X, y, seed=seed, threads=1) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(first.places, again.places)
    assert not np.array_equal(first.places, other.places)


def test_a_small_table_and_one_of_many_frauds_are_kept_whole() -> None:
    X, y = rows()
    assert keep(X[:2_000], y[:2_000], seed=1, threads=1) is None
    y[: ROWS // 50] = 1
    assert keep(X, y, seed=1, threads=1) is None
    assert rows_after(ROWS - ROWS // 50, ROWS // 50) == ROWS


def test_a_table_that_was_thinned_is_judged_by_what_it_stands_for() -> None:
    X, y = rows()
    # A fortieth of the rows are frauds, and of what they stand for a two-hundredth.
    few, labels = X[:1_600], y[:1_600]
    assert keep(few, labels, seed=1, threads=1) is None
    kept = keep(few, labels, np.where(labels == 1, 1.0, 5.0), seed=1, threads=1)
    assert kept is not None
    # The sample stands for what the sampled rows stand for, and a hard row for as many as before.
    assert sorted(set(kept.weights))[:2] == [1.0, 5.0]
    assert kept.weights.sum() == pytest.approx(FRAUDS + 5 * (1_600 - FRAUDS))
    assert len(kept.places) == rows_after(1_600 - FRAUDS, FRAUDS, each=5.0) == FRAUDS + 400
    # So few rows that most would be kept are all kept.
    assert keep(few[:800], labels[:800], np.where(labels[:800] == 1, 1.0, 10.0), seed=1, threads=1) is None
    assert rows_after(800 - FRAUDS, FRAUDS, each=10.0) == 800


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost", "hist_gradient_boosting"])
def test_what_is_trained_on_few_rows_ranks_and_calibrates_like_what_has_seen_all(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    (X, y), (new_X, new_y) = rows(), rows(seed=1)
    names = ["a", "b", "c"]

    def scores(imbalance: Imbalance = "auto") -> np.ndarray:
        model = train(
            pd.DataFrame(X, columns=names),
            pd.Series(y, name="fraud"),
            algorithm=algorithm,
            kinds=dict.fromkeys(names, "numeric"),
            seed=1,
            imbalance=imbalance,
        )
        return model.predict_proba(pd.DataFrame(new_X, columns=names))[:, 1]

    few, weighted = scores(), scores("class_weights")
    monkeypatch.setattr(cascade, "MIN_LEGITIMATE", ROWS)
    whole = scores()
    assert not np.array_equal(few, whole)
    # A strategy against imbalance is what it was: on all the rows.
    np.testing.assert_array_equal(weighted, scores("class_weights"))
    assert average_precision_score(new_y, few) > average_precision_score(new_y, whole) - 0.05
    # Near the truth, not 24 times of it, as without weights; the rest is calibration's.
    assert 0.5 * new_y.mean() < few.mean() < 2 * new_y.mean()
