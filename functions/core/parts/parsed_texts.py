"""Texts as a parser of the whole column would have made them: a category 1.0 is 1 where all others are numbers too."""

import re

import numpy as np
import pandas as pd

from functions.core.ingest.as_written import LEADING_ZERO
from functions.core.ingest.written_numbers import Mark
from functions.core.parts.part_reading import RawKind

_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_ZERO = re.compile(LEADING_ZERO)
_BOOLEANS = {"true": "True", "TRUE": "True", "false": "False", "FALSE": "False"}


def as_parsed(values: pd.Series, raw: RawKind, decimal: Mark) -> pd.Series:
    """Return n texts as the parser would have spelt them, had it taken the column for what it was in the sample.

    A whole number that begins with a zero stays as it is, and so does what is no number at all.

    Args:
        values: as the file writes them; of other types they are returned as they are.
        raw: what the column was in the sample.
        decimal: the decimal mark that numbers were parsed with.
    """
    if raw == "text" or values.dtype != "str":
        return values
    codes, levels = pd.factorize(values)
    texts = [str(each) for each in levels]
    spelt = [_BOOLEANS.get(each, each) for each in texts] if raw == "boolean" else _numbers(texts, decimal)
    return pd.Series(
        pd.array(np.array([*spelt, None], dtype=object), dtype="str").take(codes), index=values.index, name=values.name
    )


def _numbers(texts: list[str], decimal: Mark) -> list[str]:
    fractions = {each: each for each in texts if not _WHOLE.fullmatch(each)}
    if fractions:
        plain = pd.Series([*fractions]).str.replace(decimal, ".", regex=False)
        # The parser that read the sample, as another one may round in another way.
        numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)
        fractions = {each: _fraction(each, number) for each, number in zip(fractions, numbers.tolist(), strict=True)}
    return [fractions[each] if each in fractions else _whole(each) for each in texts]


def _whole(text: str) -> str:
    return text if _ZERO.match(text) and text.strip().strip("+-") != "0" else str(int(text))


def _fraction(text: str, number: float) -> str:
    if np.isnan(number):
        return text
    return str(int(number)) if number.is_integer() else str(number)
