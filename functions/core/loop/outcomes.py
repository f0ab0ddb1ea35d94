"""Decisions with what became of them, as columns: what all figures of the loop are computed from."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from functions.core.evaluation.costs import Floats

type Texts = NDArray[np.object_]
type Flags = NDArray[np.bool_]
type Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """n decisions in the order in which they were made; each attribute has the shape (n,).

    Attributes:
        transaction_id: by which labels come back.
        at: when it was decided, in microseconds since 1970.
        version: the registered version that decided.
        score: the calibrated probability of fraud.
        threshold: the lowest score that raised an alarm.
        passed: whether the transaction was let through; of an alarm that is so only to explore.
        weight: one over the probability of what was done with it: where alarms are let through with the probability p
            to explore, 1/p of an alarm that was, 1/(1 - p) of one that was blocked; else 1.0.
        missed_cost: cost of missing it, were it fraud; NaN where its amount is missing.
        label: 1.0 fraud, 0.0 legitimate, NaN where nobody has said.
        labelled_at: when that became known, in microseconds since 1970; 0 where nobody has said.
    """

    transaction_id: Texts
    at: Times
    version: Texts
    score: Floats
    threshold: Floats
    passed: Flags
    weight: Floats
    missed_cost: Floats
    label: Floats
    labelled_at: Times

    def __len__(self) -> int:
        return len(self.at)

    @property
    def flagged(self) -> Flags:
        """Whether the score raises an alarm, also where the transaction was let through to explore."""
        return np.asarray(self.score >= self.threshold)

    def of(self, rows: NDArray[Any]) -> Self:
        """Return some of the decisions, by a mask or by their places."""
        return type(self)(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class ShadowScores:
    """What another version would have decided on n decisions, in their order; each attribute has the shape (n,).

    ``score`` is NaN where that version did not score the transaction.
    """

    version: str
    score: Floats
    threshold: Floats

    @property
    def known(self) -> Flags:
        """Which decisions it has scored."""
        return np.isfinite(self.score)

    @property
    def flagged(self) -> Flags:
        """Whether its score would have raised an alarm; False where it did not score."""
        return np.asarray(self.known & (self.score >= self.threshold))
