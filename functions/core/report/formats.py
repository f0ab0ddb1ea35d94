"""How the page writes numbers: one way for each kind, so that equal numbers look equal."""

import math
from collections.abc import Sequence
from datetime import datetime

from functions.core.bootstrap import Interval

MINUS = "\u2212"
UNKNOWN = "not known"
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
_MINUTE = 60
# From here on, and below its inverse, digits are harder to read than powers of ten.
_LARGE, _SMALL = 1e12, 1e-4
_THOUSAND, _CENTS = 1000, 10
_TINY_SHARE = 1e-5
# All that a double holds.
_FEWEST_DIGITS, _MOST_DIGITS = 3, 17


def count(number: int) -> str:
    """Write a count: ``284,807``."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Write a count with its noun: ``1 fraud``, ``12 frauds``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def money(amount: float) -> str:
    """Write an amount: whole from 10 on, with cents below where there are any."""
    if not math.isfinite(amount):
        return UNKNOWN
    if abs(amount) >= _LARGE:
        return value(amount)
    return _sign(f"{amount:z,.0f}" if abs(amount) >= _CENTS or amount == int(amount) else f"{amount:z,.2f}")


def share(part: float) -> str:
    """Write a share of 1 as a percentage with three digits: ``0.173 %``."""
    if not math.isfinite(part):
        return UNKNOWN
    if 0 < part < _TINY_SHARE:
        return "below 0.001 %"
    percent = 100 * part
    return _sign(f"{percent:z,.0f} %" if abs(percent) >= _THOUSAND else f"{percent:z.3g} %")


def score(figure: float) -> str:
    """Write a metric in 0 to 1 with three decimals: ``0.873``."""
    return _sign(f"{figure:z.3f}") if math.isfinite(figure) else UNKNOWN


def probability(figure: float) -> str:
    """Write a probability or a threshold with three digits: ``0.0196``, ``3.7 x 10^-5``."""
    return value(figure, 3)


def value(number: float, digits: int = 4) -> str:
    """Write a number with so many digits, or with all before the point: ``0.0123``, ``172,792``, ``1.2 x 10^-9``."""
    if not math.isfinite(number):
        return UNKNOWN
    if number and not _SMALL <= abs(number) < _LARGE:
        mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
        return f"{_sign(f'{float(mantissa):.{digits}g}')}\u00d7{power_of_ten(int(exponent))}"
    if abs(number) < _THOUSAND:
        return _sign(f"{number:z.{digits}g}")
    before_the_point = math.floor(math.log10(abs(number))) + 1
    return _sign(f"{number:z,.{max(digits - before_the_point, 0)}f}")


def apart(numbers: Sequence[float]) -> list[str]:
    """Write numbers that all differ with three digits, or with as many more as it takes to tell them apart."""
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        written = [value(number, digits) for number in numbers]
        if len(set(written)) == len(written):
            return written
    return [value(number, _MOST_DIGITS) for number in numbers]


def power_of_ten(exponent: int) -> str:
    """Write ten to a power: ``10^-3``, with the exponent raised."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


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
    return f"{_sign(f'{mean:z.4f}')} \u00b1 {std:.4f}"


def moment(iso: str) -> str:
    """Write a time that is given in ISO 8601 as people do, to the minute; what is no such time stays as it is."""
    try:
        time = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = f" {time.tzname()}" if time.tzinfo else ""
    return f"{time.day} {time:%B %Y, %H:%M}{zone}"


def score_range(interval: Interval) -> str:
    """Write the interval of a metric in 0 to 1: ``0.810 to 0.921``."""
    return f"{score(interval.low)} to {score(interval.high)}"


def money_range(interval: Interval) -> str:
    """Write the interval of an amount: ``812 to 1,820``."""
    return f"{money(interval.low)} to {money(interval.high)}"


def _sign(digits: str) -> str:
    return digits.replace("-", MINUS)
