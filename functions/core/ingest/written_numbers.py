"""Numbers as people write them: decimal mark, thousands separator, sign, currency, percent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

type Mark = Literal[".", ","]
type Texts = pa.StringArray
type Mask = NDArray[np.bool_]

# As a float, a whole number from here on may be that of another text as well.
EXACT = 2**53
# Whole numbers of 16 digits and more are a card's more often than an amount.
IDENTIFYING = 10**15
_UNIT = r"[$€£¥₹₽₺₩₪₫₱]|US\$|EUR|USD|GBP|CHF|JPY|CNY|INR|PLN|SEK|NOK|DKK|CZK|BRL|R\$|zł|kr\.?|%"
_NUMBER = (
    rf"^(?P<open>\(?) ?(?P<before>[-+]?) ?(?P<prefix>(?:{_UNIT})?) ?(?P<inner>\(?)(?P<between>[-+]?)"
    r"(?P<body>\d[\d.,']*(?: \d[\d.,']*)*|[.,]\d+|(?i:inf(?:inity)?))(?P<exponent>(?:[eE][-+]?\d+)?)"
    rf"(?P<behind>-?)(?P<outer>\)?) ?(?P<suffix>(?:{_UNIT})?) ?(?P<after>-?) ?(?P<close>\)?)$"
)
NUMBER = re.compile(_NUMBER, re.ASCII)
_SPELLINGS = {"\xa0\u202f\u2009": " ", "\u2212\u2013": "-", "\u2019\u02bc": "'"}
TRANSLATION = {ord(each): plain for some, plain in _SPELLINGS.items() for each in some}
_FEW = 50
_PERCENT = "%"


@dataclass(frozen=True)
class Convention:
    """A decimal mark, and what may stand between groups of three digits (nothing where it is empty)."""

    decimal: Mark
    thousands: str = ""


CONVENTIONS = (
    *(Convention("."), Convention(","), Convention(".", ","), Convention(",", ".")),
    *(Convention(".", "'"), Convention(",", "'"), Convention(".", " "), Convention(",", " ")),
)


@dataclass(frozen=True)
class Parts:
    """The parts of n texts as numbers; where ``found`` is false, a text is no number under any convention."""

    found: Mask
    body: Texts
    exponent: Texts
    negative: Mask
    unit: NDArray[np.object_]

    def units(self) -> set[str]:
        """Return the units of the numbers; zeros need none, so that theirs do not count where they have none."""
        zero = np.asarray(pc.match_substring_regex(self.body, "^[0.,]*$"), dtype=bool)
        units = set(self.unit[self.found & ~(zero & (self.unit == ""))].tolist())
        # A currency may be left out beside it; a percent sign makes another number.
        return units if _PERCENT in units or units == {""} else units - {""}


def look_like_numbers(texts: Sequence[str]) -> bool:
    """Return whether at least half of the first few texts look like numbers; cheaper than splitting all."""
    sampled = [each.translate(TRANSLATION) for each in texts[:_FEW]]
    return 2 * sum(NUMBER.match(each) is not None for each in sampled) >= len(sampled)


def split(texts: Sequence[str]) -> Parts:
    """Split n stripped texts into what a number consists of."""
    array = pa.array(texts, pa.string())
    for some, plain in _SPELLINGS.items():
        array = pc.replace_substring_regex(array, f"[{some}]", plain)
    parts = pc.extract_regex(array, _NUMBER)
    opened, closed = _either(parts, "open", "inner"), _either(parts, "outer", "close")
    signs = np.array([_field(parts, name) for name in ("before", "between", "behind", "after")])
    prefix, suffix = _field(parts, "prefix"), _field(parts, "suffix")
    sound = (opened == closed) & ((signs != "").sum(axis=0) + opened <= 1) & ((prefix == "") | (suffix == ""))
    found = np.asarray(parts.is_valid()) & sound
    return Parts(
        found=found,
        body=pc.struct_field(parts, "body").fill_null(""),
        exponent=pc.struct_field(parts, "exponent").fill_null(""),
        negative=(opened > 0) | (signs == "-").any(axis=0),
        unit=np.where(prefix == "", suffix, prefix),
    )


def fits(parts: Parts, convention: Convention) -> Mask:
    """Return which of n numbers are written in a convention, groups of digits included."""
    special = _matches(parts.body, "(?i)^inf")
    plain = _matches(parts.body, plain_pattern(convention.decimal))
    if convention.thousands:
        # Ungrouped, a number below a thousand is as good as grouped.
        short = _matches(parts.body, rf"^\d{{0,3}}(?:{_escaped(convention.decimal)}\d*)?$")
        plain = (plain & short) | _matches(parts.body, grouped_pattern(convention))
        plain &= np.asarray(pc.equal(parts.exponent, ""), dtype=bool)
    return parts.found & (plain | special)


def fits_loosely(parts: Parts, convention: Convention) -> Mask:
    """Return which of n numbers can be read in a convention: large ones may do without its separator."""
    loosely: Mask = fits(parts, convention) | fits(parts, Convention(convention.decimal))
    return loosely


def convert(parts: Parts, convention: Convention) -> NDArray[np.float64]:
    """Return n numbers, NaN where one can't be read in the convention; a percentage is a number of percents."""
    readable = fits_loosely(parts, convention)
    digits = parts.body
    if convention.thousands:
        digits = pc.replace_substring(digits, convention.thousands, "")
    if convention.decimal == ",":
        digits = pc.replace_substring(digits, ",", ".")
    whole = pc.binary_join_element_wise(digits, parts.exponent, "")
    usable = pc.if_else(pa.array(readable), whole, pa.scalar(None, pa.string()))
    values = np.asarray(pc.cast(usable, pa.float64()).fill_null(np.nan), dtype=np.float64)
    return np.where(parts.negative, -values, values)


