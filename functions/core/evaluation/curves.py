"""Cost curve, precision-recall curve, ROC curve and reliability diagram of a model, as plain numbers for JSON.

Each is thinned for a page or a plot; a point that is kept has its exact value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics

from functions.core.evaluation.costs import ALARMING_ON_EVERYTHING, DOING_NOTHING, Costs
from functions.core.evaluation.cuts import Cuts
from functions.core.evaluation.intervals import share_bounds

type Spacing = Literal["quantile", "log"]

MAX_POINTS = 300
ALARM_BUDGET = 60
MISS_LIMIT = 10
# Half decades: most probabilities of fraud are tiny.
BAND_EDGES = np.geomspace(1e-6, 1, 13)
_QUANTILES = np.linspace(0, 1, 11)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Mistakes when rows with a score of at least ``threshold`` are flagged; the cost is money."""

    threshold: float
    frauds_missed: int
    false_alarms: int
    cost: float


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """The operating points that a user compares.

    Two are optimistic, as they are chosen on the rows that they are measured on: ``within_alarm_budget`` misses the
    fewest frauds at no more than ``alarm_budget`` false alarms, ``under_miss_limit`` has the fewest false alarms of
    those that miss fewer than ``miss_limit`` frauds. ``policies`` are the thresholds chosen on held-out rows, by the
    policy's name.
    """

    chosen: OperatingPoint
    at_half: OperatingPoint
    doing_nothing: OperatingPoint
    alarming_on_everything: OperatingPoint
    within_alarm_budget: OperatingPoint
    under_miss_limit: OperatingPoint
    alarm_budget: int
    miss_limit: int
    policies: Mapping[str, OperatingPoint] = field(default_factory=dict)

    @property
    def without_model(self) -> tuple[str, OperatingPoint]:
        """The cheaper baseline: its name and its operating point."""
        if self.doing_nothing.cost <= self.alarming_on_everything.cost:
            return DOING_NOTHING, self.doing_nothing
        return ALARMING_ON_EVERYTHING, self.alarming_on_everything


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision over recall, by falling recall; the last point is (0, 1), where nothing is flagged."""

    recall: tuple[float, ...]
    precision: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RocCurve:
    """Recall over the share of the legitimate rows that are flagged, from (0, 0) to (1, 1)."""

    false_alarm_rate: tuple[float, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """A bin of rows by predicted probability: their mean prediction and the observed share of frauds.

    ``low`` and ``high`` are the exact 95 % confidence interval of that share.
    """

    mean_probability: float
    fraud_share: float
    low: float
    high: float
    rows: int
    frauds: int


def cost_curve(
    y: ArrayLike,
    scores: ArrayLike,
    costs: Costs,
    amounts: ArrayLike | None = None,
    *,
    threshold: float,
    points: int = 200,
) -> tuple[OperatingPoint, ...]:
    """Compute the cost curve, by falling threshold, from flagging none of n rows to flagging all.

    Points are spaced evenly on a logarithmic scale of the rows flagged, as the first few alarms matter most. The
    cheapest threshold, the chosen one and 0.5 are among them whatever the number of points.

    Args:
        y: labels (n,), 1 = fraud.
        scores: the model's scores (n,), higher = more likely fraud.
        costs: the cost matrix.
        amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each fraud when not given.
        threshold: the chosen one.
        points: about how many to return: fewer where scores are few, and up to three more for those named above.

    Raises:
        ValueError: when a score is not finite.
    """
    cuts = Cuts.of(y, scores, costs, amounts)
    spread = np.geomspace(1, len(cuts.cost), points).round().astype(int) - 1
    kept = {cuts.threshold(int(cut)) for cut in {*spread, np.argmin(cuts.cost)}} | {threshold, 0.5}
    return tuple(_point(cuts, each) for each in sorted(kept, reverse=True))


def operating_points(  # noqa: PLR0913 - most of them have defaults
    y: ArrayLike,
    scores: ArrayLike,
    costs: Costs,
    amounts: ArrayLike | None = None,
    *,
    threshold: float,
    policies: Mapping[str, float] | None = None,
    alarm_budget: int = ALARM_BUDGET,
    miss_limit: int = MISS_LIMIT,
) -> OperatingPoints:
    """Compute the operating points that a user compares on n rows.

    Args:
        y: labels (n,), 1 = fraud.
        scores: the model's scores (n,).
        costs: the cost matrix.
        amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each fraud when not given.
        threshold: the chosen one.
        policies: thresholds chosen on held-out rows, by the policy's name.
        alarm_budget: most false alarms that ``within_alarm_budget`` may raise.
        miss_limit: number of frauds of which ``under_miss_limit`` must miss fewer.
    """
    cuts = Cuts.of(y, scores, costs, amounts)
    # argmax returns the first of equals: the cut with the fewest alarms.
    within = np.argmax(np.where(cuts.false_alarms <= alarm_budget, cuts.detected, -1))
    under = np.argmax(cuts.frauds - cuts.detected < miss_limit)
    return OperatingPoints(
        chosen=_point(cuts, threshold),
        at_half=_point(cuts, 0.5),
        doing_nothing=_point(cuts, cuts.threshold(0)),
        alarming_on_everything=_point(cuts, cuts.threshold(len(cuts.scores))),
        within_alarm_budget=_point(cuts, cuts.threshold(int(within))),
        under_miss_limit=_point(cuts, cuts.threshold(int(under))),
        alarm_budget=alarm_budget,
        miss_limit=miss_limit,
        policies={name: _point(cuts, value) for name, value in (policies or {}).items()},
    )


def precision_recall_curve(y: ArrayLike, scores: ArrayLike) -> PrecisionRecallCurve:
    """Return at most ``MAX_POINTS`` points for n labels (1 = fraud, at least one) and scores."""
    precision, recall, _ = metrics.precision_recall_curve(y, scores, drop_intermediate=True)
    kept = _thin(len(recall))
    return PrecisionRecallCurve(recall=_plain(recall[kept]), precision=_plain(precision[kept]))


def roc_curve(y: ArrayLike, scores: ArrayLike) -> RocCurve:
    """Return at most ``MAX_POINTS`` points for n labels (1 = fraud, both classes present) and scores."""
    false_alarm_rate, recall, _ = metrics.roc_curve(y, scores, drop_intermediate=True)
    kept = _thin(len(recall))
    return RocCurve(false_alarm_rate=_plain(false_alarm_rate[kept]), recall=_plain(recall[kept]))


def reliability_curve(y: ArrayLike, probabilities: ArrayLike, *, spacing: Spacing) -> tuple[ReliabilityBin, ...]:
    """Compute the reliability diagram's bins; a bin without a row is omitted.

    Args:
        y: labels (n,), 1 = fraud.
        probabilities: predicted probabilities of fraud (n,), 0 to 1.
        spacing: ``quantile`` for deciles, which show the bulk of the rows, or ``log`` for half decades of
            probability from 1e-6 to 1, which resolve the few rows that matter.

    Returns:
        Bins by rising probability; the intervals are exact (Clopper and Pearson, 1934).
    """
    is_fraud, said = np.asarray(y) == 1, np.asarray(probabilities, dtype=np.float64)
    edges = np.quantile(said, _QUANTILES) if spacing == "quantile" else BAND_EDGES
    bins = np.searchsorted(edges[1:-1], said)
    rows, frauds, sums = (np.bincount(bins, weights=weights) for weights in (None, is_fraud, said))
    low, high = share_bounds(frauds, rows)
    return tuple(
        ReliabilityBin(
            mean_probability=float(sums[each] / rows[each]),
            fraud_share=float(frauds[each] / rows[each]),
            low=float(low[each]),
            high=float(high[each]),
            rows=int(rows[each]),
            frauds=int(frauds[each]),
        )
        for each in np.flatnonzero(rows)
    )


def _point(cuts: Cuts, threshold: float) -> OperatingPoint:
    cut = cuts.at(threshold)
    return OperatingPoint(
        threshold=threshold,
        frauds_missed=int(cuts.frauds - cuts.detected[cut]),
        false_alarms=int(cuts.false_alarms[cut]),
        cost=float(cuts.cost[cut]),
    )


def _thin(points: int) -> NDArray[np.intp]:
    """Return the indices of at most ``MAX_POINTS`` points, evenly spaced, the first and the last among them."""
    return np.linspace(0, points - 1, min(points, MAX_POINTS)).round().astype(np.intp)


def _plain(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(map(float, values))
