"""Probability calibration: Platt's sigmoid on the log-odds of a model's scores."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

type Floats = NDArray[np.float64]

# Probabilities are clipped this close to 0 and 1: no data set is large enough to resolve smaller ones.
EDGE = 1e-7
# Next to no penalty: it bounds the slope where the scores separate the classes perfectly, and nowhere else.
INVERSE_PENALTY = 1e4


class SigmoidCalibrator(BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """Sigmoid calibration of a score s in [0, 1]: the probability is ``expit(slope logit(s) + intercept)``.

    Platt (1999), without his smoothed targets, as rows are many. On the log-odds, scores that are calibrated already
    stay as they are (slope 1, intercept 0), and the intercept corrects for training on resampled or weighted rows. The
    function rises, so that rows keep their order; for scores that rank worse than chance the slope is 0, and each row
    gets the share of frauds.

    Attributes:
        slope_: 0 or more.
        intercept_: in log-odds.
    """

    def fit(self, scores: ArrayLike, y: ArrayLike, weights: Floats | None = None) -> Self:
        """Fit to out-of-fold scores (n,), their labels (n,): 1 = fraud, 0; and their weights (n,), where they vary."""
        labels, odds = np.asarray(y) == 1, log_odds(scores)
        fitted = LogisticRegression(C=INVERSE_PENALTY).fit(odds.reshape(-1, 1), labels, sample_weight=weights)
        self.slope_ = max(float(fitted.coef_[0, 0]), 0.0)
        self.intercept_ = float(fitted.intercept_[0] if self.slope_ else logit(np.average(labels, weights=weights)))
        return self

    def calibrate(self, scores: ArrayLike) -> Floats:
        """Return the probabilities of fraud (n,) of n scores."""
        probabilities: Floats = expit(self.slope_ * log_odds(scores) + self.intercept_)
        return probabilities


def log_odds(scores: ArrayLike) -> Floats:
    """Return the log-odds of probabilities of any shape, clipped ``EDGE`` away from 0 and 1."""
    odds: Floats = logit(np.clip(np.asarray(scores, dtype=np.float64), EDGE, 1 - EDGE))
    return odds
