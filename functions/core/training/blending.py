"""The ensemble: a weighted mean of the candidates' probabilities, with weights fitted on out-of-fold scores."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from functions.core.training.calibration import EDGE, Floats, SigmoidCalibrator
from functions.core.training.crossfit import Composed, CrossFitted

TOLERANCE = 1e-6
# A member of less weight is omitted: it would cost time at every scoring and change next to nothing.
LEAST_WEIGHT = 0.02


class Blend(Composed):
    """An ensemble: a weighted mean of calibrated models, calibrated again, as such a mean is underconfident.

    Args:
        members: the ensemble members by name.
        weights: of each, summing to 1.
        calibrator: fitted on the mean of their out-of-fold scores.
    """

    def __init__(
        self, members: Mapping[str, CrossFitted], weights: Mapping[str, float], calibrator: SigmoidCalibrator
    ) -> None:
        self.members = members
        self.weights = weights
        self.calibrator = calibrator

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of n rows as (n, 2), the second column that of fraud."""
        frauds = self.combine({name: member.predict_proba(X)[:, 1] for name, member in self.members.items()})
        return np.column_stack((1 - frauds, frauds))

    def combine(self, scores: Mapping[str, Floats]) -> Floats:
        """Compute the probabilities of fraud (n,) from the members' probabilities."""
        return self.calibrator.calibrate(weighted_mean(scores, self.weights))

    def before_validation(self) -> "Blend":
        """Return the ensemble of the members that were not trained on validation, so that validation can judge it."""
        early = {name: member.before_validation() for name, member in self.members.items()}
        return Blend(early, self.weights, self.calibrator)


@dataclass(frozen=True, slots=True)
class Blended:
    """An ensemble and its calibrated scores (m,) of the out-of-fold rows."""

    model: Blend
    scores: Floats


def blend(models: Mapping[str, CrossFitted], scores: Mapping[str, Floats], y: ArrayLike) -> Blended:
    """Fit an ensemble of candidates to their out-of-fold scores of the same m rows.

    Args:
        models: the candidates by name, two or more.
        scores: each one's calibrated out-of-fold probabilities (m,).
        y: labels (m,), 1 = fraud.
    """
    found = mixture_weights(np.column_stack([scores[name] for name in models]), y)
    found = np.where(found >= LEAST_WEIGHT, found, 0.0)
    weights = {name: float(weight) for name, weight in zip(models, found / found.sum(), strict=True) if weight}
    calibrator = SigmoidCalibrator().fit(weighted_mean(scores, weights), y)
    model = Blend({name: models[name] for name in weights}, weights, calibrator)
    return Blended(model, model.combine(scores))


def weighted_mean(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Compute the weighted mean (n,) of the scores (n,) that have a weight, by name."""
    return np.asarray(sum(weight * scores[name] for name, weight in weights.items()), dtype=np.float64)


def mixture_weights(probabilities: Floats, y: ArrayLike) -> Floats:
    """Fit the maximum-likelihood weights (k,) of a mixture of k models' probabilities (m, k) to labels (m,).

    The log-likelihood of a mixture is concave in its weights, so that sequential quadratic programming (Kraft, 1988)
    finds the optimum from equal weights. It is scaled by the number of frauds.
    """
    is_fraud = np.asarray(y) == 1
    # A member with a wrong probability of 0 or 1 would make the likelihood zero.
    of_label = np.maximum(np.where(is_fraud[:, np.newaxis], probabilities, 1 - probabilities), EDGE)
    count, scale = of_label.shape[1], max(int(is_fraud.sum()), 1)

    def loss(weights: Floats) -> tuple[float, Floats]:
        likelihood = of_label @ weights
        return -float(np.log(likelihood).sum()) / scale, -(of_label.T @ (1 / likelihood)) / scale

    found = minimize(
        loss,
        np.full(count, 1 / count),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": np.ones_like},
        options={"ftol": TOLERANCE},
    )
    weights: Floats = np.clip(found.x, 0.0, None)
    return weights / weights.sum()
