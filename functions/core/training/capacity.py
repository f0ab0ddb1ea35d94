"""The capacity of boosted trees: how many and how large, chosen on held-out rows.

Small trees that learn slowly rank best where frauds are few or alike; where thousands of frauds hide in many
interactions, they find a fraction of what larger ones do. No constant serves both. So a fold is held out as
cross-fitting does, and capacities are tried from the smallest on, as long as each is better beyond the noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.training.algorithms import ALGORITHMS, Capacity, Parameter
from functions.core.training.calibration import Floats
from functions.core.training.cascade import rows_after
from functions.core.training.crossfit import CrossFit, Folds, cross_fit

type FitWith = Callable[[ChosenTable, Mapping[str, Parameter]], Pipeline]

# On fewer frauds only chance would make a difference of so few standard errors, and trying takes time.
MIN_JUDGES = 100
# A larger capacity must rank better by so many standard errors of the paired difference.
ERRORS = 1.0
# Tree levels grown over all cells of a training table. So many take about a minute and a half of one processor, and
# TrainModel cross-fits within its timeout.
MAX_WORK = 5e10


@dataclass(frozen=True, slots=True)
class Fitting:
    """A choice: the parameters of the capacity, and the pipeline that was fitted with them when fold 0 was held out."""

    params: Mapping[str, Parameter]
    first: Pipeline


def cross_fit_at_best(algorithm: str, folds: Folds, fit: FitWith, *, processors: int | None = None) -> CrossFit:
    """Choose a candidate's capacity and cross-fit it with that; the pipeline of fold 0 is there already."""
    chosen = choose_capacity(algorithm, folds, fit, processors=processors)
    return cross_fit(folds, lambda rows: fit(rows, chosen.params), chosen.first)


def choose_capacity(algorithm: str, folds: Folds, fit: FitWith, *, processors: int | None = None) -> Fitting:
    """Choose the capacity of a candidate on the rows of fold 0; one that has no capacities is fitted as it is.

    Args:
        algorithm: the candidate.
        folds: the rows; those of fold 0 judge.
        fit: fits a pipeline to rows with parameters in place of the candidate's defaults.
        processors: of the workers that fit it, to all rows; None where this process does, by the cascade if it has one.
    """
    training, judges, weights = folds.without(0), folds.labels(0), folds.weights(0)
    smallest, *larger = affordable(algorithm, training, processors=processors)
    if judges.sum() < MIN_JUDGES:
        larger = []
    best = Fitting(smallest.params, fit(training, smallest.params))
    known = precision_of_frauds(judges, folds.score(best.first, 0), weights)
    for capacity in larger:
        tried = Fitting(capacity.params, fit(training, capacity.params))
        precision = precision_of_frauds(judges, folds.score(tried.first, 0), weights)
        if not is_better(precision, known):
            break
        best, known = tried, precision
    return best


def affordable(
    algorithm: str, training: ChosenTable | LabelledTable[Frame], *, processors: int | None = None
) -> list[Capacity]:
    """Return the capacities that a table of n rows and p columns leaves time for; the smallest one always."""
    frauds, weights = training.frauds, training.weights
    legitimate, each = len(training.y) - frauds, 1.0 if weights is None else float(weights.max())
    cascaded = ALGORITHMS[algorithm].cascaded and processors is None
    rows = rows_after(legitimate, frauds, each=each) if cascaded else legitimate + frauds
    cells = rows * len(training.kinds)
    smallest, *larger = ALGORITHMS[algorithm].capacities
    return [smallest, *(capacity for capacity in larger if capacity.levels * cells <= MAX_WORK * (processors or 1))]


def precision_of_frauds(y: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return each fraud's precision among the rows ranked at least as high: their mean is the average precision.

    Args:
        y: labels (n,), 1 = fraud.
        scores: of the same rows.
        weights: how many rows each legitimate row stands for (n,); each for itself when not given.
    """
    is_fraud, ranked = np.asarray(y) == 1, np.asarray(scores, dtype=np.float64)
    above = _standing_at_or_above(ranked[is_fraud], ranked, weights)
    frauds = np.sort(ranked[is_fraud])
    found = len(frauds) - np.searchsorted(frauds, ranked[is_fraud], side="left")
    precision: Floats = found / above
    return precision


def _standing_at_or_above(limits: Floats, scores: Floats, weights: ArrayLike | None) -> NDArray[np.number]:
    """Return how many of n rows have a score of at least each limit (m,), or for how many rows these stand."""
    if weights is None:
        return len(scores) - np.searchsorted(np.sort(scores), limits, side="left")
    order = np.argsort(scores, kind="stable")
    from_each_on = np.append(np.cumsum(np.asarray(weights, dtype=np.float64)[order][::-1])[::-1], 0.0)
    return from_each_on[np.searchsorted(scores[order], limits, side="left")]


def is_better(precision: Floats, known: Floats) -> bool:
    """Return whether the mean of a paired sample of values is above another's by ``ERRORS`` standard errors."""
    gains = precision - known
    return bool(len(gains) > 1 and gains.mean() > ERRORS * gains.std(ddof=1) / np.sqrt(len(gains)))
