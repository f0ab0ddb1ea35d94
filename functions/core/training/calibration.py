"""Scores made probabilities: Platt's sigmoid, on the log-odds of what a model gives."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

type Floats = NDArray[np.float64]

# Probabilities nearer to 0 and 1 than this are taken for it: no data set is large enough to tell them apart.
EDGE = 1e-7
# Next to no penalty: it bounds the slope where the scores part the classes perfectly, and is not felt elsewhere.
INVERSE_PENALTY = 1e4


class SigmoidCalibrator(BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """Two numbers that turn a score s in [0, 1] into the probability ``expit(slope logit(s) + intercept)``.

    Platt (1999), with his smoothed targets left out: rows are many. On the log-odds, a model whose scores are
    probabilities already keeps them (slope 1, intercept 0), and one that was trained on resampled or weighted rows is
    put right by the intercept. A rising function, so that rows keep their order; a falling one, of scores that rank
    worse than chance, is not fitted: the slope is 0 then, and each row gets the share of frauds.

    Attributes:
        slope_: 0 or more.
        intercept_: in log-odds.
    """

    def fit(self, scores: ArrayLike, y: ArrayLike) -> Self:
        """Fit to scores (n,) of rows that were held out from the model, and their labels (n,): 1 = fraud, 0."""
        labels, odds = np.asarray(y) == 1, _log_odds(scores)
        fitted = LogisticRegression(C=INVERSE_PENALTY).fit(odds.reshape(-1, 1), labels)
        self.slope_ = max(float(fitted.coef_[0, 0]), 0.0)
        self.intercept_ = float(fitted.intercept_[0] if self.slope_ else logit(labels.mean()))
        return self

    def calibrate(self, scores: ArrayLike) -> Floats:
        """Return the probabilities of fraud (n,) of n scores."""
        probabilities: Floats = expit(self.slope_ * _log_odds(scores) + self.intercept_)
        return probabilities


def _log_odds(scores: ArrayLike) -> Floats:
    odds: Floats = logit(np.clip(np.asarray(scores, dtype=np.float64), EDGE, 1 - EDGE))
    return odds
