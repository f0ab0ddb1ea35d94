"""Threshold selection on held-out rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from functions.core.errors import TooFewFraudsError
from functions.core.evaluation.certainty import PricedRows, cost_difference
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, Floats, business_impact
from functions.core.evaluation.cuts import Cuts

type Policy = Literal["cost", "f1", "precision_at_recall"]

# Share of the cost of doing nothing. In the cross-validation described in ``choose_threshold``, 8 folds, the model's
# own, sigmoid and isotonic probabilities never exceeded it; odds off by a factor of 50, one cost for all, always did.
MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Threshold:
    """A decision threshold, the reason for it, and its confusion matrix on the rows that it was chosen on.

    A row is flagged when its score is at least ``value``. ``total_cost`` is the cost of ``confusion``'s mistakes.
    """

    value: float
    policy: Policy
    explanation: str
    confusion: Confusion
    total_cost: float


def choose_threshold(  # noqa: PLR0913 (five of them have defaults)
    y: ArrayLike,
    scores: ArrayLike,
    *,
    policy: Policy = "cost",
    costs: Costs | None = None,
    amounts: ArrayLike | None = None,
    min_recall: float = 0.8,
    weights: ArrayLike | None = None,
) -> Threshold:
    """Choose the decision threshold of a policy.

    ``f1`` and ``precision_at_recall`` take the best of all cuts that the scores of these rows allow. Equal scores are
    never separated, a threshold lies midway between two scores (see ``Cuts.threshold``), and of equally good cuts the
    one with the fewest alarms wins.

    ``cost`` takes the Bayes-optimal threshold of calibrated probabilities: with a cost c of a false alarm and m of a
    missed fraud, rows from c / (c + m) on are flagged (Elkan, 2001). It rests on no single fraud, unlike the cheapest
    cut, which transferred worse in nested cross-validation of XGBoost on the public set's seed 42 (train and
    validation): a cost of 1,511 +- 160 and 56 +- 32 false alarms, against 1,451 +- 190 and 32 +- 4. Where amounts are
    given, m is the frauds' mean. The cheapest cut is taken instead where it is significantly cheaper by more than
    ``MARGIN`` of the cost of doing nothing (the 95 % interval of the paired difference), as it is with scores that are
    no probabilities; and where either mistake is free.

    Args:
        y: labels (n,), 1 = fraud; of held-out rows, never of test.
        scores: the model's scores (n,), higher = more likely fraud; calibrated probabilities for ``cost``, and
            out-of-fold, so that the choice rests on every fraud.
        policy: ``cost`` minimises the expected cost of mistakes, ``f1`` maximises the fraud class's F1,
            and ``precision_at_recall`` maximises precision among the cuts that find enough frauds.
        costs: the cost matrix; the defaults of ``Costs`` when not given.
        amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each fraud when not given.
        min_recall: share of the frauds, 0 to 1, that ``precision_at_recall`` must find.
        weights: how many rows each legitimate row stands for (n,); each for itself when not given. Counts and costs are
            those of the rows that they stand for, the interval is as wide as so few rows make it.

    Raises:
        TooFewFraudsError: when no row is a fraud, so that no cut is better than another.
        ValueError: when a score is not finite.
    """
    labels, ranked, prices = np.asarray(y), np.asarray(scores, dtype=np.float64), costs or Costs()
    if not np.any(labels == 1):
        raise TooFewFraudsError("No threshold can be chosen on rows without a single fraud.")
    cuts, rows = Cuts.of(labels, ranked, prices, amounts, weights), PricedRows(labels, prices, amounts, weights)
    match policy:
        case "cost":
            value, explanation = _by_cost(cuts, rows, ranked)
        case "f1":
            value, explanation = _best(cuts, _f1(cuts)), "the highest fraud F1 on the held-out rows"
        case "precision_at_recall":
            value = _best(cuts, np.where(cuts.detected / cuts.frauds >= min_recall, _precision(cuts), -1.0))
            explanation = f"the highest precision that finds {min_recall:.0%} of the held-out frauds"
    flagged = ranked >= value
    impact = business_impact(labels, flagged, prices, amounts, weights)
    return Threshold(value, policy, explanation, Confusion.count(labels, flagged, weights), impact.total_cost)


def _by_cost(cuts: Cuts, rows: PricedRows, scores: Floats) -> tuple[float, str]:
    costs = rows.costs
    cheapest, nothing = _best(cuts, -cuts.cost), float(cuts.cost[0])
    if not (nothing and costs.false_alarm):
        return cheapest, "the fewest mistakes that cost anything on the held-out rows, as the other kind is free"
    missed = nothing / cuts.frauds
    theory = costs.false_alarm / (costs.false_alarm + missed)
    change = cost_difference(rows, scores >= theory, scores >= cheapest)
    if change.high < -MARGIN * nothing:
        return cheapest, (
            f"the lowest cost on the held-out rows, where the {theory:.4g} that the costs imply would cost "
            f"{-change.estimate:,.0f} more"
        )
    return (
        theory,
        f"where an alarm ({costs.false_alarm:g}) is expected to cost no more than a missed fraud ({missed:g})",
    )


def _best(cuts: Cuts, worth: Floats) -> float:
    return cuts.threshold(int(np.argmax(worth)))


def _f1(cuts: Cuts) -> Floats:
    return 2 * cuts.detected / (cuts.detected + cuts.false_alarms + cuts.frauds)


def _precision(cuts: Cuts) -> Floats:
    return cuts.detected / np.maximum(cuts.detected + cuts.false_alarms, 1)
