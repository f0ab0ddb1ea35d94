"""The ensemble: a weighted mean of the candidates' probabilities, the weights learnt on held-out rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from functions.core.calibration import Floats, SigmoidCalibrator
from functions.core.crossfit import Composed, CrossFitted

ROUNDS = 300
TOLERANCE = 1e-6
# A member that weighs less is left out: it would cost time at every scoring and change next to nothing.
LEAST_WEIGHT = 0.02


class Blend(Composed):
    """A weighted mean of calibrated models, calibrated again: a mean of probabilities is less sure than it could be.

    Args:
        members: the models.
        weights: one a member, summing to 1.
        calibrator: fitted on the mean of what they gave to rows that were held out from them.
    """

    def __init__(self, members: Sequence[CrossFitted], weights: Sequence[float], calibrator: SigmoidCalibrator) -> None:
        self.members = members
        self.weights = weights
        self.calibrator = calibrator

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Give the probabilities of n rows as (n, 2), the second column that of fraud."""
        scores = [member.predict_proba(X)[:, 1] for member in self.members]
        frauds = self.calibrator.calibrate(np.average(scores, axis=0, weights=self.weights))
        return np.column_stack((1 - frauds, frauds))

    def before_validation(self) -> "Blend":
        """Give the part that has not seen validation; it is what validation may be asked about."""
        return Blend([member.before_validation() for member in self.members], self.weights, self.calibrator)


@dataclass(frozen=True, slots=True)
class Blended:
    """An ensemble, the weight of each member by its name, and the calibrated scores (m,) of the held-out rows."""

    model: Blend
    weights: Mapping[str, float]
    scores: Floats


def blend(models: Mapping[str, CrossFitted], scores: Mapping[str, Floats], y: ArrayLike) -> Blended:
    """Blend candidates by what they gave to the same m held-out rows.

    Args:
        models: the candidates by name, two or more.
        scores: each one's calibrated probabilities (m,) of the rows that were held out from it.
        y: their labels (m,), 1 = fraud.
    """
    names = list(models)
    found = mixture_weights(np.column_stack([scores[name] for name in names]), y)
    found = np.where(found >= LEAST_WEIGHT, found, 0.0)
    weights = {name: float(weight) for name, weight in zip(names, found / found.sum(), strict=True) if weight}
    mean = np.average([scores[name] for name in weights], axis=0, weights=list(weights.values()))
    calibrator = SigmoidCalibrator().fit(mean, y)
    model = Blend([models[name] for name in weights], list(weights.values()), calibrator)
    return Blended(model, weights, calibrator.calibrate(mean))


def mixture_weights(probabilities: Floats, y: ArrayLike) -> NDArray[np.float64]:
    """Find the weights (k,) under which the mean of k models' probabilities (m, k) makes the labels (m,) likeliest.

    The likelihood of a mixture is concave in its weights; expectation maximisation (Dempster, Laird and Rubin, 1977)
    climbs it from equal ones until no weight moves by ``TOLERANCE``, at most ``ROUNDS`` times.
    """
    of_label = np.where((np.asarray(y) == 1)[:, np.newaxis], probabilities, 1 - probabilities)
    weights = np.full(of_label.shape[1], 1 / of_label.shape[1])
    for _ in range(ROUNDS):
        shares = of_label * weights
        before, weights = weights, np.mean(shares / shares.sum(axis=1, keepdims=True), axis=0)
        if np.abs(weights - before).max() < TOLERANCE:
            break
    return weights
