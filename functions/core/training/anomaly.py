"""Anomaly detection: the unsupervised candidate, an isolation forest."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import IsolationForest


class AnomalyClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """An isolation forest with the interface of a classifier.

    Column 1 of ``predict_proba`` is the anomaly score of Liu, Ting and Zhou (2008): 2 to the power of minus the mean
    path length over that of an unsuccessful search; in (0, 1), above 0.5 for rows that are isolated early. It ranks
    rows; only calibration makes it a probability of fraud.

    Args:
        forest: the unfitted forest.
    """

    def __init__(self, forest: IsolationForest) -> None:
        self.forest = forest

    def fit(self, X: ArrayLike, _: object = None) -> Self:
        """Fit the forest to rows (n, p); labels are ignored."""
        self.forest_ = self.forest.fit(X)
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the anomaly scores of n rows as (n, 2), the second column the score."""
        scores = -self.forest_.score_samples(X)
        return np.column_stack((1 - scores, scores))
