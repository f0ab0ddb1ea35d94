"""Sums of floats and of their squares without rounding, so that parts add up to the same in whatever order they come.

A float is a whole number times a power of two: sums are kept as whole numbers of the smallest such power.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Numbers

type Integers = NDArray[np.int64]

# The smallest float above zero is 2**52 of these.
_UNIT = 1126
_MANTISSA = 53
# A mantissa is three limbs: products of two, added up over so many rows, are exact as floats.
_LIMB, _ROWS = 18, 2**17
_MASK = 2**_LIMB - 1


def exact_sums(values: Numbers) -> tuple[int, int]:
    """Return the sum of n finite numbers in units of 2**-1126, and that of their squares in units of 2**-2252."""
    total = squares = 0
    for start in range(0, len(values), _ROWS):
        of_block = _block_sums(values[start : start + _ROWS])
        total, squares = total + of_block[0], squares + of_block[1]
    return total, squares


def mean_of(total: int, count: int) -> Fraction:
    """Return the mean of numbers with that sum."""
    return Fraction(total, count << _UNIT)


def variance_of(total: int, squares: int, count: int) -> Fraction:
    """Return the variance of numbers with these sums, their mean taken as that of all."""
    return Fraction(count * squares - total * total, count * count << 2 * _UNIT)


def _block_sums(values: Numbers) -> tuple[int, int]:
    fractions, exponents = np.frexp(values)
    mantissas = np.ldexp(fractions, _MANTISSA).astype(np.int64)
    lowest = int(exponents.min())
    places = (exponents - lowest).astype(np.intp)
    limbs = [(mantissas & _MASK), (mantissas >> _LIMB) & _MASK, mantissas >> 2 * _LIMB]
    total = squares = 0
    shift = lowest - _MANTISSA + _UNIT
    for first, one in enumerate(limbs):
        total += _shifted(places, one, shift + first * _LIMB)
        for second, other in enumerate(limbs[first:], first):
            product = _shifted(2 * places, one * other, 2 * shift + (first + second) * _LIMB)
            squares += product if first == second else 2 * product
    return total, squares


def _shifted(places: NDArray[np.intp], values: Integers, shift: int) -> int:
    """Add up n whole numbers, each of which is to be multiplied by two to the power of its place."""
    sums = np.bincount(places, weights=values)
    return sum(int(sums[place]) << int(place + shift) for place in np.flatnonzero(sums))
