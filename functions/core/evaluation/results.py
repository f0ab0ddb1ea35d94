"""Evaluation results of a run's models, for its document and its report page.

Shares and probabilities are in 0 to 1, money is in the currency of the cost settings. All is measured on the test split
unless a docstring says otherwise.
"""

from dataclasses import dataclass

from functions.core.evaluation.curves import (
    OperatingPoint,
    OperatingPoints,
    PrecisionRecallCurve,
    ReliabilityBin,
    RocCurve,
)
from functions.core.evaluation.intervals import Interval


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """One candidate at its own threshold.

    ``seconds`` is the training time. ``collapsed`` is the reason not to use the candidate, where its ranking is far
    below the baseline's.
    """

    algorithm: str
    chosen: bool
    average_precision: Interval
    brier_score: float
    cost: Interval
    frauds_missed: int
    false_alarms: int
    seconds: float
    collapsed: str | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """The selected model's curves, thinned.

    Attributes:
        precision_recall: None where the test split lacks one of the classes, as is ``roc``.
        reliability: bins of a logarithmic scale of probability, by rising probability.
        cost: the cost curve, by falling threshold.
        points: the operating points that a user compares.
    """

    precision_recall: PrecisionRecallCurve | None
    roc: RocCurve | None
    reliability: tuple[ReliabilityBin, ...]
    cost: tuple[OperatingPoint, ...]
    points: OperatingPoints
    average_precision: float
    roc_auc: float
    brier_score: float


@dataclass(frozen=True, slots=True)
class Importance:
    """Permutation importance: the fall in average precision on validation, mean and standard deviation.

    They are None where the feature was not shuffled. ``share`` is its share of the contributions (SHAP values), None
    where the model has none. ``title`` says what a history column is, in words.
    """

    feature: str
    mean: float | None
    std: float | None
    share: float | None = None
    title: str | None = None
