"""Contributions to a value, carried through the functions that a score is computed by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from functions.core.training.calibration import Floats

type Function = Callable[[Floats], Floats]

# A chord between values that are closer than this, relatively, is mostly rounding: the tangent is as good.
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Contributions:
    """Values (n,), and what c columns contribute: ``base`` and the sum of its ``parts`` (n, c) are each value."""

    values: Floats
    base: float
    parts: Floats

    def through(self, function: Function, values: Floats | None = None) -> "Contributions":
        """Carry the contributions through a function of each value: all are scaled by the slope of its chord.

        That is the slope from the base to the value, so that they still add up, and keep their shares: the rescale rule
        (Chen, Lundberg and Lee, "Explaining a series of models by propagating Shapley values", 2022).

        Args:
            function: of values (m,), not falling.
            values: what it makes of the values, where that is known already.
        """
        base = float(function(np.array([self.base]))[0])
        made = function(self.values) if values is None else values
        run = self.values - self.base
        size = np.maximum(np.maximum(np.abs(self.values), abs(self.base)), np.finfo(np.float64).tiny)
        close = np.abs(run) <= _CLOSE * size
        step = np.where(close, _CLOSE * size, 1.0)
        tangent = (function(self.values + step) - function(self.values - step)) / (2 * step)
        slopes = np.where(close, tangent, (made - base) / np.where(close, 1.0, run))
        return Contributions(made, base, self.parts * slopes[:, np.newaxis])

    def onto(
        self, places: NDArray[np.intp], targets: NDArray[np.intp], shares: Floats, columns: int
    ) -> "Contributions":
        """Return the same by other columns: the part at each place is added, by its share, to that of its target."""
        parts = np.zeros((columns, len(self.values)))
        np.add.at(parts, targets, self.parts.T[places] * shares[:, np.newaxis])
        return replace(self, parts=parts.T)

    def linear(self, slope: float, intercept: float) -> "Contributions":
        """Return what is explained times a slope, plus an intercept that no column contributes to."""
        return Contributions(self.values * slope + intercept, self.base * slope + intercept, self.parts * slope)


def weighted(explained: Sequence[Contributions], weights: Sequence[float]) -> Contributions:
    """Return the weighted sum of what is explained by the same columns."""
    scaled = [each.linear(weight, 0.0) for each, weight in zip(explained, weights, strict=True)]
    return Contributions(
        np.sum([each.values for each in scaled], axis=0),
        sum(each.base for each in scaled),
        np.sum([each.parts for each in scaled], axis=0),
    )
