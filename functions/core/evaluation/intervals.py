"""95 % confidence intervals of rates and costs that rest on few events: exact and gamma limits.

The bootstrap would be too narrow here: of ten frauds that were all found, each resample finds all.
``benchmarks/coverage.py`` prints the coverage of each interval.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

type Floats = NDArray[np.float64]

LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
# The 99 % quantile of the standard normal distribution.
_ONE_IN_A_HUNDRED = 2.3263


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its confidence interval at ``LEVEL``."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Events:
    """Costs or gains of rare events: the sum of their amounts and of the squared amounts.

    ``dearest`` is the highest amount that one may have, one that did not occur included. Each field may be an array.
    """

    total: ArrayLike
    squares: ArrayLike
    dearest: ArrayLike

    def __add__(self, other: "Events") -> "Events":
        """Return the events of two kinds together."""
        return Events(
            np.add(self.total, other.total),
            np.add(self.squares, other.squares),
            np.maximum(self.dearest, other.dearest),
        )

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Gamma limits of the expectation: Fay and Feuer (1997), for weighted sums of Poisson counts.

        Such sums are close to gamma distributed, whatever the weights. The upper limit counts one more event, the
        dearest. With equal weights these are the exact limits of a Poisson count (Garwood, 1936).
        """
        total, squares = np.asarray(self.total, dtype=np.float64), np.asarray(self.squares, dtype=np.float64)
        dearest = np.asarray(self.dearest, dtype=np.float64)
        return _gamma(total, squares, _TAIL), _gamma(total + dearest, squares + dearest**2, 1 - _TAIL)


def dearest(prices: ArrayLike) -> Floats:
    """Estimate the highest amount that events like these may have: ten amounts hardly hold the dearest in a hundred.

    Amounts of money are close to log-normal. The estimate is the 99th percentile of the log-normal distribution with
    the mean and standard deviation of the amounts' logarithms, or the highest amount where that is more.

    Args:
        prices: amounts above zero, two at least, along the last axis.
    """
    seen = np.asarray(prices, dtype=np.float64)
    logs = np.log(seen)
    expected: Floats = np.exp(logs.mean(axis=-1) + _ONE_IN_A_HUNDRED * logs.std(axis=-1, ddof=1))
    return np.maximum(seen.max(axis=-1), expected)


def share_bounds(part: ArrayLike, whole: ArrayLike) -> tuple[Floats, Floats]:
    """Compute the exact interval of a binomial share (Clopper and Pearson, 1934); 0 to 1 where ``whole`` is zero.

    Both may be arrays, and ``part`` a fraction.
    """
    found, left = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64) - np.asarray(part)
    # The beta quantile is undefined at either end, where the limit is that end.
    low = np.where(found > 0, special.betaincinv(np.where(found > 0, found, 1), np.maximum(left, 0) + 1, _TAIL), 0.0)
    high = np.where(left > 0, special.betaincinv(found + 1, np.where(left > 0, left, 1), 1 - _TAIL), 1.0)
    return low, high


def difference_bounds(more: Events, less: Events) -> tuple[Floats, Floats]:
    """Compute the interval of the difference ``more - less`` from the interval of each (Zou and Donner, 2008)."""
    more_total, less_total = np.asarray(more.total, dtype=np.float64), np.asarray(less.total, dtype=np.float64)
    (more_low, more_high), (less_low, less_high) = more.bounds, less.bounds
    difference = more_total - less_total
    return (
        difference - np.hypot(more_total - more_low, less_high - less_total),
        difference + np.hypot(more_high - more_total, less_total - less_low),
    )


def gain_bounds(earned: Events, forgone: Events, lost: Events) -> tuple[Floats, Floats]:
    """Compute the interval of gains less losses, where earned and forgone gains add up to a known total.

    Given the total, the earned part is binomial, which varies less than a Poisson count: the binomial limits lie within
    the Poisson limits of both parts.
    """
    low, high = difference_bounds(earned, lost)
    least, most = (forgone + lost).bounds
    whole = np.add(earned.total, forgone.total)
    return np.maximum(low, whole - most), np.minimum(high, whole - least)


def share(part: float, whole: float) -> Interval:
    """Return a share with its exact interval; the estimate is 0.0 where ``whole`` is zero."""
    low, high = share_bounds(part, whole)
    return Interval(part / whole if whole else 0.0, float(low), float(high))


def total(events: Events) -> Interval:
    """Return the total cost of events with its interval."""
    low, high = events.bounds
    return Interval(float(np.asarray(events.total)), float(low), float(high))


def difference(more: Events, less: Events) -> Interval:
    """Return the difference in cost ``more - less`` with its interval."""
    low, high = difference_bounds(more, less)
    return Interval(float(np.asarray(more.total) - np.asarray(less.total)), float(low), float(high))


def apart(first: Interval, second: Interval) -> Interval:
    """Compute the interval of the difference ``first - second`` of two independent estimates from that of each.

    By Zou and Donner (2008), as for costs.
    """
    difference = first.estimate - second.estimate
    return Interval(
        difference,
        difference - float(np.hypot(first.estimate - first.low, second.high - second.estimate)),
        difference + float(np.hypot(first.high - first.estimate, second.estimate - second.low)),
    )


def gain(earned: Events, forgone: Events, lost: Events) -> Interval:
    """Return the net gain, earned less lost, with its interval."""
    low, high = gain_bounds(earned, forgone, lost)
    return Interval(float(np.asarray(earned.total) - np.asarray(lost.total)), float(low), float(high))


def _gamma(mean: Floats, variance: Floats, probability: float) -> Floats:
    """Compute the quantile of the gamma distribution with this mean and variance; zero where both are zero."""
    known = mean > 0
    mean, variance = np.where(known, mean, 1.0), np.where(known, variance, 1.0)
    return np.where(known, special.gammaincinv(mean**2 / variance, probability) * variance / mean, 0.0)
