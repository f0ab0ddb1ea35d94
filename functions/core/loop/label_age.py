"""Realised performance by the age of decisions, and how long labels of frauds take to arrive."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from functions.core.evaluation.costs import Costs
from functions.core.loop.maturity import DAY, Matured, MaturityRule
from functions.core.loop.outcomes import Outcomes
from functions.core.loop.realised_performance import RealisedPerformance, realise

# Ages in days at which cohorts are divided; the label delay is one more.
AGES = (7.0, 14.0, 30.0, 60.0, 90.0, 180.0)
# Of fewer frauds nothing is said of how long their labels take.
MIN_FRAUDS = 20
_QUANTILES = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class AgeCohort:
    """Decisions by their age: ``youngest`` up to ``oldest`` days, without end where that is None.

    Attributes:
        youngest: in days.
        oldest: in days.
        decisions: all of them, counted or not.
        frauds: those reported so far; of a young cohort only the first of them.
        lost: cost of the reported frauds that raised no alarm.
        performance: of those that count; None where none does.
    """

    youngest: float
    oldest: float | None
    decisions: int
    frauds: int
    lost: float
    performance: RealisedPerformance | None


@dataclass(frozen=True, slots=True)
class LabelDelays:
    """How many days after the decision a fraud was reported, of decisions that are old enough to know.

    ``late`` is the share that was reported after the label delay: so many frauds count as legitimate at first.
    """

    frauds: int
    median: float
    ninety_percent: float
    ninety_nine_percent: float
    late: float


def by_age(matured: Matured, rule: MaturityRule, costs: Costs) -> tuple[AgeCohort, ...]:
    """Return the cohorts that have a decision, the youngest first."""
    return tuple(each for each in _cohorts(matured, rule, costs) if each.decisions)


def _cohorts(matured: Matured, rule: MaturityRule, costs: Costs) -> Iterator[AgeCohort]:
    decided = matured.decided
    age = (rule.now - decided.at) / DAY
    fraud = (decided.label == 1) & (decided.labelled_at <= rule.now)
    priced = np.where(np.isfinite(decided.missed_cost) & (decided.missed_cost >= 0), decided.missed_cost, 0.0)
    edges = [0.0, *sorted({*AGES, rule.delay_days} - {0.0})]
    for youngest, oldest in zip(edges, [*edges[1:], None], strict=True):
        rows = (age >= youngest) & (age < (np.inf if oldest is None else oldest))
        counting = matured.where(rows)
        yield AgeCohort(
            youngest,
            oldest,
            decisions=int(np.sum(rows)),
            frauds=int(np.sum(rows & fraud)),
            lost=float(np.sum(priced[rows & fraud & ~decided.flagged])),
            performance=realise(counting, costs) if counting.count else None,
        )


def label_delays(decided: Outcomes, rule: MaturityRule) -> LabelDelays | None:
    """Return how long labels of frauds take; None where too few decisions are twice as old as the label delay."""
    old = (decided.at <= rule.until - rule.delay) & (decided.label == 1) & (decided.labelled_at <= rule.now)
    if np.sum(old) < MIN_FRAUDS:
        return None
    days = np.maximum(decided.labelled_at[old] - decided.at[old], 0) / DAY
    median, most, nearly_all = (float(each) for each in np.quantile(days, _QUANTILES))
    return LabelDelays(int(np.sum(old)), median, most, nearly_all, float(np.mean(days > rule.delay_days)))
