"""Number formats of the page: one for each kind, so that equal numbers look equal."""

import math
from datetime import UTC, datetime

from functions.core.evaluation.intervals import Interval
from functions.core.numerals import MINUS, UNKNOWN, apart, power_of_ten, share, signed, value

__all__ = ["MINUS", "UNKNOWN", "apart", "power_of_ten", "share", "value"]

_MINUTE = 60
_CENTS = 10
# Larger numbers are easier to read as powers of ten.
_LARGE = 1e12


def count(number: int) -> str:
    """Write a count: ``284,807``."""
    return f"{number:,}"


def money(amount: float) -> str:
    """Write an amount: whole from 10 on, with cents below where there are any."""
    if not math.isfinite(amount):
        return UNKNOWN
    if abs(amount) >= _LARGE:
        return value(amount)
    return signed(f"{amount:z,.0f}" if abs(amount) >= _CENTS or amount == int(amount) else f"{amount:z,.2f}")


def score(figure: float) -> str:
    """Write a metric in 0 to 1 with three decimals: ``0.873``."""
    return signed(f"{figure:z.3f}") if math.isfinite(figure) else UNKNOWN


def probability(figure: float) -> str:
    """Write a probability or a threshold with three digits: ``0.0196``, ``3.7 x 10^-5``."""
    return value(figure, 3)


def duration(seconds: float) -> str:
    """Write a duration: ``4.2 s``, ``3 min 20 s``."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes:,} min {rest} s"


def brier(figure: float) -> str:
    """Write a Brier score with six decimals, as that of rare frauds is tiny whatever the model: ``0.000398``."""
    return f"{figure:.6f}" if math.isfinite(figure) else UNKNOWN


def with_spread(mean: float, std: float) -> str:
    """Write a mean with its standard deviation, both with four decimals: ``0.0213 +- 0.0010``."""
    return f"{signed(f'{mean:z.4f}')} \u00b1 {std:.4f}"


def moment(iso: str) -> str:
    """Write an ISO 8601 timestamp for people, to the minute; any other text stays as it is."""
    try:
        time = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = f" {time.tzname()}" if time.tzinfo else ""
    return f"{time.day} {time:%B %Y, %H:%M}{zone}"


def date(seconds: float) -> str:
    """Write seconds since 1970 as a date and a time in UTC: ``2026-03-01 12:00``."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def score_range(interval: Interval) -> str:
    """Write the interval of a metric in 0 to 1: ``0.810 to 0.921``."""
    return f"{score(interval.low)} to {score(interval.high)}"


def money_range(interval: Interval) -> str:
    """Write the interval of an amount: ``812 to 1,820``."""
    return f"{money(interval.low)} to {money(interval.high)}"
