"""The distinct texts of a column, and which of them stand for a missing value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.wording import quoted

# Among numbers and times these are missing. Of texts they are values, like any other word.
PLACEHOLDERS = frozenset(
    {"?", "-", "--", ".", "unknown", "missing", "nil", "undefined", "not available", "n.a.", "na."}
)
# Written for a missing value by pandas, R, databases and spreadsheets.
NAMELESS = frozenset(
    {"#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NaN"}
    | {"n/a", "nan"}
)
# The same, but words as well: Namibia, and people's name.
_WORDS = frozenset({"NA", "NULL", "null"})
_OF_NUMBERS = frozenset(each.casefold() for each in NAMELESS | _WORDS | {"none"}) | PLACEHOLDERS
_NONE = "None"
ALWAYS_MISSING = "\\N"
FIRST_ROW = 2
# What a message may quote of any column: a date, a clock's time, an amount, a short word. Everything else may be the
# number of a card, an account or a telephone, or tell who the row is about.
_IMPERSONAL = re.compile(
    r"(\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4})"
    r"([ T]\d{1,2}([:.]\d{1,2}){1,2}([.,]\d{1,9})?)? ?([AaPp][Mm]|Z|[-+]\d\d:?\d\d)?"
    r"|\d{1,2}[-/. ]?[A-Za-z]{3,9}[-/., ]*\d{2,4}|\d{1,2}([:.]\d{1,2}){1,2}"
    r"|[-+]?(\d{1,8}|\d{1,3}([.,']\d{3}){1,3})([.,]\d{1,6})? ?[A-Za-z%]{0,4}|[A-Za-z/?*#.-]{1,4}"
)


@dataclass(frozen=True)
class Distinct:
    """A column of n values as its distinct texts, stripped; ``codes`` (n,) has -1 where a value is missing.

    ``first_row`` is the number that messages have for the first value's row.
    """

    codes: NDArray[np.intp]
    texts: tuple[str, ...]
    first_row: int = FIRST_ROW

    @cached_property
    def has_empty(self) -> bool:
        """Whether a value is missing as such: an empty cell, or the null of a database."""
        return bool((self.codes < 0).any())

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """How often each text occurs."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def example(self, among: NDArray[np.bool_]) -> str:
        """Return the first value of those whose texts a mask selects, for a message: with its row.

        The value itself is left out where it may be a card's number, or tell who the row is about.
        """
        position = int(np.flatnonzero(np.append(among, False)[self.codes])[0])
        row = f"row {position + self.first_row:,}"
        text = self.texts[self.codes[position]]
        return f"{quoted(text)} in {row}" if self._may_be_shown(text) else f"in {row}"

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return n numbers from one for each text; missing is NaN."""
        spread: NDArray[np.float64] = np.append(values, np.nan)[self.codes]
        return spread

    def _may_be_shown(self, text: str) -> bool:
        return _IMPERSONAL.fullmatch(text) is not None


def distinct(values: pd.Series, first_row: int = FIRST_ROW) -> Distinct:
    """Return a column's distinct texts, whatever its type; whole numbers are written as such."""
    plain = values.dtype == object or pd.api.types.is_numeric_dtype(values.dtype)
    codes, found = pd.factorize(values if plain else values.astype("str"))
    return _stripped(codes, [_written(each) for each in found.tolist()], first_row)


def is_missing(text: str) -> bool:
    """Return whether a text stands for a missing number or time."""
    return text.casefold() in _OF_NUMBERS


def missing_texts(column: Distinct) -> frozenset[str]:
    """Return the texts that stand for a missing one among texts: those that are no words."""
    return frozenset(each for each in column.texts if each in NAMELESS)


def missing_words(column: Distinct) -> frozenset[str]:
    """Return the words among a column's texts that stand for a missing one.

    Beside empty cells a word like NA is a value, as whoever writes both means two things. Where no cell is empty it is
    the null of whatever wrote the file.
    """
    if column.has_empty or missing_texts(column):
        return frozenset()
    return frozenset(each for each in column.texts if each in _WORDS)


def lone_none(column: Distinct) -> str | None:
    """Return the word None where no value is missing otherwise: in frames that pandas has read it is missing."""
    missing = column.has_empty or missing_texts(column) or missing_words(column)
    return _NONE if _NONE in column.texts and not missing else None


def _stripped(codes: NDArray[np.intp], written: Sequence[str], first_row: int) -> Distinct:
    stripped = [each.strip() for each in written]
    texts = [each for each in dict.fromkeys(stripped) if each and each != ALWAYS_MISSING]
    if len(texts) == len(stripped):
        return Distinct(codes, tuple(texts), first_row)
    places: Mapping[str, int] = {each: place for place, each in enumerate(texts)}
    again = np.array([*(places.get(each, -1) for each in stripped), -1], dtype=np.intp)
    return Distinct(again[codes], tuple(texts), first_row)


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
