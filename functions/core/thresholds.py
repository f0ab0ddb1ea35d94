"""From which score on a row is flagged as fraud: chosen on validation, then carried by the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline

from functions.core.confusion import Confusion
from functions.core.costs import Costs, business_impact
from functions.core.errors import TooFewFraudsError

type Policy = Literal["f1", "cost"]
type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A decision threshold, why it was chosen, and the outcomes at it on the rows it was chosen on.

    A row is flagged when its score is at least ``value``. ``total_cost`` prices ``confusion``.
    """

    value: float
    policy: Policy
    confusion: Confusion
    total_cost: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """Outcomes at every way of cutting n rows sorted by score, from flagging none (first) to flagging all (last)."""

    scores: Floats
    frauds: int
    detected: Floats
    false_alarms: Floats


def choose_threshold(
    y: ArrayLike, scores: ArrayLike, *, policy: Policy = "f1", costs: Costs | None = None
) -> Threshold:
    """Choose the threshold that is best on these rows, over every cut that their scores allow.

    Equal scores are never parted. The threshold lies midway between the last flagged score and the first passed one,
    so that a new row goes with its nearer neighbour; flagging all puts it at the lowest score and flagging none (only
    ``cost`` may want that) just above the highest. Of equally good cuts the one with the fewest alarms wins.

    Args:
        y: labels (n,), 1 = fraud; of validation, never of test.
        scores: the model's scores (n,), higher = more likely fraud.
        policy: ``f1`` maximises the fraud class's F1, ``cost`` minimises the money lost to mistakes.
        costs: prices of the mistakes; the defaults of ``Costs`` when not given.

    Raises:
        TooFewFraudsError: when no row is a fraud, so that no cut is better than another.
        ValueError: when a score is not finite.
    """
    prices = costs or Costs()
    cuts = _all_cuts(np.asarray(y) == 1, np.asarray(scores, dtype=np.float64))
    best = int(np.argmax(_OBJECTIVES[policy](cuts, prices)))
    value = _between(cuts.scores, best)
    confusion = Confusion.count(y, np.asarray(scores) >= value)
    return Threshold(value, policy, confusion, business_impact(confusion, prices).total_cost)


def attach_threshold(pipeline: Pipeline, threshold: float) -> FixedThresholdClassifier:
    """Wrap a fitted pipeline so that ``predict`` flags scores of at least ``threshold``.

    ``predict_proba`` stays the pipeline's own: column 1 is the score.
    """
    model = FixedThresholdClassifier(
        FrozenEstimator(pipeline), threshold=threshold, pos_label=1, response_method="predict_proba"
    )
    # A frozen pipeline ignores what it is fitted on; this only marks the wrapper as fitted and names its features.
    return model.fit([[0.0], [0.0]], [0, 1])


def _all_cuts(is_fraud: NDArray[np.bool_], scores: Floats) -> Cuts:
    if not np.isfinite(scores).all():
        raise ValueError("Scores must be finite.")
    if not is_fraud.any():
        raise TooFewFraudsError("No threshold can be chosen on rows without a single fraud.")
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last_of_ties = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    detected = np.cumsum(is_fraud[order])[last_of_ties].astype(np.float64)
    false_alarms = last_of_ties + 1 - detected
    return Cuts(
        scores=ordered[last_of_ties],
        frauds=int(is_fraud.sum()),
        detected=np.concatenate(([0.0], detected)),
        false_alarms=np.concatenate(([0.0], false_alarms)),
    )


def _f1(cuts: Cuts, _: Costs) -> Floats:
    flagged = cuts.detected + cuts.false_alarms
    return 2 * cuts.detected / (flagged + cuts.frauds)


def _saved(cuts: Cuts, costs: Costs) -> Floats:
    return cuts.detected * costs.missed_fraud - cuts.false_alarms * costs.false_alarm


_OBJECTIVES: Mapping[Policy, Callable[[Cuts, Costs], Floats]] = MappingProxyType({"f1": _f1, "cost": _saved})


def _between(scores: Floats, flagged: int) -> float:
    """Give the threshold that flags the ``flagged`` highest of the distinct scores, which are sorted downwards."""
    if flagged == 0:
        return float(np.nextafter(scores[0], np.inf))
    last_flagged = float(scores[flagged - 1])
    if flagged == len(scores):
        return last_flagged
    first_passed = float(scores[flagged])
    middle = first_passed + (last_flagged - first_passed) / 2
    # Between two neighbouring floats there is no middle.
    return middle if middle > first_passed else last_flagged
