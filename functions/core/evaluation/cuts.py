"""Cumulative confusion counts and costs at every distinct score, the basis of thresholds and curves."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from functions.core.evaluation.costs import Costs, Floats, losses_if_missed


@dataclass(frozen=True, slots=True)
class Cuts:
    """Counts and cost at each cut of n rows, from flagging none (first) to flagging all (last).

    Equal scores are never separated, so k distinct scores allow k + 1 cuts.

    Attributes:
        scores: the distinct scores (k,), downwards; cut i flags the rows of the first i of them.
        frauds: how many rows are fraud.
        detected: frauds flagged at each cut (k + 1,).
        false_alarms: legitimate rows flagged at each cut (k + 1,).
        cost: money lost to mistakes at each cut (k + 1,).
    """

    scores: Floats
    frauds: int
    detected: Floats
    false_alarms: Floats
    cost: Floats

    @classmethod
    def of(
        cls,
        y: ArrayLike,
        scores: ArrayLike,
        costs: Costs,
        amounts: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Compute counts and cost at each cut of at least one row.

        Args:
            y: labels (n,), 1 = fraud.
            scores: the model's scores (n,), higher = more likely fraud.
            costs: the cost matrix.
            amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each fraud when not given.
            weights: how many rows each legitimate row stands for (n,); each for itself when not given.

        Raises:
            ValueError: when a score is not finite.
        """
        ranked = np.asarray(scores, dtype=np.float64)
        if not np.isfinite(ranked).all():
            raise ValueError("Scores must be finite.")
        order = np.argsort(-ranked, kind="stable")
        ordered, is_fraud = ranked[order], np.asarray(y)[order] == 1
        last_of_ties = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        prevented = _before_and_at(losses_if_missed(y, costs, amounts)[order], last_of_ties)
        detected = _before_and_at(is_fraud, last_of_ties)
        alarms = ~is_fraud if weights is None else np.where(is_fraud, 0.0, np.asarray(weights, dtype=np.float64)[order])
        false_alarms = _before_and_at(alarms, last_of_ties)
        return cls(
            scores=ordered[last_of_ties],
            frauds=int(is_fraud.sum()),
            detected=detected,
            false_alarms=false_alarms,
            cost=prevented[-1] - prevented + false_alarms * costs.false_alarm,
        )

    def threshold(self, cut: int) -> float:
        """Return the decision threshold of a cut: rows with at least this score are flagged.

        It lies midway between the last flagged score and the first passed one, so that a new row goes with its nearer
        neighbour; at the lowest score when all are flagged, and just above the highest when none is.
        """
        if cut == 0:
            return float(np.nextafter(self.scores[0], np.inf))
        last_flagged = float(self.scores[cut - 1])
        if cut == len(self.scores):
            return last_flagged
        first_passed = float(self.scores[cut])
        middle = first_passed + (last_flagged - first_passed) / 2
        # Between two neighbouring floats there is no middle.
        return middle if middle > first_passed else last_flagged

    def at(self, threshold: float) -> int:
        """Return the index of the cut that a threshold makes."""
        return int(np.searchsorted(-self.scores, -threshold, side="right"))


def _before_and_at(values: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Compute the cumulative sum of ``values``, with the empty sum in front."""
    return np.append(0.0, np.cumsum(values, dtype=np.float64)[positions])
