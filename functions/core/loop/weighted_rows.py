"""Weighted rows whose truth is known: counts, money and shares of some of them, with their uncertainty."""

from dataclasses import dataclass

import numpy as np

from functions.core.evaluation import intervals
from functions.core.evaluation.costs import Costs, Floats
from functions.core.evaluation.intervals import Events, Interval, share_bounds
from functions.core.loop.outcomes import Flags

_TWO = 2  # a standard deviation needs as many


@dataclass(frozen=True, slots=True)
class WeightedRows:
    """n rows: whether each is fraud, for how many it stands, what missing it would cost; (n,) each."""

    fraud: Flags
    weight: Floats
    missed_cost: Floats

    @property
    def weighted(self) -> bool:
        """Whether any row stands for more than itself."""
        return bool(np.any(self.weight != 1))

    @property
    def priced(self) -> Flags:
        """Which rows have an amount to lose."""
        return np.asarray(np.isfinite(self.missed_cost) & (self.missed_cost >= 0))

    def count(self, among: Flags, *, fraud: bool) -> Events:
        """Return the number of the frauds, or of the legitimate rows, among some: events that cost their weights."""
        return self._events(among, np.ones(len(self.weight)), 1.0, fraud=fraud)

    def losses(self, among: Flags, costs: Costs) -> Events:
        """Return what missing the frauds among some rows costs; the dearest that may occur is judged by all frauds."""
        seen = self.missed_cost[self.fraud & self.priced & (self.missed_cost > 0)]
        if not self.fraud.any():
            dearest = costs.missed_fraud
        elif len(seen) >= _TWO and seen.min() < seen.max():
            dearest = float(intervals.dearest(seen))
        else:
            dearest = float(seen.max(initial=0.0))
        return self._events(among, np.where(self.priced, self.missed_cost, 0.0), dearest, fraud=True)

    def alarms(self, among: Flags, costs: Costs) -> Events:
        """Return what checking the legitimate rows among some costs."""
        return self._events(among, np.full(len(self.weight), costs.false_alarm), costs.false_alarm, fraud=False)

    def _events(self, among: Flags, amounts: Floats, dearest: float, *, fraud: bool) -> Events:
        which = among & (self.fraud == fraud)
        each = self.weight[which] * amounts[which]
        # An event that did not occur may stand for as many as any row that is like it.
        heaviest = float(self.weight[among].max(initial=1.0))
        return Events(float(each.sum()), float(np.square(each).sum()), dearest * heaviest)


def weighted_share(part: Events, rest: Events) -> Interval | None:
    """Return the share of a part in it and the rest, both counts of weighted events; None where both are zero.

    A count of weighted events varies as one of (sum of w)^2 / (sum of w^2) events does that weigh the same (Kish,
    1965); given their sum, the one of two such counts is binomial.
    """
    (events, weight), (others, other_weight) = _equal(part), _equal(rest)
    if not events + others:
        return None
    low, high = share_bounds(events, events + others)
    return Interval(
        *(
            share * weight / (share * weight + (1 - share) * other_weight)
            for share in (events / (events + others), float(low), float(high))
        )
    )


def _equal(count: Events) -> tuple[float, float]:
    """Return how many events of the same weight vary as these do, and that weight."""
    total, squares = float(np.asarray(count.total)), float(np.asarray(count.squares))
    return (total**2 / squares, squares / total) if total else (0.0, float(np.asarray(count.dearest)))
