"""Rows of each class in a split, to the row, and the messages about them."""

import numpy as np
import pandas as pd
import pytest

from functions.core.data.splitting import SPLITS, SplitAssignment, assign_folds, assign_splits, split_by_time
from functions.core.errors import InvalidSettingsError, TooFewFraudsError

type Data = tuple[pd.DataFrame, pd.Series]


def distinct(rows: int, frauds: int) -> Data:
    amounts = np.random.default_rng(3).normal(size=rows)
    return pd.DataFrame({"amount": amounts}), pd.Series([1] * frauds + [0] * (rows - frauds), dtype="int8")


def timed(rows: int = 100) -> Data:
    X = pd.DataFrame({"when": np.arange(float(rows)), "amount": np.arange(float(rows))})
    return X, pd.Series(np.arange(rows) % 5 == 0).astype("int8")


def counts(splits: SplitAssignment, y: pd.Series) -> dict[str, tuple[int, int]]:
    return {split: (int(splits.rows(split).sum()), int(y[splits.rows(split)].sum())) for split in SPLITS}


def test_a_row_belongs_to_the_split_that_its_middle_falls_in() -> None:
    """11 frauds are cut at 6.6 and 8.8, 51 legitimate rows at 30.6 and 40.8."""
    X, y = distinct(62, 11)
    assert counts(assign_splits(X, y, seed=1), y) == {"train": (38, 7), "validation": (12, 2), "test": (12, 2)}


def test_a_middle_on_the_cut_belongs_to_what_comes_after_it() -> None:
    """Half of 5 frauds is 2.5, the middle of the third one."""
    X, y = distinct(45, 5)
    assert np.bincount(assign_folds(X, y, folds=2, seed=1)[y == 1]).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        # 300 of the 900 legitimate rows are twins of a split's frauds: the split gets so many fewer of the others.
        ("train", {"train": (600, 60), "validation": (200, 20), "test": (200, 20)}),
        # Here they are more than its share of 180: it gets none of the others, which are parted as 540 to 180.
        ("validation", {"train": (510, 60), "validation": (320, 20), "test": (170, 20)}),
    ],
)
def test_legitimate_twins_of_the_frauds_of_one_split_count_towards_its_share(
    full: str, expected: dict[str, tuple[int, int]]
) -> None:
    X, y = distinct(1000, 100)
    frauds_of_it = np.flatnonzero((y == 1) & (assign_splits(X, y, seed=1).assigned == full))
    X.loc[100:399, "amount"] = np.resize(X.loc[frauds_of_it, "amount"], 300)
    assert counts(assign_splits(X, y, seed=1), y) == expected


def test_what_is_said_of_a_random_split_is_what_was_asked_for() -> None:
    X, y = distinct(100, 20)
    splits = assign_splits(X, y, seed=7, fractions=(0.5, 0.325, 0.175))
    assert splits.explanation == (
        "Train, validation and test are 50/32.5/17.5 %, at random within each class (seed 7); "
        "rows that repeat another (0) are in its split."
    )
    assert (splits.assigned.name, str(splits.assigned.dtype)) == ("split", "str")


def test_what_is_said_of_a_split_by_time_names_the_column_and_counts_the_repeated_rows() -> None:
    X, y = timed()
    X.loc[[2, 3]], y.loc[[2, 3]] = X.loc[1].to_numpy(), 0
    splits = split_by_time(X, y, time_column="when")
    assert splits.duplicate_rows == 2
    assert splits.explanation == (
        "Train, validation and test are 60/20/20 %, from the earliest to the latest 'when'; "
        "rows that repeat another (2) are in its split."
    )


def test_by_time_one_fraud_a_split_will_do_and_none_is_refused_with_what_there_is() -> None:
    X, y = timed()
    y[:] = 0
    y[[10, 70, 90]] = 1
    assert counts(split_by_time(X, y, time_column="when"), y) == {
        "train": (60, 1),
        "validation": (20, 1),
        "test": (20, 1),
    }
    y[70] = 0
    with pytest.raises(TooFewFraudsError) as caught:
        split_by_time(X, y, time_column="when")
    assert str(caught.value) == (
        "The validation split would have 0 frauds and 20 legitimate rows, since rows are split by time on 'when'; "
        "at least 1 and 1 are needed, so add labelled rows or split in another way."
    )


def test_by_time_a_split_of_nothing_but_frauds_is_refused() -> None:
    X, y = timed()
    y[60:80] = 1
    with pytest.raises(TooFewFraudsError, match=r"validation split would have 20 frauds and 0 legitimate rows, since"):
        split_by_time(X, y, time_column="when")


def test_a_value_that_is_no_time_is_told_with_its_column_and_what_to_do() -> None:
    X, y = timed()
    X["when"] = pd.date_range("2025-01-01", periods=100, freq="h").strftime("%Y-%m-%dT%H:%M:%S").astype("str")
    X.loc[4, "when"] = "4111111111111111"  # which a message must not repeat
    with pytest.raises(InvalidSettingsError) as caught:
        split_by_time(X, y, time_column="when")
    assert str(caught.value) == (
        "The time column 'when' has 1 value missing or neither a number nor an ISO 8601 time, the first in row 6; "
        "correct them or split at random."
    )
