"""Multivariate drift: a two-sample classifier test with a permutation null distribution.

The classifier is a ridge regression of "is new" on the columns, their squares and their products. Being linear, it is
fitted to all of the permuted labels of the null distribution by the same few matrix products as to the true ones, so
that the whole test takes a fraction of a second. It detects changes of two columns together, such as a broken
correlation, but no interaction of three.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from threadpoolctl import threadpool_limits

from functions.core.drift.reference import kind_of
from functions.core.drift.reference.numbers import as_numbers

type Matrix = NDArray[np.float64]

MIN_ROWS = 100
# Of wider tables the first columns are tested; the cost of products grows with the square of their number.
MAX_COLUMNS = 300
MAX_PRODUCTS = 500
MAX_CATEGORIES = 10
FOLDS = 5
PERMUTATIONS = 199
# Ridge penalty, in rows: about as strong as 500 products need with a few hundred rows, and negligible with more.
RIDGE = 100.0


@dataclass(frozen=True, slots=True)
class Separation:
    """Result of the two-sample classifier test.

    Attributes:
        auc: cross-validated area under the ROC curve; 0.5 is chance.
        p_value: share of permutations with at least that AUC, the true labels included.
        null_auc: 95 % quantile of the permutations' AUCs.
        rows: number of rows of the smaller side.
        columns: number of columns tested.
    """

    auc: float
    p_value: float
    null_auc: float
    rows: int
    columns: int


def separate(reference: pd.DataFrame, new: pd.DataFrame, names: Sequence[Hashable], *, seed: int) -> Separation | None:
    """Test n reference rows against as many new ones, drawn where there are more.

    Labels are permuted within folds that hold as many rows of each side, so that without drift each permutation is as
    likely as the true labels: the p-value is exact, whatever the distribution.

    Args:
        reference: the reference's sample of rows.
        new: all of the new rows.
        names: the columns to test, which both have.
        seed: of the draws, folds and permutations.

    Returns:
        None when either side has fewer than ``MIN_ROWS`` rows, or no column varies.
    """
    random = np.random.default_rng(seed)
    size = min(len(reference), len(new)) // FOLDS * FOLDS
    if size < MIN_ROWS:
        return None
    looked_at = list(names[:MAX_COLUMNS])
    drawn = [frame.iloc[random.permutation(len(frame))[:size]][looked_at] for frame in (reference, new)]
    # Rows alternate in origin, fold by fold: ties in the predictions then favour neither side.
    table = pd.concat(drawn, ignore_index=True).iloc[np.arange(2 * size).reshape(2, size).T.ravel()]
    labels = _relabelled(np.tile([0.0, 1.0], size), random)
    # Matrices this small are multiplied fastest by one thread.
    with threadpool_limits(limits=1):
        design = _expand(_encode(table))
        if design is None:
            return None
        aucs = _cross_validated_aucs(design, labels)
    return Separation(
        auc=float(aucs[0]),
        p_value=float(np.mean(aucs >= aucs[0])),
        null_auc=float(np.quantile(aucs[1:], 0.95)),
        rows=size,
        columns=len(looked_at),
    )


def _relabelled(labels: Matrix, random: np.random.Generator) -> Matrix:
    """Return the true labels and the permuted ones: (rows, 1 + PERMUTATIONS), balanced within each fold."""
    folds = labels.reshape(FOLDS, 1, -1)
    permuted = random.permuted(np.repeat(folds, PERMUTATIONS, axis=1), axis=2)
    return np.concatenate((folds, permuted), axis=1).transpose(0, 2, 1).reshape(len(labels), -1)


def _cross_validated_aucs(design: Matrix, labels: Matrix) -> Matrix:
    """Compute the cross-validated AUC for each column of labels: (columns,)."""
    target = labels - 0.5
    gram, moments = design.T @ design, design.T @ target
    gram[np.diag_indices_from(gram)] += RIDGE
    scores = np.empty_like(target)
    for fold in np.split(np.arange(len(design)), FOLDS):
        held_out = design[fold]
        weights = np.linalg.solve(gram - held_out.T @ held_out, moments - held_out.T @ target[fold])
        scores[fold] = held_out @ weights
    return _aucs(scores, labels)


def _aucs(scores: Matrix, labels: Matrix) -> Matrix:
    """Compute AUCs as Mann and Whitney do: the share of pairs in which the new row has the higher score."""
    order = np.argsort(scores.T, axis=1)
    positions = np.arange(1, scores.shape[0] + 1)
    new = np.take_along_axis(labels.T, order, axis=1)
    half = scores.shape[0] / 2
    return np.asarray((new @ positions - half * (half + 1) / 2) / half**2)


def _encode(table: pd.DataFrame) -> Matrix:
    """Encode the columns without regard to the rows' origin: (rows, k).

    Numbers become the normal scores of their ranks, so that outliers and units don't matter; a missing value becomes
    the mean and an indicator. Categories are one-hot encoded.
    """
    parts: list[Matrix] = []
    for name in table.columns:
        values = table[name]
        if kind_of(values) == "numeric":
            parts.append(_normal_scores(as_numbers(values)))
        else:
            parts.extend(_flag(values == category) for category in values.value_counts().index[:MAX_CATEGORIES])
        parts.append(_flag(values.isna()))
    return _standardised(np.column_stack(parts)) if parts else np.empty((len(table), 0))


def _flag(where: pd.Series) -> Matrix:
    return where.to_numpy(dtype=np.float64, na_value=0.0)


def _normal_scores(numbers: Matrix) -> Matrix:
    ranks = pd.Series(numbers).rank().to_numpy(dtype=np.float64)
    present = int(np.count_nonzero(~np.isnan(ranks)))
    return np.asarray(np.nan_to_num(special.ndtri((ranks - 0.5) / max(present, 1))))


def _expand(columns: Matrix) -> Matrix | None:
    """Append squares and products of the columns: all products, or those of the most related pairs.

    A pair is related when it is correlated, or its squares are: a correlation of opposite signs in the two origins
    cancels out over all rows, that of the squares does not.
    """
    if not columns.shape[1]:
        return None
    first, second = np.triu_indices(columns.shape[1], k=1)
    if len(first) > MAX_PRODUCTS:
        strongest = np.argsort(-_relation(columns)[first, second], kind="stable")[:MAX_PRODUCTS]
        first, second = first[strongest], second[strongest]
    squares = _standardised(columns**2)
    products = _standardised(columns[:, first] * columns[:, second])
    return np.concatenate((columns, squares, products), axis=1)


def _relation(columns: Matrix) -> Matrix:
    """Compute the absolute correlations of standardised columns plus those of their squares: (k, k)."""
    squares = columns**2 - 1
    spread = np.sqrt(np.maximum((squares**2).sum(axis=0), 1.0))
    squares = squares / spread
    return np.abs(columns.T @ columns) / len(columns) + np.abs(squares.T @ squares)


def _standardised(columns: Matrix) -> Matrix:
    """Return centred and scaled columns; constant ones are omitted."""
    centred = columns - columns.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    varying = scale > 1e-9  # noqa: PLR2004 - rounding
    return centred[:, varying] / scale[varying]
