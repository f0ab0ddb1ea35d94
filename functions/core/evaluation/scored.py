"""Scores of a model with its decision threshold, and the decisions that follow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's scores of n rows (n,), held as float64, and its decision threshold.

    Raises:
        ValueError: when a score is not finite.
    """

    scores: Floats
    threshold: float

    def __post_init__(self) -> None:
        # NumPy would round the threshold to the type of the scores: boosted trees give float32.
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=np.float64))
        if not np.isfinite(self.scores).all():
            raise ValueError("Scores must be finite.")

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Flagged or not (n,): scores of at least the threshold."""
        return self.scores >= self.threshold
