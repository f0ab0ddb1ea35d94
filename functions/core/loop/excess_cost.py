"""The cost that a version's decisions came to beyond what its scores promised: what a new model could end.

A calibrated score says what each decision is expected to cost. While that stays true, the realised cost less the
expected one scatters around zero, however the traffic moves: a harmless shift shows in the features and not here. A
new kind of fraud, more of the known ones, or a calibration that has worn off make it grow.

What begins suddenly shows soonest in the newest decisions, and what is small only in many: spans of several lengths
are looked at, each of which ends with the newest decision that counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.estimates import estimate
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored
from functions.core.loop.outcomes import Outcomes

# A span is so many times as long as the one before it.
_LONGER = 3
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class ExcessCost:
    """Realised less expected cost of a version's newest counted decisions, in money a decision.

    Attributes:
        excess: with the 95 % interval of the expected cost (``estimates``): chance, amounts and calibration.
        realised: their realised cost.
        surprises: missed frauds and false alarms beyond what the scores expected, 0 or more: what is to be learnt.
        decisions: how many they are.
        since: when the first of them was made, in microseconds since 1970.
    """

    excess: Interval
    realised: float
    surprises: float
    decisions: int
    since: int

    @property
    def sureness(self) -> float:
        """How far it lies above zero, in half widths of its interval; 0.0 where it does not."""
        above = self.excess.estimate
        return above / max(above - self.excess.low, _LEAST) if above > 0 else 0.0


def excess_cost(
    counted: Outcomes, costs: Costs, tested: Sequence[ReliabilityBin], *, shortest: int
) -> ExcessCost | None:
    """Return the excess cost of the span that is surest of one; None where fewer than ``shortest`` decisions count.

    Args:
        counted: n decisions of one version, in the order in which they were made, each with a label.
        costs: the cost matrix.
        tested: the reliability diagram of the version's test split.
        shortest: decisions of the shortest span.
    """
    count = len(counted)
    spans = (counted.of(np.arange(count - rows, count)) for rows in _spans(count, shortest))
    return max((_of(each, costs, tested) for each in spans), key=lambda each: each.sureness, default=None)


def _spans(count: int, shortest: int) -> Iterator[int]:
    """Return the lengths of the spans: geometric, and all decisions."""
    rows = shortest
    while rows < count:
        yield rows
        rows *= _LONGER
    if count >= shortest:
        yield count


def _of(rows: Outcomes, costs: Costs, tested: Sequence[ReliabilityBin]) -> ExcessCost:
    flagged, amounts = rows.flagged, rows.missed_cost
    priced = np.where(np.isfinite(amounts) & (amounts >= 0), amounts, 0.0)
    realised = business_impact(rows.label, flagged, costs, priced).total_cost
    expected = estimate(_sums(rows, costs), costs, tested)
    bounds, fraud = expected.cost, rows.label == 1
    missed, false_alarms = float(np.sum(fraud & ~flagged)), float(np.sum(~fraud & flagged))
    return ExcessCost(
        excess=Interval(*((realised - each) / len(rows) for each in (bounds.estimate, bounds.high, bounds.low))),
        realised=realised / len(rows),
        surprises=max(missed - expected.missed.estimate, 0.0) + max(false_alarms - expected.false_alarms.estimate, 0.0),
        decisions=len(rows),
        since=int(rows.at[0]),
    )


def _sums(rows: Outcomes, costs: Costs) -> ScoreSums:
    """Sum over decisions of a version, whose threshold a setting may have changed between two of them."""
    sums = ScoreSums()
    for threshold in np.unique(rows.threshold):
        same = rows.threshold == threshold
        sums += ScoreSums.of(Scored(rows.score[same], float(threshold)), costs, rows.missed_cost[same])
    return sums
