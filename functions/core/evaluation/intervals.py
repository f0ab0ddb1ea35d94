"""What can be said of a figure that rests on few events: 95 % intervals by exact and by gamma limits.

None of them takes the spread that was seen for the spread that there is, as resampling does: of ten frauds that were
all found, each resample finds all. ``benchmarks/coverage.py`` prints how often each interval holds the true value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

type Floats = NDArray[np.float64]

LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
# The normal quantile of one in a hundred.
_ONE_IN_A_HUNDRED = 2.3263


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure as it was measured, and the bounds of what it may be in truth, with a confidence of ``LEVEL``."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Events:
    """What rare events cost together, or earn: the sum of their prices and of the prices' squares.

    ``dearest`` is the highest price that one of them may have, one that did not happen included. Each may be an array.
    """

    total: ArrayLike
    squares: ArrayLike
    dearest: ArrayLike

    def __add__(self, other: "Events") -> "Events":
        """Join events of two kinds."""
        return Events(
            np.add(self.total, other.total),
            np.add(self.squares, other.squares),
            np.maximum(self.dearest, other.dearest),
        )

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Bound what is to be expected, as Fay and Feuer (1997) do for weighted sums of Poisson counts.

        Sums of priced events are close to gamma distributed, whatever the prices. For the upper bound one more event
        is counted, the dearest. With one price for all these are the exact limits of a Poisson count (Garwood, 1936).
        """
        total, squares = np.asarray(self.total, dtype=np.float64), np.asarray(self.squares, dtype=np.float64)
        dearest = np.asarray(self.dearest, dtype=np.float64)
        return _gamma(total, squares, _TAIL), _gamma(total + dearest, squares + dearest**2, 1 - _TAIL)


def dearest(prices: ArrayLike) -> Floats:
    """Give the price that events like these may have: of ten amounts, the dearest in a hundred is hardly among them.

    Amounts of money are close to log-normal. It is the 99th percentile of the log-normal distribution with the mean and
    deviation of the prices' logarithms, or the highest of them where that is more.

    Args:
        prices: above zero, two at least, along the last axis.
    """
    seen = np.asarray(prices, dtype=np.float64)
    logs = np.log(seen)
    expected: Floats = np.exp(logs.mean(axis=-1) + _ONE_IN_A_HUNDRED * logs.std(axis=-1, ddof=1))
    return np.maximum(seen.max(axis=-1), expected)


def share_bounds(part: ArrayLike, whole: ArrayLike) -> tuple[Floats, Floats]:
    """Bound the share behind ``part`` of ``whole`` (Clopper and Pearson, 1934); of nothing, it may be any share.

    Both may be arrays, and ``part`` a fraction.
    """
    found, left = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64) - np.asarray(part)
    # The formula has no value at either end, where the bound is that end.
    low = np.where(found > 0, special.betaincinv(np.where(found > 0, found, 1), np.maximum(left, 0) + 1, _TAIL), 0.0)
    high = np.where(left > 0, special.betaincinv(found + 1, np.where(left > 0, left, 1), 1 - _TAIL), 1.0)
    return low, high


def difference_bounds(more: Events, less: Events) -> tuple[Floats, Floats]:
    """Bound the expectation of ``more`` less that of ``less`` from the bounds of each (Zou and Donner, 2008)."""
    more_total, less_total = np.asarray(more.total, dtype=np.float64), np.asarray(less.total, dtype=np.float64)
    (more_low, more_high), (less_low, less_high) = more.bounds, less.bounds
    difference = more_total - less_total
    return (
        difference - np.hypot(more_total - more_low, less_high - less_total),
        difference + np.hypot(more_high - more_total, less_total - less_low),
    )


def gain_bounds(earned: Events, forgone: Events, lost: Events) -> tuple[Floats, Floats]:
    """Bound what is earned less what is lost, where what was earned and what was forgone are known to add up.

    Either of the two tells the other, and how nine of ten fall varies less than nine alone would: the limits of a
    binomial count lie within those of both as Poisson counts.
    """
    low, high = difference_bounds(earned, lost)
    least, most = (forgone + lost).bounds
    whole = np.add(earned.total, forgone.total)
    return np.maximum(low, whole - most), np.minimum(high, whole - least)


def share(part: float, whole: float) -> Interval:
    """Give a share with its exact interval; 0.0 of nothing."""
    low, high = share_bounds(part, whole)
    return Interval(part / whole if whole else 0.0, float(low), float(high))


def total(events: Events) -> Interval:
    """Give what events cost together with its interval."""
    low, high = events.bounds
    return Interval(float(np.asarray(events.total)), float(low), float(high))


def difference(more: Events, less: Events) -> Interval:
    """Give what ``more`` costs beyond ``less``, with its interval."""
    low, high = difference_bounds(more, less)
    return Interval(float(np.asarray(more.total) - np.asarray(less.total)), float(low), float(high))


def gain(earned: Events, forgone: Events, lost: Events) -> Interval:
    """Give what is earned less what is lost, with its interval."""
    low, high = gain_bounds(earned, forgone, lost)
    return Interval(float(np.asarray(earned.total) - np.asarray(lost.total)), float(low), float(high))


def _gamma(mean: Floats, variance: Floats, probability: float) -> Floats:
    """Give the quantile of the gamma distribution of a mean and a variance; zero where both are."""
    known = mean > 0
    mean, variance = np.where(known, mean, 1.0), np.where(known, variance, 1.0)
    return np.where(known, special.gammaincinv(mean**2 / variance, probability) * variance / mean, 0.0)
