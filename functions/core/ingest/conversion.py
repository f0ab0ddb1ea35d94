"""Conversion of a column's values in a known format: numbers and times to float64, texts to stripped texts."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.errors import InvalidDatasetError
from functions.core.ingest import written_numbers, written_times
from functions.core.ingest.distinct import FIRST_ROW, Distinct, distinct, is_missing, missing_texts
from functions.core.ingest.single_values import BOOLEANS, described
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_numbers import EXACT, Parts
from functions.core.ingest.written_times import ZERO_DATES
from functions.core.wording import quoted

# Layouts of times that are numbers already.
_NUMBERS = {None, "epoch s", "epoch ms"}


def read_column(values: pd.Series, form: ColumnFormat, *, first_row: int = FIRST_ROW) -> pd.Series:
    """Read n values of a column in a known format: of another file, or of a frame that pandas has read.

    The same values are the same whether pandas has made whole numbers, floats, true and false or texts of them.

    Args:
        values: n values of any type.
        form: how the column is written.
        first_row: what messages call the first value's row.

    Returns:
        n float64, NaN where missing; of a text column n texts.

    Raises:
        InvalidDatasetError: a value can't be read in the format; the message names the first one's row.
    """
    if form.kind == "text":
        return _texts(values, distinct(values, first_row), form)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _moments(values)
    if pd.api.types.is_numeric_dtype(values.dtype) and form.layout in _NUMBERS:
        numbers = values.astype(np.float64)
        return numbers / 1000.0 if form.layout == "epoch ms" else numbers
    column = distinct(values, first_row)
    if form.layout == "clock point" and pd.api.types.is_numeric_dtype(values.dtype):
        column = replace(column, texts=tuple(f"{float(each):05.2f}" for each in column.texts))
    return read_distinct(values, column, form)


def read_distinct(values: pd.Series, column: Distinct, form: ColumnFormat) -> pd.Series:
    """Read n values whose distinct texts are known already; see ``read_column``."""
    if form.kind == "text":
        return _texts(values, column, form)
    numbers = _converted(column.texts, form)
    missing = np.array([is_missing(each) or each in ZERO_DATES for each in column.texts], dtype=bool)
    wrong = np.isnan(numbers) & ~missing
    if wrong.any():
        raise InvalidDatasetError(
            f"Column {quoted(values.name)} has a value that can't be read as {described(form)}: "
            f"{column.example(wrong)}; correct it or leave it empty."
        )
    return pd.Series(column.spread(numbers), index=values.index, name=values.name)


def _converted(texts: tuple[str, ...], form: ColumnFormat) -> NDArray[np.float64]:
    if form.kind == "boolean":
        return np.array([BOOLEANS.get(each.casefold(), np.nan) for each in texts], dtype=np.float64)
    if form.layout is not None:
        return written_times.read(texts, form.layout)
    parts = written_numbers.split(texts)
    suits = _suits(parts, form)
    readings = (np.where(suits, written_numbers.convert(parts, each), np.nan) for each in form.conventions())
    first = next(readings)
    # A file of small numbers does not show what its thousands look like: the first that reads all is taken.
    wanted = suits & parts.found
    return next((each for each in (first, *readings) if not np.isnan(each[wanted]).any()), first)


def _suits(parts: Parts, form: ColumnFormat) -> NDArray[np.bool_]:
    """Return which numbers have no unit or the column's: a percentage is no share, and dollars are no euros."""
    strange = (parts.unit != "") & (parts.unit != form.unit)
    suits: NDArray[np.bool_] = ~strange if form.unit else parts.unit != "%"
    return suits


def _texts(values: pd.Series, column: Distinct, form: ColumnFormat) -> pd.Series:
    if pd.api.types.is_float_dtype(values.dtype) and float(values.abs().max()) >= EXACT:
        raise InvalidDatasetError(
            f"Column {quoted(values.name)} holds whole numbers of 16 digits and more that were rounded when they were "
            "read as floats; read the column as text (in pandas, dtype=str)."
        )
    missing = missing_texts(column) | set(form.missing)
    kept = [None if each in missing else each for each in column.texts]
    array = pd.array(np.array(kept, dtype=object), dtype="str")
    texts = pd.Series(array.take(column.codes, allow_fill=True), index=values.index, name=values.name)
    return texts if form.absent is None else texts.fillna(form.absent)


def _moments(values: pd.Series) -> pd.Series:
    utc = values.dt.tz_localize("UTC") if values.dt.tz is None else values.dt.tz_convert("UTC")
    seconds = utc.dt.as_unit("us").to_numpy(dtype="datetime64[us]").astype(np.int64) / 1e6
    return pd.Series(np.where(values.isna(), np.nan, seconds), index=values.index, name=values.name)
