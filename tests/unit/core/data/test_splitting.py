"""Nothing leaks between splits, whatever the order of the rows; the shares are what was asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from functions.core.data.rows import hash_rows
from functions.core.data.splitting import SPLITS, SplitAssignment, assign_folds, assign_splits, split_by_time
from functions.core.errors import InvalidSettingsError, TooFewFraudsError

type Data = tuple[pd.DataFrame, pd.Series]

# Few distinct values make many rows with equal features, some of them with both labels.
SMALL_ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, -0.0, 1.0, np.nan]), st.sampled_from(["a", "b", None]), st.integers(0, 12)),
    min_size=60,
    max_size=150,
)


def distinct(rows: int, frauds: int) -> Data:
    amounts = np.random.default_rng(3).normal(size=rows)
    return pd.DataFrame({"amount": amounts}), pd.Series([1] * frauds + [0] * (rows - frauds), dtype="int8")


def repeating(rows: list[tuple[float, str | None, int]], seed: int) -> Data:
    """Make a table with repeated rows, and enough distinct frauds that splitting it is possible."""
    X = pd.DataFrame(rows, columns=["x", "text", "n"]).astype({"text": "str", "n": "float64"})
    extra = pd.DataFrame({"x": np.arange(100, 160.0), "text": "extra", "n": 0.0}).astype({"text": "str"})
    random_labels = np.random.default_rng(seed).random(len(X)) < 0.2
    y = pd.Series(np.r_[random_labels, np.arange(60) < 30].astype("int8"))
    return pd.concat([X, extra], ignore_index=True), y


def possible(X: pd.DataFrame, y: pd.Series, *, seed: int) -> SplitAssignment:
    """Split what can be split: one row repeated often enough may take a whole split."""
    try:
        return assign_splits(X, y, seed=seed)
    except TooFewFraudsError:
        reject()


def counts(splits: SplitAssignment, y: pd.Series) -> dict[str, tuple[int, int]]:
    return {split: (int(splits.rows(split).sum()), int(y[splits.rows(split)].sum())) for split in SPLITS}


@given(rows=SMALL_ROWS, seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_rows_with_equal_features_share_a_split_whatever_their_labels(
    rows: list[tuple[float, str | None, int]], seed: int
) -> None:
    X, y = repeating(rows, seed)

    assigned = possible(X, y, seed=seed).assigned

    # -0.0 is 0.0, and pandas groups missing values together when asked to.
    splits_of_a_row = assigned.groupby([X["x"] + 0.0, X["text"], X["n"]], dropna=False).nunique()
    assert splits_of_a_row.max() == 1


@given(rows=SMALL_ROWS, seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_row_order_does_not_matter(rows: list[tuple[float, str | None, int]], seed: int) -> None:
    X, y = repeating(rows, seed)
    order = np.random.default_rng(seed).permutation(len(X))

    splits = possible(X, y, seed=seed)
    shuffled = assign_splits(X.iloc[order], y.iloc[order], seed=seed)

    pd.testing.assert_series_equal(shuffled.assigned.sort_index(), splits.assigned)
    assert shuffled.duplicate_rows == splits.duplicate_rows


@given(frauds=st.integers(10, 60), legitimate=st.integers(10, 300), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_each_class_is_cut_at_the_fractions_to_within_a_row(frauds: int, legitimate: int, seed: int) -> None:
    X, y = distinct(frauds + legitimate, frauds)

    found = counts(assign_splits(X, y, seed=seed), y)

    for split, fraction in zip(SPLITS, (0.6, 0.2, 0.2), strict=True):
        assert abs(found[split][1] - fraction * frauds) < 1
        assert abs(found[split][0] - found[split][1] - fraction * legitimate) < 1


@given(frauds=st.integers(10, 200), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_ten_distinct_frauds_leave_two_for_validation_and_two_for_test(frauds: int, seed: int) -> None:
    X, y = distinct(frauds + 50, frauds)

    found = counts(assign_splits(X, y, seed=seed), y)

    assert found["validation"][1] >= 2
    assert found["test"][1] >= 2


def test_legitimate_rows_that_look_like_frauds_count_towards_their_class() -> None:
    X, y = distinct(1000, 100)
    X.loc[:299, "amount"] = np.tile(np.arange(100.0), 3)  # 100 frauds, each the twin of two legitimate rows

    found = counts(assign_splits(X, y, seed=1), y)

    assert found == {"train": (600, 60), "validation": (200, 20), "test": (200, 20)}


def test_a_split_overfilled_by_one_group_leaves_legitimate_rows_for_the_others() -> None:
    X, y = distinct(200, 60)
    X.loc[50:149, "amount"] = 1.0  # one group: 10 frauds and 90 legitimate rows

    found = counts(assign_splits(X, y, seed=4), y)

    assert all(rows > frauds >= 2 for rows, frauds in found.values())


def test_the_seed_decides_the_split_and_nothing_else_does() -> None:
    X, y = distinct(500, 50)

    first = assign_splits(X, y, seed=1).assigned

    pd.testing.assert_series_equal(assign_splits(X.copy(), y.copy(), seed=1).assigned, first)
    assert (assign_splits(X, y, seed=2).assigned != first).mean() > 0.4


def test_a_row_mostly_keeps_its_split_in_an_overlapping_upload() -> None:
    X, y = distinct(2000, 200)
    rows = np.r_[:1500]

    whole = assign_splits(X, y, seed=1).assigned.iloc[rows]
    part = assign_splits(X.iloc[rows], y.iloc[rows], seed=1).assigned  # type: ignore[arg-type]

    assert (whole == part).mean() > 0.9


def test_fractions_can_be_chosen() -> None:
    X, y = distinct(1000, 100)

    found = counts(assign_splits(X, y, seed=1, fractions=(0.5, 0.3, 0.2)), y)

    assert found == {"train": (500, 50), "validation": (300, 30), "test": (200, 20)}


def test_repeated_rows_are_counted_when_their_label_repeats_too_and_are_kept() -> None:
    X, y = distinct(100, 40)
    X.loc[[1, 2], "amount"] = X.loc[0, "amount"]  # type: ignore[index, assignment]
    X.loc[99, "amount"] = X.loc[0, "amount"]  # type: ignore[index, assignment]  # the same features, the other label: no duplicate

    splits = assign_splits(X, y, seed=1)

    assert splits.duplicate_rows == 2
    assert splits.assigned.notna().all()
    assert "rows that repeat another (2)" in splits.explanation


def test_frauds_that_are_all_the_same_row_cannot_be_split() -> None:
    X, y = distinct(100, 20)
    X.loc[:19, "amount"] = 1.0

    with pytest.raises(TooFewFraudsError, match=r"split would have 0 frauds .* identical rows stay together"):
        assign_splits(X, y, seed=1)


def timed(times: object, rows: int = 100) -> Data:
    X = pd.DataFrame({"when": times, "amount": np.arange(float(rows))})
    return X, pd.Series(np.arange(rows) % 5 == 0).astype("int8")


@given(times=st.lists(st.integers(0, 40), min_size=100, max_size=100))
@settings(deadline=None, max_examples=40)
def test_by_time_no_split_reaches_into_the_next(times: list[int]) -> None:
    X, y = timed(pd.Series(times, dtype="float64"))
    try:
        splits = split_by_time(X, y, time_column="when")
    except TooFewFraudsError:
        return  # few moments, held by many rows, may leave a split empty
    train, validation, test = (X["when"][splits.rows(split)] for split in SPLITS)
    assert train.max() < validation.min()
    assert validation.max() < test.min()


def test_by_time_the_earliest_rows_train_in_any_order_of_the_file() -> None:
    X, y = timed(np.arange(100.0)[::-1])

    splits = split_by_time(X, y, time_column="when")

    assert (splits.assigned[X["when"] < 60] == "train").all()
    assert (splits.assigned[X["when"] >= 80] == "test").all()
    assert counts(splits, y) == {"train": (60, 12), "validation": (20, 4), "test": (20, 4)}


def test_by_time_dates_are_understood_with_and_without_a_zone() -> None:
    dates = pd.Series(pd.date_range("2025-01-01", periods=100, freq="h").strftime("%Y-%m-%dT%H:%M:%S"))
    dates[50:] += "Z"

    splits = split_by_time(*timed(dates), time_column="when")

    assert (splits.assigned == ["train"] * 60 + ["validation"] * 20 + ["test"] * 20).all()


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([np.nan, *range(99)], r"1 value missing .* the first in row 2;"),
        (["2025-01-01"] * 98 + ["soon", "later"], r"2 values .* the first in row 100;"),
    ],
)
def test_by_time_a_value_that_is_no_time_is_refused(times: list[object], message: str) -> None:
    with pytest.raises(InvalidSettingsError, match=message):
        split_by_time(*timed(times), time_column="when")


def test_by_time_a_column_that_is_not_there_is_refused_with_similar_names() -> None:
    with pytest.raises(InvalidSettingsError, match=r"no time column 'When' to split by; it has 'when'\."):
        split_by_time(*timed(np.arange(100.0)), time_column="When")


def test_by_time_a_split_without_fraud_is_refused() -> None:
    X, _ = timed(np.arange(100.0))
    y = pd.Series(np.arange(100) < 20).astype("int8")

    with pytest.raises(TooFewFraudsError, match="validation split would have 0 frauds"):
        split_by_time(X, y, time_column="when")


def test_folds_have_equal_shares_of_each_class_in_any_order() -> None:
    X, y = distinct(rows=1000, frauds=40)
    folds = assign_folds(X, y, folds=4, seed=1)
    assert np.bincount(folds[y == 1]).tolist() == [10, 10, 10, 10]
    assert np.bincount(folds[y == 0]).tolist() == [240, 240, 240, 240]
    shuffled = np.random.default_rng(0).permutation(1000)
    np.testing.assert_array_equal(assign_folds(X.iloc[shuffled], y.iloc[shuffled], folds=4, seed=1), folds[shuffled])
    assert (assign_folds(X, y, folds=4, seed=2) != folds).any()


@settings(max_examples=40)
@given(rows=SMALL_ROWS, seed=st.integers(0, 2**32 - 1), folds=st.integers(1, 5))
def test_equal_rows_are_in_one_fold(rows: list[tuple[float, str | None, int]], seed: int, folds: int) -> None:
    X, y = repeating(rows, seed)
    found = assign_folds(X, y, folds=folds, seed=seed)
    assert set(found) <= set(range(folds))
    assert pd.Series(found).groupby(hash_rows(X)).nunique().max() == 1
