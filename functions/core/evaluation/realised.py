"""What decisions on labelled rows came to, summed row by row: metrics and money, with 95 % confidence intervals."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from functions.core.evaluation import intervals
from functions.core.evaluation.certainty import f1
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, Floats
from functions.core.evaluation.intervals import Events, Interval

_NO_ROWS = Confusion(0, 0, 0, 0)
_NOTHING = Events(0.0, 0.0, 0.0)
_TWO = 2  # a standard deviation needs as many


@dataclass(frozen=True, slots=True)
class Realised:
    """Metrics of the decisions on labelled rows, and their costs, which are money."""

    confusion: Confusion
    precision: Interval
    recall: Interval
    f1: Interval
    cost: Interval
    saved: Interval


@dataclass(frozen=True, slots=True)
class RealisedSums:
    """Sums over labelled rows; what is missed may cost as much as the dearest of the frauds that were seen.

    Attributes:
        confusion: counts of the outcomes.
        caught: the costs that the alarms have prevented.
        missed: the costs of the frauds that passed.
        unpriced: frauds whose amount is missing, negative or infinite: they cost nothing here.
    """

    confusion: Confusion = _NO_ROWS
    caught: Events = _NOTHING
    missed: Events = _NOTHING
    unpriced: int = 0

    @classmethod
    def of(cls, y: ArrayLike, flagged: ArrayLike, costs: Costs, amounts: ArrayLike | None = None) -> Self:
        """Sum over n rows.

        Args:
            y: labels (n,), 1 = fraud.
            flagged: decisions (n,), True = alarm.
            costs: the cost matrix.
            amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each fraud when not given.
        """
        is_fraud, is_flagged = np.asarray(y) == 1, np.asarray(flagged, dtype=bool)
        given = np.full(len(is_fraud), costs.missed_fraud) if amounts is None else np.asarray(amounts, dtype=np.float64)
        priced = np.isfinite(given) & (given >= 0)
        losses = np.where(priced & is_fraud, given, 0.0)
        return cls(
            confusion=Confusion.count(is_fraud, is_flagged),
            caught=_events(losses[is_flagged], losses),
            missed=_events(losses[~is_flagged], losses),
            unpriced=int(np.count_nonzero(is_fraud & ~priced)),
        )

    def __add__(self, other: "RealisedSums") -> "RealisedSums":
        """Return the sums over both sets of rows."""
        mine, theirs = self.confusion, other.confusion
        return RealisedSums(
            Confusion(
                mine.frauds_detected + theirs.frauds_detected,
                mine.frauds_missed + theirs.frauds_missed,
                mine.false_alarms + theirs.false_alarms,
                mine.legitimate_passed + theirs.legitimate_passed,
            ),
            self.caught + other.caught,
            self.missed + other.missed,
            self.unpriced + other.unpriced,
        )

    def measure(self, costs: Costs) -> Realised:
        """Return the metrics and costs with their intervals, as ``certainty.bound`` computes them of rows."""
        counts = self.confusion
        raised, spared = (_alarms(each, costs) for each in (counts.false_alarms, counts.legitimate_passed))
        missed = self.missed if counts.frauds else Events(0.0, 0.0, costs.missed_fraud)
        both = (intervals.gain(self.caught, missed, lost=raised), intervals.gain(spared, raised, lost=missed))
        return Realised(
            confusion=counts,
            precision=intervals.share(counts.frauds_detected, counts.frauds_detected + counts.false_alarms),
            recall=intervals.share(counts.frauds_detected, counts.frauds),
            f1=f1(counts),
            cost=intervals.total(missed + raised),
            saved=Interval(*(min(getattr(each, name) for each in both) for name in ("estimate", "low", "high"))),
        )


def _events(losses: Floats, all_losses: Floats) -> Events:
    """Return some losses as events; the dearest that one may have is judged by all that were seen."""
    seen = all_losses[all_losses > 0]
    varied = len(seen) >= _TWO and seen.min() < seen.max()
    dearest = float(intervals.dearest(seen)) if varied else float(seen.max(initial=0.0))
    return Events(float(losses.sum()), float(np.square(losses).sum()), dearest)


def _alarms(rows: int, costs: Costs) -> Events:
    """Return the cost of checking so many legitimate rows."""
    return Events(rows * costs.false_alarm, rows * costs.false_alarm**2, costs.false_alarm)
