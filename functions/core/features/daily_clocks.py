"""Times and clocks: which column says when a transaction took place, and whether it knows the hour of the day."""

import re
from collections.abc import Sequence

import numpy as np

from functions.core.data.frames import Frame
from functions.core.data.rows import Numbers

DAY = 86_400.0
HOUR = 3_600.0
# A clock of its own (seconds since the first row, hours of a simulation) begins near zero and has not run for three
# years; a table of dates all of which lie between 1970 and 1973 is not to be expected.
_OWN_CLOCK_ENDS = 1e8
# A day in seconds, minutes and hours.
_DAYS = (DAY, 1_440.0, 24.0)
_BINS = 24
# Of the resultant length (0: evenly spread over the day, 1: all at one moment) and of the correlation of the profiles
# of odd and even days. On the public set they are 0.30 and 0.96; without a cycle, about 1 / sqrt(rows) and 0.
_MIN_CONCENTRATION = 0.1
_MIN_AGREEMENT = 0.5
_MAX_MISSING = 0.05
# Ahead of the transaction when it took place, so that none of them is its time.
_TO_COME = re.compile(r"(?<![a-z])(expir[a-z]*|valid|until|due)(?![a-z])", re.IGNORECASE)


def is_calendar(values: Numbers) -> bool:
    """Return whether times (n,) are seconds since 1970, not those of a clock of its own; False where all are NaN."""
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool(known.min() < 0 or known.max() >= _OWN_CLOCK_ENDS)


def clock_of(X: Frame, times: Sequence[str]) -> str | None:
    """Return which of the columns of times says when each of n rows' transaction took place; a guess among several.

    A transaction follows what its row knows of the past (a sign-up, a birth, a policy's begin): it is the column with
    the latest median. Dates are preferred to a clock of its own, columns of few missing values to others, and what is
    named like an expiry is no candidate.
    """
    known = [name for name in times if X[name].notna().any()]
    past = [name for name in known if not _TO_COME.search(name)]
    return max(past or known, key=lambda name: _rank(X[name].to_numpy()), default=None)


def _rank(values: Numbers) -> tuple[bool, bool, float]:
    return bool(np.isnan(values).mean() <= _MAX_MISSING), is_calendar(values), float(np.nanmedian(values))


def length_of_day(values: Numbers) -> float | None:
    """Return how many units of a clock (n,) make a day, as far as activity has a daily cycle; None without one.

    The unit of a clock of its own is not known. Where the rows span two days at least in seconds, minutes or hours,
    fewer of them fall into the night, and odd days agree with even ones on when that is, its unit is that one. The hour
    counts from an unknown hour on, which is no matter to a model.
    """
    known = values[~np.isnan(values)]
    return next((day for day in _DAYS if _has_cycle(known, day)), None)


def _has_cycle(values: Numbers, day: float) -> bool:
    # Whole hours from 0 to 47 are two days, and span 47 hours.
    if len(values) == 0 or np.ptp(values) < 2 * day * (1 - 1 / _BINS) - 1:
        return False
    place = values / day
    if np.abs(np.exp(2j * np.pi * place).mean()) < _MIN_CONCENTRATION:
        return False
    bins = np.minimum(np.mod(place, 1) * _BINS, _BINS - 1).astype(np.intp)
    odd = np.mod(np.floor(place), 2) == 1
    profiles = [np.bincount(bins[part], minlength=_BINS).astype(np.float64) for part in (odd, ~odd)]
    if any(np.ptp(profile) == 0 for profile in profiles):
        return False
    return bool(np.corrcoef(profiles[0], profiles[1])[0, 1] >= _MIN_AGREEMENT)
