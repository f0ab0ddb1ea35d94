"""The worth of a model on rows without labels, estimated from its calibrated scores, with intervals.

A calibrated score is the probability that its row is fraud, so that sums of scores are expected numbers of frauds:
those among the alarms are expected to be caught, the others missed. Three things make the truth differ from these sums,
and the intervals hold all three: labels are drawn from their probabilities, frauds differ in their amounts, and the
scores were calibrated on finitely many rows (``recalibration``). A fourth can't be seen without labels: that rows like
these have become fraud more often, as when a new kind of fraud looks like honest traffic. ``known_region`` says where
nothing can be said at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.core.evaluation.costs import Costs, Floats
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.intervals import LEVEL, Interval
from functions.core.evaluation.recalibration import frauds_a_score
from functions.core.evaluation.score_sums import ScoreSums

_DRAWS = 4000
_TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
# A share of nothing is undefined: where more of the draws than this have no fraud, nothing is said of recall.
_UNDEFINED = 0.05
# What rounding leaves of a variance where all frauds cost the same.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Estimates:
    """Expected metrics and costs of a model's decisions on rows, with 95 % prediction intervals; costs are money.

    ``precision`` is None without alarms, ``recall`` where there may well be no fraud. ``saved`` is what the cheaper of
    doing nothing and alarming on everything would cost, less ``cost``.
    """

    frauds: Interval
    caught: Interval
    missed: Interval
    false_alarms: Interval
    precision: Interval | None
    recall: Interval | None
    cost: Interval
    saved: Interval


@dataclass(frozen=True, slots=True)
class _Worth:
    """Frauds and money of D draws, or their expectation as one: (D,) each."""

    sums: ScoreSums
    costs: Costs
    caught: Floats
    missed: Floats
    lost: Floats
    prevented: Floats

    @property
    def frauds(self) -> Floats:
        return self.caught + self.missed

    @property
    def false_alarms(self) -> Floats:
        return self.sums.alarms - self.caught

    @property
    def cost(self) -> Floats:
        return self.lost + self.false_alarms * self.costs.false_alarm

    @property
    def saved(self) -> Floats:
        everything = (self.sums.count - self.frauds) * self.costs.false_alarm
        return np.minimum(self.lost + self.prevented, everything) - self.cost

    @property
    def precision(self) -> Floats:
        return _ratio(self.caught, np.full_like(self.caught, self.sums.alarms))

    @property
    def recall(self) -> Floats:
        return _ratio(self.caught, self.frauds)


def estimate(sums: ScoreSums, costs: Costs, checked: Sequence[ReliabilityBin] = (), *, seed: int = 0) -> Estimates:
    """Estimate what the decisions on scored rows are worth.

    Args:
        sums: over the rows.
        costs: the cost matrix.
        checked: the reliability diagram of the model's test split, by half decades; without it nothing but the
            calibration itself vouches for the scores, and the intervals are wider.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    per_score = frauds_a_score(sums, checked, draws=_DRAWS, random=random)
    expected, drawn = _expected(sums, costs, per_score), _drawn(sums, costs, per_score, random)
    return Estimates(
        frauds=_interval(expected.frauds, drawn.frauds),
        caught=_interval(expected.caught, drawn.caught),
        missed=_interval(expected.missed, drawn.missed),
        false_alarms=_interval(expected.false_alarms, drawn.false_alarms),
        precision=_share(expected.precision, drawn.precision),
        recall=_share(expected.recall, drawn.recall),
        cost=_interval(expected.cost, drawn.cost),
        saved=_interval(expected.saved, drawn.saved),
    )


def _expected(sums: ScoreSums, costs: Costs, per_score: Floats) -> _Worth:
    """Compute the expectation for so many frauds a unit of score (D, 2, ``BANDS``)."""
    typical = per_score.mean(axis=0)
    missed, caught = (typical * sums.cells("scores")).sum(axis=1)
    lost, prevented = (typical * sums.cells("losses")).sum(axis=1)
    return _Worth(sums, costs, *(np.array([each]) for each in (caught, missed, lost, prevented)))


def _drawn(sums: ScoreSums, costs: Costs, per_score: Floats, random: np.random.Generator) -> _Worth:
    """Draw frauds and their amounts for so many frauds a unit of score (D, 2, ``BANDS``)."""
    rows, scores = sums.cells("rows"), sums.cells("scores")
    # A binomial count varies no less than one of as many rows whose probabilities differ (Hoeffding, 1956).
    frauds = random.binomial(rows.astype(np.int64), np.minimum(per_score * _ratio(scores, rows, empty=0.0), 1.0))
    mean, square = (_ratio(sums.cells(name), scores, empty=0.0) for name in ("losses", "squares"))
    money = _amounts(frauds, mean, square, random).sum(axis=2)
    missed, caught = frauds.sum(axis=2).astype(np.float64).T
    return _Worth(sums, costs, caught, missed, money[:, 0], money[:, 1])


def _amounts(frauds: NDArray[np.int64], mean: Floats, square: Floats, random: np.random.Generator) -> Floats:
    """Draw what missing so many frauds costs (D, 2, ``BANDS``), given the mean and mean square of a fraud's amount.

    Sums of amounts are close to gamma distributed (Fay and Feuer, 1997).
    """
    total, variance = frauds * mean, frauds * np.maximum(square - mean**2, 0.0)
    varied = (total > 0) & (variance > _ROUNDING * total**2)
    centre, spread = np.where(varied, total, 1.0), np.where(varied, variance, 1.0)
    return np.asarray(np.where(varied, random.gamma(centre**2 / spread, spread / centre), total))


def _ratio(part: Floats, whole: Floats, *, empty: float = np.nan) -> Floats:
    divided: Floats = np.divide(part, whole, out=np.full(np.shape(part), empty), where=whole > 0)
    return divided


def _interval(expected: Floats, drawn: Floats) -> Interval:
    """Return the expectation (1,) with the middle ``LEVEL`` of the draws (D,), widened to hold it."""
    estimate = float(expected[0])
    low, high = np.quantile(drawn, _TAILS)
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def _share(expected: Floats, drawn: Floats) -> Interval | None:
    """Return the interval of a share by the draws that define it; None where too few do."""
    defined = drawn[np.isfinite(drawn)]
    if not np.isfinite(expected[0]) or len(defined) < (1 - _UNDEFINED) * len(drawn):
        return None
    return _interval(expected, defined)
