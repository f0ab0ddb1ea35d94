"""Number formats for people: few digits, a true minus sign, powers of ten for very large and small numbers."""

import math
from collections.abc import Sequence

MINUS = "\u2212"
UNKNOWN = "not known"
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
# From here on, and below its inverse, digits are harder to read than powers of ten.
_LARGE, _SMALL = 1e12, 1e-4
_THOUSAND = 1000
_TINY_SHARE = 1e-5
# All that a double holds.
_FEWEST_DIGITS, _MOST_DIGITS = 3, 17


def value(number: float, digits: int = 4) -> str:
    """Write a number with so many digits, or with all before the point: ``0.0123``, ``172,792``, ``1.2 x 10^-9``."""
    if not math.isfinite(number):
        return UNKNOWN
    if number and not _SMALL <= abs(number) < _LARGE:
        mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
        return f"{signed(f'{float(mantissa):.{digits}g}')}\u00d7{power_of_ten(int(exponent))}"
    if abs(number) < _THOUSAND:
        return signed(f"{number:z.{digits}g}")
    before_the_point = math.floor(math.log10(abs(number))) + 1
    return signed(f"{number:z,.{max(digits - before_the_point, 0)}f}")


def apart(numbers: Sequence[float]) -> list[str]:
    """Write numbers that all differ with three digits, or with as many more as it takes to tell them apart."""
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        written = [value(number, digits) for number in numbers]
        if len(set(written)) == len(written):
            return written
    return [value(number, _MOST_DIGITS) for number in numbers]


def share(part: float) -> str:
    """Write a share of 1 as a percentage with three digits: ``0.173 %``."""
    if not math.isfinite(part):
        return UNKNOWN
    if 0 < part < _TINY_SHARE:
        return "below 0.001 %"
    percent = 100 * part
    return signed(f"{percent:z,.0f} %" if abs(percent) >= _THOUSAND else f"{percent:z.3g} %")


def power_of_ten(exponent: int) -> str:
    """Write ten to a power: ``10^-3``, with the exponent raised."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def signed(digits: str) -> str:
    """Return formatted digits with a true minus sign in place of the hyphen."""
    return digits.replace("-", MINUS)
