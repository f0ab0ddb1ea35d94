"""Histogram edges of a column of numbers: its quantiles, and both sides of values that repeat."""

import math

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]

CELLS = 40
# A column of so few distinct values has a cell for each of them, so that its histogram is exact.
MAX_EXACT_VALUES = CELLS // 2
# Share of the rows in each tail.
TAIL = 0.001
# Share of a cell by which a cut may miss its quantile, to be a number that is short to write.
_SLACK = 0.1
_MOST_DIGITS = 17


def choose_cuts(ordered: Numbers) -> Numbers:
    """Compute the edges of about ``CELLS`` cells of equal counts, and of the tails, from n sorted finite numbers.

    The edges (k,) rise; a cell includes its upper one. Edges are the roundest numbers near the quantiles. A value that
    fills a cell or more has a cell of its own, as has every value of a column with few distinct ones: the edge below
    such a value v is the float just before v.
    """
    if not len(ordered):
        return np.empty(0)
    firsts = np.append(0, np.flatnonzero(np.diff(ordered)) + 1)
    if len(firsts) <= MAX_EXACT_VALUES:
        return _around(ordered[firsts])
    masses = ordered[firsts[np.diff(firsts, append=len(ordered)) >= len(ordered) / CELLS]]
    inner = [_cut_near(ordered, round(i * len(ordered) / CELLS)) for i in range(1, CELLS)]
    return np.unique(np.concatenate((inner, _fences(ordered), _around(masses))))


def just_before(values: Numbers) -> Numbers:
    """Return the next lower float of each number; minus infinity for the lowest float."""
    with np.errstate(over="ignore"):
        return np.nextafter(values, -np.inf)


def _around(values: Numbers) -> Numbers:
    return np.unique(np.concatenate((just_before(values), values)))


def _cut_near(ordered: Numbers, rank: int) -> float:
    slack = int(_SLACK * len(ordered) / CELLS)
    low, high = ordered[max(rank - slack - 1, 0)], ordered[min(rank + slack, len(ordered) - 1)]
    return roundest(float(low), float(high))


def _fences(ordered: Numbers) -> Numbers:
    """Return the edges that leave a share of ``TAIL`` on either side; of few rows, just beyond all of them."""
    rows = int(TAIL * len(ordered))
    lowest, highest = float(ordered[rows]), float(ordered[-1 - rows])
    # Where many rows share the lowest value, the tail lies below it. Above, the edge itself does that.
    if not rows or ordered[rows - 1] == lowest:
        low = _around(ordered[rows : rows + 1])
    else:
        low = np.array([roundest(float(ordered[rows - 1]), lowest)])
    return np.append(low, roundest(highest, float(ordered[-rows]) if rows else highest))


def roundest(low: float, high: float) -> float:
    """Return the number with the fewest digits in low <= x < high; ``low`` where there is no other."""
    if low <= 0 < high:
        return 0.0
    middle = low / 2 + high / 2
    for digits in range(_MOST_DIGITS):
        # No other number of so many digits is nearer to the middle, so none is inside if this one is not.
        number = float(f"{middle:.{digits}e}")
        if low <= number < high and math.isfinite(number):
            return number
    return low
