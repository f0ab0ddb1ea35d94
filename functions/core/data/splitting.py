"""Train, validation and test splits.

A row's split depends on its values, never on its position: a group of rows with equal features stays together,
whatever their labels, so that no row of the test split was seen in training.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.frames import Frame
from functions.core.data.moments import read_moments
from functions.core.data.rows import Hashes, count_repeated_rows, hash_rows, mix
from functions.core.data.split_ways import (
    SPLITS,
    Fractions,
    SplitName,
    SplitWay,
    at_random,
    by_time,
    last_rows,
    no_times,
    require_column,
)
from functions.core.wording import row_number

__all__ = [
    "FRACTIONS",
    "SPLITS",
    "Fractions",
    "SplitAssignment",
    "SplitName",
    "assign_folds",
    "assign_splits",
    "split_by_time",
    "split_last_rows",
]

FRACTIONS: Fractions = (0.6, 0.2, 0.2)


@dataclass(frozen=True)
class SplitAssignment:
    """The split of each of n rows, with the frame's index; ``duplicate_rows`` repeat an earlier row, label included."""

    assigned: pd.Series
    duplicate_rows: int
    explanation: str

    def rows(self, split: SplitName) -> pd.Series:
        """Return the mask of the rows in a split: n booleans."""
        return self.assigned == split


def assign_splits(X: pd.DataFrame, y: pd.Series, *, seed: int, fractions: Fractions = FRACTIONS) -> SplitAssignment:
    """Split at random within each class, groups of rows with equal features kept whole.

    Groups are ordered by a hash of their features and the seed, and cut where the cumulated rows of the class reach
    the fractions: the shares are exact to within one group, row order is irrelevant, and a row that is in two uploads
    tends to land in the same split of both. A group with both labels goes with the frauds, and the legitimate rows in
    it count towards their class's share.

    A group belongs to the split that its middle falls in. An interval of length 2 or more holds two middles of single
    rows, so that 10 frauds leave at least 2 for validation and 2 for test; only repeated rows can break that.

    Args:
        X: features (n, p), float64 or text.
        y: labels (n,), 1 is fraud.
        seed: another seed is another split.
        fractions: shares of train, validation and test; they sum to 1.

    Raises:
        TooFewFraudsError: identical rows leave validation or test fewer than two frauds, or a split without a
            legitimate row.
    """
    hashes = hash_rows(X)
    places = _places(hashes, y, seed, np.array(fractions))
    return _splits(places, X, y, hashes, at_random(fractions, seed))


def assign_folds(X: Frame, y: pd.Series, *, folds: int, seed: int) -> NDArray[np.intp]:
    """Return each of n rows' fold, from 0: equal shares of each class, rows with equal features in one fold.

    Args:
        X: features (n, p), float64 or text.
        y: labels (n,), 1 is fraud.
        folds: how many; where there are fewer frauds, or frauds repeat, a fold may have none.
        seed: another seed gives other folds.
    """
    return _places(hash_rows(X), y, seed, np.full(folds, 1 / folds))


def split_by_time(
    X: pd.DataFrame, y: pd.Series, *, time_column: str, fractions: Fractions = FRACTIONS
) -> SplitAssignment:
    """Train on the earliest rows, validate on the next, test on the latest; rows of one moment stay together.

    Args:
        X: features (n, p), the time column among them: numbers, or texts in ISO 8601 (UTC where none is given).
        y: labels (n,), 1 is fraud.
        time_column: its name.
        fractions: shares of train, validation and test; they sum to 1.

    Raises:
        InvalidSettingsError: there is no such column, or it holds values that are missing or no time.
        TooFewFraudsError: a split has no fraud or no legitimate row.
    """
    _, moment, counts = np.unique(_moments(X, time_column), return_inverse=True, return_counts=True)
    of_moment = _cut(counts.astype(np.float64), len(X) * np.array(fractions))
    return _splits(of_moment[moment], X, y, hash_rows(X), by_time(fractions, time_column))


