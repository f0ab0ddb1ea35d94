"""A model's scores of some rows, and what it makes of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's scores (n,) on n rows, held as float64, and the threshold from which on it flags one.

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
        """Which rows it flags (n,)."""
        return self.scores >= self.threshold
