"""One number as people write it, by plain Python: what ``written_numbers`` reads of many."""

import math
import re
from dataclasses import dataclass
from functools import cache

from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_numbers import NUMBER, TRANSLATION, Convention, Mark, grouped_pattern, plain_pattern

_PERCENT = "%"
_SIGNS = ("before", "between", "behind", "after")


@dataclass(frozen=True, slots=True)
class Reading:
    """How numbers in one convention are recognised."""

    plain: re.Pattern[str]
    grouped: re.Pattern[str] | None
    decimal: Mark
    thousands: str

    @classmethod
    def of(cls, convention: Convention) -> "Reading":
        """Return how numbers in a convention are recognised."""
        grouped = re.compile(grouped_pattern(convention), re.ASCII) if convention.thousands else None
        return cls(re.compile(plain_pattern(convention.decimal), re.ASCII), grouped, *_marks(convention))

    def read(self, body: str, exponent: str) -> float | None:
        """Return the number without its sign; None where it is not written so."""
        if not self.plain.match(body) and (exponent or self.grouped is None or not self.grouped.match(body)):
            return None
        digits = body.replace(self.thousands, "") if self.thousands else body
        return float((digits.replace(",", ".") if self.decimal == "," else digits) + exponent)


def _marks(convention: Convention) -> tuple[Mark, str]:
    return convention.decimal, convention.thousands


@cache
def readings(form: ColumnFormat) -> tuple[Reading, ...]:
    """Return the conventions of a column's numbers, the likeliest first."""
    return tuple(map(Reading.of, form.conventions()))


def read_number(text: str, form: ColumnFormat) -> float:
    """Return a stripped text as a number of a column; NaN where it is none, or could be one of two.

    What is infinite is infinity of either sign, to be refused. A column of whole numbers shows no decimal mark: of
    1,234 nobody knows then whether it is a thousand.
    """
    found = NUMBER.match(text.translate(TRANSLATION))
    if found is None or not _is_sound(found) or not _suits(found, form):
        return math.nan
    body, exponent = found["body"], found["exponent"]
    if body[:1] in "iI":
        return math.inf
    numbers = (each.read(body, exponent) for each in readings(form))
    first = next(numbers)
    if first is None:
        others = {each for each in numbers if each is not None}
        if len(others) != 1:
            return math.nan
        first = others.pop()
    return -first if _is_negative(found) else first


def _is_sound(found: re.Match[str]) -> bool:
    opened = (found["open"] != "") + (found["inner"] != "")
    closed = (found["outer"] != "") + (found["close"] != "")
    signs = sum(found[each] != "" for each in _SIGNS)
    return opened == closed and signs + opened <= 1 and not (found["prefix"] and found["suffix"])


def _is_negative(found: re.Match[str]) -> bool:
    return found["open"] != "" or found["inner"] != "" or any(found[each] == "-" for each in _SIGNS)


def _suits(found: re.Match[str], form: ColumnFormat) -> bool:
    unit = found["prefix"] or found["suffix"]
    return unit in {"", form.unit} if form.unit else unit != _PERCENT
