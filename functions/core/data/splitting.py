"""Train, validation and test splits.

A row's split depends on its values, never on its position: a group of rows with equal features stays together,
whatever their labels, so that no row of the test split was seen in training.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.rows import Hashes, count_repeated_rows, hash_rows, mix
from functions.core.errors import InvalidSettingsError, TooFewFraudsError
from functions.core.wording import closest, counted, quoted, row_number

type SplitName = Literal["train", "validation", "test"]
type Fractions = tuple[float, float, float]

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
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
    splits = _splits(places, X, y, hashes, f"{_shares(fractions)}, at random within each class (seed {seed})")
    _require_classes(splits, y, frauds=2, reason="identical rows stay together")
    return splits


def assign_folds(X: pd.DataFrame, y: pd.Series, *, folds: int, seed: int) -> NDArray[np.intp]:
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
    explanation = f"{_shares(fractions)}, from the earliest to the latest {quoted(time_column)}"
    splits = _splits(of_moment[moment], X, y, hash_rows(X), explanation)
    _require_classes(splits, y, frauds=1, reason=f"rows are split by time on {quoted(time_column)}")
    return splits


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
    hashes, last = hash_rows(X), round(len(X) * fractions[2])
    places = np.full(len(X), SPLITS.index("test"), dtype=np.intp)
    first = np.arange(len(X) - last)
    places[first] = _places(hashes[first], y.iloc[first], seed, np.array(fractions[:2]) / sum(fractions[:2]))
    others = f"the last rows are test's, the others at random within each class (seed {seed})"
    splits = _splits(places, X, y, hashes, f"{_shares(fractions)}: {others}")
    _require_classes(splits, y, frauds=2, reason="the last rows are the test split")
    return splits


def _places(hashes: Hashes, y: pd.Series, seed: int, shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return each of n rows' split as an index into the fractions; see ``assign_splits``."""
    key = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    order, group = np.unique(mix(hashes ^ key), return_inverse=True)
    frauds = np.bincount(group, weights=y.to_numpy() == 1, minlength=len(order))
    legitimate = np.bincount(group, weights=y.to_numpy() != 1, minlength=len(order))
    of_group = np.empty(len(order), dtype=np.intp)
    has_fraud = frauds > 0
    of_group[has_fraud] = _cut(frauds[has_fraud], frauds.sum() * shares)
    taken = np.bincount(of_group[has_fraud], weights=legitimate[has_fraud], minlength=len(shares))
    # A large group with both labels can overfill a split: the others then share what is left in their proportion.
    lacking = np.maximum(legitimate.sum() * shares - taken, 0)
    rest = legitimate[~has_fraud]
    of_group[~has_fraud] = _cut(rest, lacking * (rest.sum() / max(lacking.sum(), 1)))
    return of_group[group]


def _cut(sizes: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each of the ordered groups the index of the share that its middle falls in."""
    middles = np.cumsum(sizes) - sizes / 2
    return np.searchsorted(np.cumsum(wanted)[:-1], middles, side="right")


def _splits(places: NDArray[np.intp], X: pd.DataFrame, y: pd.Series, hashes: Hashes, how: str) -> SplitAssignment:
    repeated = count_repeated_rows(hashes, y)
    return SplitAssignment(
        # By way of a few texts: numpy's own are of the longest one's length, ten bytes a row and more.
        assigned=pd.Series(pd.array(SPLITS, dtype="str").take(places), index=X.index, name="split"),
        duplicate_rows=repeated,
        explanation=f"Train, validation and test are {how}; rows that repeat another ({repeated:,}) are in its split.",
    )


def _shares(fractions: Fractions) -> str:
    return "/".join(f"{100 * fraction:.4g}" for fraction in fractions) + " %"


def _require_classes(splits: SplitAssignment, y: pd.Series, *, frauds: int, reason: str) -> None:
    for split in SPLITS:
        labels = y[splits.rows(split).to_numpy()]
        found = int((labels == 1).sum())
        if found < frauds or found == len(labels):
            raise TooFewFraudsError(
                f"The {split} split would have {counted(found, 'fraud')} and "
                f"{counted(len(labels) - found, 'legitimate row')}, since "
                f"{reason}; at least {frauds} and 1 are needed, so add labelled rows or split in another way."
            )


def _moments(X: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in X.columns:
        raise InvalidSettingsError(
            f"The dataset has no time column {quoted(column)} to split by; it has {closest(column, X.columns)}."
        )
    values = X[column]
    moments = read_moments(values)
    unknown = np.flatnonzero(np.isnan(moments))
    if len(unknown):
        raise InvalidSettingsError(
            f"The time column {quoted(column)} has {counted(len(unknown), 'value')} missing or neither a number nor an "
            f"ISO 8601 time, the first in row {row_number(unknown[0]):,}; "
            "correct them or split at random."
        )
    return moments
