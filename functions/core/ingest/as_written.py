"""Columns of which pandas' numbers would lose something, as the texts that the file holds."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.ingest.decoding import TextFile
from functions.core.ingest.dialect import Dialect
from functions.core.ingest.parsing import parse_texts
from functions.core.ingest.survey import has_leading_zeros
from functions.core.ingest.written_numbers import IDENTIFYING

_SAMPLED = 1000
_THOUSAND = 1000
LEADING_ZERO = r"^\s*[+-]?0\d+\s*$"
MANY_DIGITS = r"^\s*[+-]?\d{16,}\s*$"
# What may be thousands or times of day all looks like this; 1.5 and 0.123 do not.
THOUSANDS_OR_CLOCK = r"^\s*[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})?|0|\d{2}\.\d{2})\s*$"
_DECIMAL_COMMA = r"^\D*\d[\d.]*,\d{1,2}\D*$"


def keep_as_written(file: TextFile, dialect: Dialect, frame: pd.DataFrame) -> pd.DataFrame:
    """Replace by texts the numbered columns of a parsed frame that are not what the file holds.

    These are whole numbers of 16 digits and more that became floats, whole numbers that begin with a zero, and numbers
    such as 1.234 where the file may mean thousands. The file is parsed again for such columns alone.
    """
    columns = dict(enumerate(frame[place] for place in range(len(frame.columns))))
    whole = [place for place, column in columns.items() if _is_whole(column)]
    large = [place for place in whole if _may_be_rounded(columns[place])]
    large += [place for place, column in columns.items() if _is_beyond_int64(column)]
    lossy = dict.fromkeys(large, f"{MANY_DIGITS}|{LEADING_ZERO}")
    if whole and has_leading_zeros(file, dialect.delimiter):
        lossy = dict.fromkeys(whole, LEADING_ZERO) | lossy
    if may_have_thousands(dialect, frame):
        lossy |= {place: THOUSANDS_OR_CLOCK for place, column in columns.items() if _thousands_like(column)}
    if not lossy:
        return frame
    texts = parse_texts(file, dialect, sorted(lossy))
    kept = {place: texts[place] for place, pattern in lossy.items() if _is_so(texts[place], pattern)}
    return pd.DataFrame({place: kept.get(place, column) for place, column in columns.items()}, copy=False)


def _may_be_rounded(column: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(column.dtype) and float(column.abs().max()) >= IDENTIFYING


def _is_beyond_int64(column: pd.Series) -> bool:
    return column.dtype == object and not column.map(type).isin([bool, float]).all()


def _is_so(texts: pd.Series, pattern: str) -> bool:
    """Return whether all present texts are so, of what has to be of all; whether one is, of what has to be of one."""
    found = texts.dropna().str.contains(pattern)
    return bool(found.all() if pattern == THOUSANDS_OR_CLOCK else found.any())


def _is_whole(column: pd.Series) -> bool:
    if pd.api.types.is_integer_dtype(column.dtype):
        return True
    if not pd.api.types.is_float_dtype(column.dtype):
        return False
    return all(bool((part == np.floor(part)).all()) for part in _parts(column))


def _thousands_like(column: pd.Series) -> bool:
    """Return whether all numbers of a column have up to three digits on either side of the point."""
    if not pd.api.types.is_float_dtype(column.dtype) or column.isna().all():
        return False
    return all(
        bool((np.abs(part) < _THOUSAND).all())
        and bool((np.round(part * _THOUSAND) == np.round(part * _THOUSAND, 6)).all())
        for part in _parts(column)
    )


def _parts(column: pd.Series) -> Iterator[NDArray[np.float64]]:
    """Yield a column's first present values, which mostly show what it is not, and all of them."""
    numbers = column.to_numpy(dtype=np.float64)
    for part in (numbers[:_SAMPLED], numbers):
        yield part[np.isfinite(part)]


def may_have_thousands(dialect: Dialect, frame: pd.DataFrame) -> bool:
    """Return whether the file may be written where a point is between thousands."""
    if dialect.decimal == ",":
        return False  # a point is in a text then
    if dialect.delimiter != ",":
        return True
    texts = [frame[place].head(_SAMPLED) for place in frame.columns if frame[place].dtype == "str"]
    return any(bool(each.str.contains(_DECIMAL_COMMA).any()) for each in texts)
