"""From which score on a row is flagged as fraud: chosen on validation, then carried by the model."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline

from functions.core.confusion import Confusion
from functions.core.costs import Costs, Floats, business_impact
from functions.core.cuts import Cuts
from functions.core.errors import TooFewFraudsError

type Policy = Literal["cost", "f1", "precision_at_recall"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A decision threshold, why it was chosen, and the outcomes at it on the rows it was chosen on.

    A row is flagged when its score is at least ``value``. ``total_cost`` prices ``confusion``.
    """

    value: float
    policy: Policy
    confusion: Confusion
    total_cost: float


def choose_threshold(
    y: ArrayLike,
    scores: ArrayLike,
    *,
    policy: Policy = "cost",
    costs: Costs | None = None,
    amounts: ArrayLike | None = None,
    min_recall: float = 0.8,
) -> Threshold:
    """Choose the threshold that is best on these rows, over every cut that their scores allow.

    Equal scores are never parted, and a threshold lies midway between two scores (see ``Cuts.threshold``). Of equally
    good cuts the one with the fewest alarms wins; only ``cost`` may want none at all.

    Args:
        y: labels (n,), 1 = fraud; of validation, never of test.
        scores: the model's scores (n,), higher = more likely fraud; out-of-fold, so that they rest on every fraud.
        policy: ``cost`` minimises the money lost to mistakes, ``f1`` maximises the fraud class's F1, and
            ``precision_at_recall`` maximises precision among the cuts that find enough frauds.
        costs: prices of the mistakes; the defaults of ``Costs`` when not given.
        amounts: what missing each row would cost (n,); ``costs.missed_fraud`` for each fraud when not given.
        min_recall: share of the frauds, 0 to 1, that ``precision_at_recall`` must find.

    Raises:
        TooFewFraudsError: when no row is a fraud, so that no cut is better than another.
        ValueError: when a score is not finite.
    """
    labels, ranked, prices = np.asarray(y), np.asarray(scores, dtype=np.float64), costs or Costs()
    if not np.any(labels == 1):
        raise TooFewFraudsError("No threshold can be chosen on rows without a single fraud.")
    cuts = Cuts.of(labels, ranked, prices, amounts)
    value = cuts.threshold(int(np.argmax(_worth(cuts, policy, min_recall))))
    flagged = ranked >= value
    impact = business_impact(labels, flagged, prices, amounts)
    return Threshold(value, policy, Confusion.count(labels, flagged), impact.total_cost)


def attach_threshold(pipeline: Pipeline, threshold: float) -> FixedThresholdClassifier:
    """Wrap a fitted pipeline so that ``predict`` flags scores of at least ``threshold``.

    ``predict_proba`` stays the pipeline's own: column 1 is the score.
    """
    model = FixedThresholdClassifier(
        FrozenEstimator(pipeline), threshold=threshold, pos_label=1, response_method="predict_proba"
    )
    # A frozen pipeline ignores what it is fitted on; this only marks the wrapper as fitted and names its features.
    return model.fit([[0.0], [0.0]], [0, 1])


def _worth(cuts: Cuts, policy: Policy, min_recall: float) -> Floats:
    """Give each cut's objective, higher being better."""
    flagged = cuts.detected + cuts.false_alarms
    match policy:
        case "cost":
            return -cuts.cost
        case "f1":
            return 2 * cuts.detected / (flagged + cuts.frauds)
        case "precision_at_recall":
            precision = cuts.detected / np.maximum(flagged, 1)
            return np.where(cuts.detected / cuts.frauds >= min_recall, precision, -1.0)
