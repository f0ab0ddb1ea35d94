"""Axes of charts: linear and logarithmic scales with their ticks."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from functions.core.report.formats import power_of_ten

_STEPS = (1, 2, 2.5, 5, 10)
_MAX_TICKS = 6
_FAR = 1000.0


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high``, with labelled ticks; on a logarithmic one both ends are above zero."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def position(self, value: float) -> float:
        """Return a value's position: 0.0 at ``low``, 1.0 at ``high``.

        A logarithmic axis clips values to its ends, a linear one to ``_FAR`` lengths beyond them, which is out of sight
        and short to write.
        """
        if not self.logarithmic:
            return min(max((value - self.low) / (self.high - self.low), -_FAR), _FAR)
        kept = min(max(value, self.low), self.high)
        return math.log(kept / self.low) / math.log(self.high / self.low)

    def reaching_down_to(self, low: float) -> "Axis":
        """Return an axis that starts lower, with the same ticks."""
        return replace(self, low=low)


def from_zero(label: str, high: float, write: Callable[[float], str]) -> Axis:
    """Return an axis from zero to ``high``, with at most six round ticks; to 1 where ``high`` is zero or infinite."""
    end = high if 0 < high < math.inf else 1.0
    power = 10 ** math.floor(math.log10(end / (_MAX_TICKS - 1)))
    step = next(step * power for step in _STEPS if end / (step * power) <= _MAX_TICKS - 1)
    values = [step * i for i in range(math.floor(end / step + 1e-9) + 1)]
    return Axis(label, 0.0, end, tuple((value, write(value)) for value in values))


def decades(label: str, lowest: int, highest: int = 0) -> Axis:
    """Return a logarithmic axis from ten to the power of ``lowest`` to ten to that of ``highest``."""
    every = math.ceil((highest - lowest) / _MAX_TICKS)
    ticks = tuple((10.0**power, power_of_ten(power) if power else "1") for power in range(highest, lowest - 1, -every))
    return Axis(label, 10.0**lowest, 10.0**highest, ticks, logarithmic=True)


def decade_below(value: float, *, lowest: int) -> int:
    """Return the power of ten at or below a value, within ``lowest`` and -1."""
    return max(lowest, min(-1, math.floor(math.log10(value)))) if value > 0 else lowest
