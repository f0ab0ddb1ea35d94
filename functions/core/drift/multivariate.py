"""Multivariate drift: how well a classifier tells new rows from the reference's, against what chance gives it.

The classifier is a ridge regression of "is new" on the columns, their squares and their products. Being linear, it is
fitted to all of the permuted labels of the null distribution by the same few matrix products as to the true ones, so
that the whole test takes a fraction of a second. It sees what single columns can't show, such as a correlation that
broke, but nothing that takes three columns at once to see.
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
# Wider tables are looked at in their first columns; the cost of products would grow with the square of their number.
MAX_COLUMNS = 300
MAX_PRODUCTS = 500
MAX_CATEGORIES = 10
FOLDS = 5
PERMUTATIONS = 199
# Of the coefficients, in rows: about as strong as 500 products need with a few hundred rows, and no harm with more.
RIDGE = 100.0


@dataclass(frozen=True, slots=True)
class Separation:
    """How well rows of two origins are told apart.

    Attributes:
        auc: area under the ROC curve on rows that the classifier was not fitted on; 0.5 is chance.
        p_value: share of the relabelled tables that are told apart as well, the table itself included.
        null_auc: what 95 % of the relabelled tables stay below.
        rows: of the smaller side.
        columns: that were looked at.
    """

    auc: float
    p_value: float
    null_auc: float
    rows: int
    columns: int


def separate(reference: pd.DataFrame, new: pd.DataFrame, names: Sequence[Hashable], *, seed: int) -> Separation | None:
    """Try to tell n reference rows from as many new ones, drawn where there are more.

    Labels are permuted within folds that hold as many rows of each side, so that without drift each of the relabelled
    tables is as likely as the true one: the p-value is exact, whatever the distribution.

    Args:
        reference: the reference's sample of rows.
        new: all of the new rows.
        names: the columns to look at, which both have.
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
    # Rows alternate in origin, fold by fold: ties in what the classifier says then favour neither side.
    table = pd.concat(drawn, ignore_index=True).iloc[np.arange(2 * size).reshape(2, size).T.ravel()]
    labels = _relabelled(np.tile([0.0, 1.0], size), random)
    # Matrices this small are multiplied fastest by one thread; others have better things to do.
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
    """Put the true labels beside permuted ones: (rows, 1 + PERMUTATIONS), balanced within each fold."""
    folds = labels.reshape(FOLDS, 1, -1)
    permuted = random.permuted(np.repeat(folds, PERMUTATIONS, axis=1), axis=2)
    return np.concatenate((folds, permuted), axis=1).transpose(0, 2, 1).reshape(len(labels), -1)


def _cross_validated_aucs(design: Matrix, labels: Matrix) -> Matrix:
    """Score each fold by a model of the others, for each column of labels: their AUCs (columns,)."""
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
    """Mann and Whitney's: the share of pairs of either origin in which the new row has the higher score."""
    order = np.argsort(scores.T, axis=1)
    positions = np.arange(1, scores.shape[0] + 1)
    new = np.take_along_axis(labels.T, order, axis=1)
    half = scores.shape[0] / 2
    return np.asarray((new @ positions - half * (half + 1) / 2) / half**2)


def _encode(table: pd.DataFrame) -> Matrix:
    """Make numbers of the columns without a look at where rows come from: (rows, k).

    Numbers become the normal scores of their ranks, so that outliers and units don't matter; a gap is an average value
    and a flag. Categories become flags.
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
    """Append squares and products of the columns: all of them, or of the pairs that are the most related.

    A pair counts as related when it is correlated, or its squares are: that of which the two origins differ in sign
    has no correlation over all, but its squares have.
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
    """Add up the absolute correlations of standardised columns and of their squares: (k, k)."""
    squares = columns**2 - 1
    spread = np.sqrt(np.maximum((squares**2).sum(axis=0), 1.0))
    squares = squares / spread
    return np.abs(columns.T @ columns) / len(columns) + np.abs(squares.T @ squares)


def _standardised(columns: Matrix) -> Matrix:
    """Centre and scale columns; those that do not vary are left out."""
    centred = columns - columns.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    varying = scale > 1e-9  # noqa: PLR2004 - rounding
    return centred[:, varying] / scale[varying]
