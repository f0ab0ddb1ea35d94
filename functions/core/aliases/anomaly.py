"""Where release 0.1 had ``AnomalyClassifier``."""

from functions.core.training.anomaly import AnomalyClassifier

__all__ = ["AnomalyClassifier"]
