"""Confidence intervals of a model's metrics and costs on the test rows, alone and paired with another decider."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from functions.core.evaluation import intervals
from functions.core.evaluation.confusion import Confusion, number_of
from functions.core.evaluation.costs import Costs, Floats, losses_if_missed
from functions.core.evaluation.intervals import Events, Interval

type Flags = NDArray[np.bool_]

_TWO = 2  # a standard deviation needs as many


@dataclass(frozen=True, slots=True)
class PricedRows:
    """Labels (n,), 1 = fraud, the costs of mistakes, and each row's cost if missed (n,) where that varies.

    ``weights`` are the numbers of rows that each legitimate row stands for (n,); None where each stands for itself.
    """

    y: ArrayLike
    costs: Costs
    amounts: ArrayLike | None = None
    weights: ArrayLike | None = None

    @property
    def is_fraud(self) -> Flags:
        """Fraud or not (n,)."""
        return np.asarray(np.asarray(self.y) == 1)

    @property
    def losses(self) -> Floats:
        """Cost of missing each row (n,); zero for a legitimate one."""
        return losses_if_missed(self.y, self.costs, self.amounts)

    @property
    def dearest_miss(self) -> float:
        """Highest cost that missing one fraud may have, a fraud that did not occur in these rows included."""
        losses = self.losses[self.is_fraud]
        priced = losses[losses > 0]
        if self.amounts is None or len(priced) < _TWO:
            return float(losses.max()) if losses.size else self.costs.missed_fraud
        return float(intervals.dearest(priced))

    def of(self, kept: ArrayLike) -> "PricedRows":
        """Return the rows that a mask of n booleans selects."""
        chosen = np.asarray(kept, dtype=bool)
        amounts, weights = (None if of is None else np.asarray(of)[chosen] for of in (self.amounts, self.weights))
        return PricedRows(np.asarray(self.y)[chosen], self.costs, amounts, weights)


@dataclass(frozen=True, slots=True)
class Intervals:
    """A model's metrics with their 95 % intervals; cost, and savings against no model, are money."""

    fraud_recall: Interval
    fraud_precision: Interval
    fraud_f1: Interval
    false_alarm_rate: Interval
    average_precision: Interval
    cost: Interval
    saved: Interval


def bound(rows: PricedRows, flagged: ArrayLike, average_precision: float) -> Intervals:
    """Compute the interval of each metric of a model that flags some of n rows (n,), given its average precision."""
    is_flagged = np.asarray(flagged, dtype=bool)
    counts = Confusion.count(rows.y, is_flagged)
    found = counts.frauds_detected
    return Intervals(
        fraud_recall=intervals.share(found, counts.frauds),
        fraud_precision=intervals.share(found, found + counts.false_alarms),
        fraud_f1=f1(counts),
        false_alarm_rate=intervals.share(counts.false_alarms, counts.false_alarms + counts.legitimate_passed),
        # A mean over the frauds of values in 0 to 1 varies no more than a binomial share of as many frauds.
        average_precision=intervals.share(average_precision * counts.frauds, counts.frauds),
        cost=intervals.total(_losses(rows, ~is_flagged) + _alarms(rows, is_flagged)),
        saved=saving(rows, is_flagged),
    )


def f1(counts: Confusion) -> Interval:
    """Compute the interval of F1, a function of the share of frauds found among the rows that are fraud or flagged."""
    found = intervals.share(counts.frauds_detected, counts.frauds + counts.false_alarms)
    estimate, low, high = (2 * each / (1 + each) for each in (found.estimate, found.low, found.high))
    return Interval(estimate, low, high)


def saving(rows: PricedRows, flagged: Flags) -> Interval:
    """Compute a model's savings against doing nothing and against alarming on everything, whichever are less.

    Where the whole interval is above zero, the model is significantly cheaper than both (an intersection-union test;
    Berger, 1982).
    """
    (caught, missed), (raised, spared) = ([of(rows, each) for each in (flagged, ~flagged)] for of in (_losses, _alarms))
    both = (intervals.gain(caught, missed, lost=raised), intervals.gain(spared, raised, lost=missed))
    return Interval(*(min(getattr(each, name) for each in both) for name in ("estimate", "low", "high")))


def cost_difference(rows: PricedRows, before: Flags, after: Flags) -> Interval:
    """Compute the paired difference in cost: that of the decisions ``after`` (n,) less that of ``before`` (n,).

    Only rows on which the two disagree count.
    """
    dropped, raised = before & ~after, after & ~before
    return intervals.difference(
        _losses(rows, dropped) + _alarms(rows, raised), _losses(rows, raised) + _alarms(rows, dropped)
    )


def unseen_difference(rows: PricedRows) -> float:
    """Return the upper limit of the paired difference in cost of two deciders that agree on all of these rows."""
    alike = np.zeros_like(rows.is_fraud)
    return cost_difference(rows, alike, alike).high


def _losses(rows: PricedRows, which: Flags) -> Events:
    """Return the cost of the frauds among some of the rows."""
    losses = rows.losses[which & rows.is_fraud]
    return Events(float(losses.sum()), float(np.square(losses).sum()), rows.dearest_miss)


def _alarms(rows: PricedRows, which: Flags) -> Events:
    """Return the cost of the false alarms among some of the rows: one that stands for w rows costs w prices."""
    price, alarms = rows.costs.false_alarm, which & ~rows.is_fraud
    if rows.weights is None:
        number = number_of(alarms, None)
        return Events(number * price, number * price**2, price)
    weights = np.asarray(rows.weights, dtype=np.float64)
    prices = weights[alarms] * price
    return Events(float(prices.sum()), float(np.square(prices).sum()), float(weights.max(initial=1.0)) * price)