def split_last_rows(X: pd.DataFrame, y: pd.Series, *, seed: int, fractions: Fractions = FRACTIONS) -> SplitAssignment:
    """Test on the last rows, and split the others at random within each class, as ``assign_splits`` does.

    For rows in the order of time, whose newest are to judge and all others to train on.

    Args:
        X: features (n, p), float64 or text.
        y: labels (n,), 1 is fraud.
        seed: of the random split.
        fractions: shares of train, validation and test; they sum to 1. The last n times test rows are test's.

    Raises:
        TooFewFraudsError: a split has fewer than two frauds, or no legitimate row.
    """
    hashes = hash_rows(X)
    places = np.full(len(X), SPLITS.index("test"), dtype=np.intp)
    first = np.arange(rows_before_test(len(X), fractions))
    places[first] = _places(hashes[first], y.iloc[first], seed, shares_before_test(fractions))
    return _splits(places, X, y, hashes, last_rows(fractions, seed))


def rows_before_test(rows: int, fractions: Fractions) -> int:
    """Return how many of n rows come before those of a test split that has the last."""
    return rows - round(rows * fractions[2])


def shares_before_test(fractions: Fractions) -> NDArray[np.float64]:
    """Return the shares of train and validation in the rows before such a test split."""
    return np.array(fractions[:2]) / sum(fractions[:2])


def order_key(seed: int) -> Hashes:
    """Return the one number (1,) that hashes of rows are mixed with, so that each seed orders them otherwise."""
    return np.asarray(np.random.SeedSequence(seed).generate_state(1, np.uint64), dtype=np.uint64)


def left_for_rest(
    shares: NDArray[np.float64], legitimate: float, taken: NDArray[np.float64], rest: float
) -> NDArray[np.float64]:
    """Return how many legitimate rows each split gets of those that are in no group with a fraud.

    A large group with both labels can overfill a split: the others then share what is left in their proportion.

    Args:
        shares: of each split.
        legitimate: rows.
        taken: those of them that each split has by groups with a fraud.
        rest: those that are in no such group.
    """
    lacking = np.maximum(legitimate * shares - taken, 0)
    return np.asarray(lacking * (rest / max(float(lacking.sum()), 1.0)))


def _places(hashes: Hashes, y: pd.Series, seed: int, shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return each of n rows' split as an index into the fractions; see ``assign_splits``."""
    order, group = np.unique(mix(hashes ^ order_key(seed)), return_inverse=True)
    frauds = np.bincount(group, weights=y.to_numpy() == 1, minlength=len(order))
    legitimate = np.bincount(group, weights=y.to_numpy() != 1, minlength=len(order))
    of_group = np.empty(len(order), dtype=np.intp)
    has_fraud = frauds > 0
    of_group[has_fraud] = _cut(frauds[has_fraud], frauds.sum() * shares)
    taken = np.bincount(of_group[has_fraud], weights=legitimate[has_fraud], minlength=len(shares))
    rest = legitimate[~has_fraud]
    of_group[~has_fraud] = _cut(rest, left_for_rest(shares, legitimate.sum(), taken, rest.sum()))
    return of_group[group]


def _cut(sizes: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each of the ordered groups the index of the share that its middle falls in."""
    middles = np.cumsum(sizes) - sizes / 2
    return np.searchsorted(np.cumsum(wanted)[:-1], middles, side="right")


def _splits(places: NDArray[np.intp], X: pd.DataFrame, y: pd.Series, hashes: Hashes, way: SplitWay) -> SplitAssignment:
    repeated = count_repeated_rows(hashes, y)
    rows = np.bincount(places, minlength=len(SPLITS))
    frauds = np.bincount(places[y.to_numpy() == 1], minlength=len(SPLITS))
    for place, split in enumerate(SPLITS):
        way.require(split, int(rows[place]), int(frauds[place]))
    return SplitAssignment(
        # By way of a few texts: numpy's own are of the longest one's length, ten bytes a row and more.
        assigned=pd.Series(pd.array(SPLITS, dtype="str").take(places), index=X.index, name="split"),
        duplicate_rows=repeated,
        explanation=way.explanation(repeated),
    )


def _moments(X: pd.DataFrame, column: str) -> NDArray[np.float64]:
    require_column(X, column)
    moments = read_moments(X[column])
    unknown = np.flatnonzero(np.isnan(moments))
    if len(unknown):
        raise no_times(column, len(unknown), row_number(unknown[0]))
    return moments
