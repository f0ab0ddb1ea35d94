"""The confusion matrix of a binary classifier and the rates derived from it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


def number_of(rows: NDArray[np.bool_], weights: ArrayLike | None) -> float:
    """Return how many of n rows a mask selects, or for how many these stand; a whole number without weights (n,)."""
    return int(np.sum(rows)) if weights is None else float(np.asarray(weights, dtype=np.float64)[rows].sum())


@dataclass(frozen=True, slots=True)
class Confusion:
    """A confusion matrix with fraud as the positive class.

    A rate whose denominator is zero is 0.0.
    """

    frauds_detected: int
    frauds_missed: int
    false_alarms: int
    legitimate_passed: int

    @classmethod
    def count(cls, y: ArrayLike, flagged: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Count true and false positives and negatives of n rows.

        Args:
            y: labels (n,), 1 = fraud.
            flagged: predictions (n,), 1 or True = flagged as fraud.
            weights: how many rows each legitimate row stands for (n,), so that their numbers are estimates; each for
                itself when not given.
        """
        is_fraud, is_flagged = np.asarray(y) == 1, np.asarray(flagged) == 1
        return cls(
            frauds_detected=int(np.sum(is_fraud & is_flagged)),
            frauds_missed=int(np.sum(is_fraud & ~is_flagged)),
            false_alarms=round(number_of(~is_fraud & is_flagged, weights)),
            legitimate_passed=round(number_of(~is_fraud & ~is_flagged, weights)),
        )

    @property
    def frauds(self) -> int:
        """Number of rows that are fraud."""
        return self.frauds_detected + self.frauds_missed

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return self.frauds + self.false_alarms + self.legitimate_passed

    @property
    def precision(self) -> float:
        """Share of the flagged rows that are fraud."""
        return _ratio(self.frauds_detected, self.frauds_detected + self.false_alarms)

    @property
    def recall(self) -> float:
        """Share of the frauds that are flagged."""
        return _ratio(self.frauds_detected, self.frauds)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        errors = self.frauds_missed + self.false_alarms
        return _ratio(2 * self.frauds_detected, 2 * self.frauds_detected + errors)

    @property
    def false_alarm_rate(self) -> float:
        """Share of the legitimate rows that are flagged."""
        return _ratio(self.false_alarms, self.false_alarms + self.legitimate_passed)

    @property
    def mirrored(self) -> "Confusion":
        """The same matrix with the legitimate class as the positive one."""
        return Confusion(
            frauds_detected=self.legitimate_passed,
            frauds_missed=self.false_alarms,
            false_alarms=self.frauds_missed,
            legitimate_passed=self.frauds_detected,
        )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
