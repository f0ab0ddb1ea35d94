import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from functions.core.drift.multivariate import (
    FOLDS,
    MAX_COLUMNS,
    MIN_ROWS,
    PERMUTATIONS,
    RIDGE,
    Separation,
    _aucs,
    _cross_validated_aucs,
    _relabelled,
    separate,
)


def told(old: pd.DataFrame, new: pd.DataFrame, seed: int = 0) -> Separation:
    found = separate(old, new, list(old.columns), seed=seed)
    assert found is not None
    return found


def normal(rows: int, columns: int, seed: int) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    return pd.DataFrame(values, columns=[f"V{number}" for number in range(columns)])


def test_the_aucs_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    labels, scores = _relabelled(np.tile([0.0, 1.0], 100), rng)[:, :7], rng.normal(size=(200, 7))
    expected = [roc_auc_score(labels[:, i], scores[:, i]) for i in range(7)]
    np.testing.assert_allclose(_aucs(scores, labels), expected)


def test_the_classifier_is_scikit_learns_ridge_regression_on_folds_it_has_not_seen() -> None:
    rng = np.random.default_rng(1)
    design, labels = rng.normal(size=(200, 5)), np.tile([0.0, 1.0], 100)[:, None]
    scores = np.empty(200)
    for fold in np.split(np.arange(200), FOLDS):
        rest = np.setdiff1d(np.arange(200), fold)
        model = Ridge(alpha=RIDGE, fit_intercept=False).fit(design[rest], labels[rest, 0] - 0.5)
        scores[fold] = model.predict(design[fold])
    assert _cross_validated_aucs(design, labels)[0] == pytest.approx(roc_auc_score(labels[:, 0], scores))


def test_labels_are_permuted_within_folds() -> None:
    labels = np.tile([0.0, 1.0], 50)
    relabelled = _relabelled(labels, np.random.default_rng(0))
    assert relabelled.shape == (100, 1 + PERMUTATIONS)
    np.testing.assert_array_equal(relabelled[:, 0], labels)
    assert (relabelled.reshape(FOLDS, -1, 1 + PERMUTATIONS).sum(axis=1) == 10).all()
    assert len(np.unique(relabelled, axis=1).T) == 1 + PERMUTATIONS


@pytest.mark.parametrize("columns", [6, 60])
def test_a_correlation_that_broke_is_seen_among_few_columns_and_among_many(columns: int) -> None:
    old, new = normal(2_000, columns, 2), normal(2_000, columns, 3)
    old["V1"] = 0.8 * old["V0"] + 0.6 * old["V1"]
    found = told(old, new)
    assert found.auc > 0.6
    assert found.p_value <= 0.01


def test_a_correlation_that_changed_its_sign_is_seen_though_there_is_none_over_all() -> None:
    old, new = normal(2_000, 60, 2), normal(2_000, 60, 3)
    for table, sign in ((old, 1), (new, -1)):
        table["V1"] = sign * 0.7 * table["V0"] + 0.714 * table["V1"]
    assert told(old, new).auc > 0.65


def test_outliers_and_units_do_not_matter() -> None:
    old, new = normal(500, 4, 4), normal(500, 4, 5)
    assert told(old, new).auc == pytest.approx(told(np.exp(3 * old) * 1e9, np.exp(3 * new) * 1e9).auc)  # type: ignore[arg-type]


def test_texts_gaps_and_their_relations_are_seen() -> None:
    rng = np.random.default_rng(6)
    shop = pd.Series(rng.choice(["a", "b"], 4_000), dtype="str")
    x = rng.normal(size=4_000)
    old = pd.DataFrame({"shop": shop, "x": np.where((shop == "a") & (rng.random(4_000) < 0.5), np.nan, x)})
    new = pd.DataFrame({"shop": shop, "x": np.where((shop == "b") & (rng.random(4_000) < 0.5), np.nan, x)})
    assert told(old, new).p_value <= 0.01
    assert told(old, old.iloc[::-1]).p_value > 0.02


def test_the_very_same_rows_can_not_be_told_apart() -> None:
    table = normal(1_000, 10, 7)
    assert told(table, table).auc < 0.52


def test_where_there_is_nothing_to_look_at_nothing_is_said() -> None:
    table = normal(1_000, 2, 8)
    assert separate(table.head(MIN_ROWS - 1), table, ["V0"], seed=0) is None
    assert separate(table, table, [], seed=0) is None
    assert separate(table.assign(V0=1.0), table.assign(V0=1.0), ["V0"], seed=0) is None


def test_a_column_that_lost_all_its_values_is_no_failure() -> None:
    old, new = normal(500, 2, 9), normal(500, 2, 10).assign(V1=pd.Series([None] * 500, dtype="str"))
    assert told(old, new).auc > 0.9


def test_a_very_wide_table_is_looked_at_in_part() -> None:
    old = pd.DataFrame(np.random.default_rng(0).normal(size=(200, MAX_COLUMNS + 5)))
    old.columns = [str(number) for number in range(MAX_COLUMNS + 5)]
    assert told(old, old).columns == MAX_COLUMNS


def test_equal_seeds_give_equal_answers() -> None:
    old, new = normal(600, 3, 11), normal(900, 3, 12)
    assert told(old, new, seed=5) == told(old, new, seed=5)
    assert told(old, new, seed=5) != told(old, new, seed=6)
