"""The registered model: a classifier with its decision threshold."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from functions.core.training.calibration import Floats
from functions.core.training.crossfit import Composed


class FlaggingClassifier(Composed):
    """A fitted classifier whose ``predict`` flags scores of at least a threshold; its probabilities are unchanged.

    scikit-learn's ``FixedThresholdClassifier`` does the same and holds the classifier twice, as a parameter and as an
    attribute: skops writes both, which doubles the file and the time to write and send it.

    Args:
        scorer: the classifier; column 1 of its ``predict_proba`` is the score.
        threshold: the lowest score that is flagged.
    """

    def __init__(self, scorer: ClassifierMixin, threshold: float) -> None:
        self.scorer = scorer
        self.threshold = threshold

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of n rows as (n, 2), the second column that of fraud."""
        scorer: Any = self.scorer
        return np.asarray(scorer.predict_proba(X), dtype=np.float64)

    def predict(self, X: pd.DataFrame) -> NDArray[np.int8]:
        """Flag n rows as (n,): 1 where the score is at least the threshold, else 0."""
        return (self.predict_proba(X)[:, 1] >= self.threshold).astype(np.int8)