def is_whole(parts: Parts) -> Mask:
    """Return which of n numbers are digits alone, perhaps with a sign."""
    bare = (parts.unit == "") & np.asarray(pc.equal(parts.exponent, ""), dtype=bool)
    whole: Mask = parts.found & bare & _matches(parts.body, r"^\d+$")
    return whole


def has_leading_zero(parts: Parts) -> Mask:
    """Return which of n whole numbers begin with a zero that a number would lose."""
    return is_whole(parts) & _matches(parts.body, r"^0\d")


def has_spaces(parts: Parts) -> Mask:
    """Return which of n numbers are digits in groups with spaces between them, and nothing else."""
    grouped: Mask = parts.found & (parts.unit == "") & _matches(parts.body, r"^\d+(?: \d+)+$")
    return grouped


def digits(parts: Parts) -> NDArray[np.int64]:
    """Return the length of each number's body."""
    return np.asarray(pc.utf8_length(parts.body), dtype=np.int64)


def grouped_pattern(convention: Convention) -> str:
    """Return what the bodies of grouped numbers look like."""
    between, decimal = _escaped(convention.thousands), _escaped(convention.decimal)
    # The Indian groups of two digits, as in 12,34,567, are separated by commas alone.
    inner = rf"(?:{between}\d{{2,3}})*" if convention.thousands == "," else rf"(?:{between}\d{{3}})*"
    return rf"^[1-9]\d{{0,2}}{inner}{between}\d{{3}}(?:{decimal}\d*)?$"


def plain_pattern(decimal: Mark) -> str:
    """Return what the bodies of numbers without groups look like."""
    mark = _escaped(decimal)
    return rf"^(?:\d+(?:{mark}\d*)?|{mark}\d+)$"


def _escaped(mark: str) -> str:
    return f"[{mark}]"


def _matches(texts: Texts, pattern: str) -> Mask:
    return np.asarray(pc.match_substring_regex(texts, pattern), dtype=bool)


def _either(parts: pa.StructArray, *names: str) -> NDArray[np.int64]:
    """Return how many of the fields are filled, for each of n texts."""
    return np.sum([_field(parts, name) != "" for name in names], axis=0)


def _field(parts: pa.StructArray, name: str) -> NDArray[np.object_]:
    return np.asarray(pc.struct_field(parts, name).fill_null(""), dtype=object)
