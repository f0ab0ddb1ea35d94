"""What evaluating a run's models comes to, for its document and its report page.

Shares and probabilities are in 0 to 1, money is in the currency of the two prices. All is measured on the test split
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

    ``seconds`` is what training took, ``collapsed`` why the candidate is not to be used, where it has learnt next to
    nothing.
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
        cost: what each threshold costs, by falling threshold.
        points: the thresholds that a user compares.
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
    """By how much average precision falls on validation when one feature is shuffled: mean and standard deviation.

    They are None where it was not shuffled. ``share`` is what the feature has of the model's own contributions, None
    where the model tells none.
    """

    feature: str
    mean: float | None
    std: float | None
    share: float | None = None
