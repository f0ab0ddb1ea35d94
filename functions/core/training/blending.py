"""The ensemble: a weighted mean of the candidates' log-odds of fraud, with weights fitted on out-of-fold scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from functions.core.training.calibration import EDGE, Floats, SigmoidCalibrator, log_odds
from functions.core.training.crossfit import Composed, CrossFitted

type Pooling = Literal["log_odds", "probabilities"]

# A normal prior around 0 with a deviation of 1: weights of calibrated members are about as large, and data soon
# outvotes it; it bounds them where the members separate the classes.
PENALTY = 1.0
# A member that adds less to the log-likelihood is omitted (Akaike, 1974): it would cost time at every scoring, and what
# it adds is no more than chance.
LEAST_GAIN = 1.0


class Blend(Composed):
    """An ensemble: a weighted mean of calibrated models, calibrated again, as such a mean is underconfident.

    Args:
        members: the ensemble members by name.
        weights: of each, summing to 1.
        calibrator: fitted on the mean of their out-of-fold scores.
        pooling: what the mean is of.
    """

    # Ensembles of releases 0.1 and 0.2 have no such attribute: theirs is a mean of probabilities.
    pooling: Pooling = "probabilities"

    def __init__(
        self,
        members: Mapping[str, CrossFitted],
        weights: Mapping[str, float],
        calibrator: SigmoidCalibrator,
        pooling: Pooling = "log_odds",
    ) -> None:
        self.members = members
        self.weights = weights
        self.calibrator = calibrator
        self.pooling = pooling

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of n rows as (n, 2), the second column that of fraud."""
        frauds = self.combine({name: member.predict_proba(X)[:, 1] for name, member in self.members.items()})
        return np.column_stack((1 - frauds, frauds))

    def combine(self, scores: Mapping[str, Floats]) -> Floats:
        """Compute the probabilities of fraud (n,) from the members' probabilities."""
        return self.calibrator.calibrate(pooled(scores, self.weights, self.pooling))

    def before_validation(self) -> "Blend":
        """Return the ensemble of the members that were not trained on validation, so that validation can judge it."""
        early = {name: member.before_validation() for name, member in self.members.items()}
        return Blend(early, self.weights, self.calibrator, self.pooling)


@dataclass(frozen=True, slots=True)
class Blended:
    """An ensemble and its calibrated scores (m,) of the out-of-fold rows."""

    model: Blend
    scores: Floats


def blend(
    models: Mapping[str, CrossFitted], scores: Mapping[str, Floats], y: ArrayLike, rows: Floats | None = None
) -> Blended:
    """Fit an ensemble of candidates to their out-of-fold scores of the same m rows.

    Args:
        models: the candidates by name, two or more.
        scores: each one's calibrated out-of-fold probabilities (m,).
        y: labels (m,), 1 = fraud.
        rows: how many rows each stands for (m,); each for itself when not given.
    """
    kept = list(models)
    best = _pool(scores, kept, y, rows)
    while len(kept) > 1:
        without = {name: _pool(scores, [each for each in kept if each != name], y, rows) for name in kept}
        least = min(kept, key=lambda name: without[name].loss)
        if without[least].loss - best.loss > LEAST_GAIN:
            break
        kept.remove(least)
        best = without[least]
    weights = dict(zip(kept, (float(weight) for weight in best.weights), strict=True))
    calibrator = SigmoidCalibrator().fit(pooled(scores, weights, "log_odds"), y, rows)
    model = Blend({name: models[name] for name in weights}, weights, calibrator)
    return Blended(model, model.combine(scores))


def pooled(scores: Mapping[str, Floats], weights: Mapping[str, float], pooling: Pooling) -> Floats:
    """Compute the weighted mean (n,) of the scores (n,) that have a weight, by name, as a probability."""
    if pooling == "probabilities":
        return np.asarray(sum(weight * scores[name] for name, weight in weights.items()), dtype=np.float64)
    probabilities: Floats = expit(sum(weight * log_odds(scores[name]) for name, weight in weights.items()))
    return probabilities


@dataclass(frozen=True, slots=True)
class Pool:
    """Weights (k,) of k models, summing to 1, and the negative log-likelihood of their calibrated mean."""

    weights: Floats
    loss: float


def pool_weights(probabilities: Floats, y: ArrayLike, rows: Floats | None = None) -> Pool:
    """Fit the weights of a mean of k models' log-odds to their probabilities (m, k) and labels (m,).

    A row may stand for several ``rows`` (m,).

    They are the coefficients of a logistic regression, none of them negative, up to a factor that calibration puts
    right (Ranjan and Gneiting, 2010). Log-odds let a member that is certain outweigh others that are not, in either
    direction; a mean of probabilities never falls below a weak member's doubts.
    """
    is_fraud, each = np.asarray(y) == 1, 1.0 if rows is None else rows
    odds = log_odds(probabilities)
    # Centred, so that a member that says the same of every row is no second intercept.
    odds -= np.average(odds, axis=0, weights=rows)
    sign, scale, count = np.where(is_fraud, 1.0, -1.0), max(int(is_fraud.sum()), 1), odds.shape[1]

    def loss(found: Floats) -> tuple[float, Floats]:
        weights, margins = found[:-1], odds @ found[:-1] + found[-1]
        slope = -sign * expit(-sign * margins) * each
        value = float((np.logaddexp(0, -sign * margins) * each).sum()) + PENALTY * float(weights @ weights) / 2
        return value / scale, np.append(odds.T @ slope + PENALTY * weights, slope.sum()) / scale

    start = np.append(np.zeros(count), logit(np.clip(np.average(is_fraud, weights=rows), EDGE, 1 - EDGE)))
    bounds = [*[(0.0, None)] * count, (None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    weights = np.clip(found.x[:-1], 0.0, None)
    total = weights.sum()
    # Where no member ranks better than chance, none is better than another.
    shares = weights / total if total > 0 else np.full(count, 1 / count)
    return Pool(shares, float(found.fun) * scale)


def _pool(scores: Mapping[str, Floats], names: Sequence[str], y: ArrayLike, rows: Floats | None) -> Pool:
    return pool_weights(np.column_stack([scores[name] for name in names]), y, rows)
