"""Reading of the columns of rows to score, value by value: neither other rows nor the chunk decide what one means.

``conversion`` reads a file to train on, where a column's values together show how they are written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from functions.core.ingest import written_numbers, written_times
from functions.core.ingest.distinct import ALWAYS_MISSING, NAMELESS, is_missing
from functions.core.ingest.single_values import (
    BOOLEANS,
    EPOCHS,
    NOT_FINITE,
    OF_DAY,
    UnreadableValueError,
    Value,
    described,
    reader,
    spelled,
)
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_times import ZERO_DATES, Layout

type Floats = NDArray[np.float64]
type Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ReadValues:
    """A column as a model reads it.

    Attributes:
        data: n float64, NaN where missing; of texts n objects, None where missing.
        place: of the first value that can't be read, counted from 0; None where all can.
        fault: what is wrong with it, without the value.
    """

    data: NDArray[np.float64] | NDArray[np.object_]
    place: int | None = None
    fault: str = ""


def read_values(values: pd.Series, form: ColumnFormat) -> ReadValues:
    """Read n values of any type, as ``single_values.reader`` reads each; what pandas takes for missing is missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _moments(values, form)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _texts_of_numbers(values, form) if form.kind == "text" else _numbers(values, form)
    if values.dtype == object and not _are_texts(values):
        return _each(values, form)
    return _texts(values, form) if form.kind == "text" else _written(values, form)


def _numbers(values: pd.Series, form: ColumnFormat) -> ReadValues:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    present = ~np.isnan(numbers)
    wrong = np.isinf(numbers)
    if form.kind == "time" and pd.api.types.is_bool_dtype(values.dtype):
        wrong = present
    elif form.kind == "boolean":
        wrong = present & (numbers != 0) & (numbers != 1)
    elif form.layout in EPOCHS:
        numbers = numbers / EPOCHS[form.layout]
    elif form.layout is not None:
        finite = present & ~wrong
        distinct, codes = np.unique(numbers[finite], return_inverse=True)
        numbers = np.full(len(numbers), np.nan)
        numbers[finite] = _times([spelled(each, form) for each in distinct.tolist()], form.layout, form)[codes]
        wrong = present & np.isnan(numbers)
    return _checked(numbers, wrong, form)


def _texts_of_numbers(values: pd.Series, form: ColumnFormat) -> ReadValues:
    """Read numbers as texts: each distinct one is spelled once, as a whole number if it is one."""
    codes, found = pd.factorize(values)
    read = reader(form)
    texts: list[str | None] = []
    for place, each in enumerate(found.tolist()):
        try:
            texts.append(str(read(each)))
        except UnreadableValueError as error:
            return ReadValues(np.full(len(values), None), int(np.flatnonzero(codes == place)[0]), str(error))
    return ReadValues(np.array([*texts, form.absent], dtype=object)[codes])


def _moments(values: pd.Series, form: ColumnFormat) -> ReadValues:
    if form.kind == "text":
        return _texts(values.astype("str"), form)
    if form.layout is None or form.layout in OF_DAY:
        return _checked(np.full(len(values), np.nan), values.notna().to_numpy(), form)
    utc = values.dt.tz_localize("UTC") if values.dt.tz is None else values.dt.tz_convert("UTC")
    seconds = utc.dt.as_unit("us").to_numpy(dtype="datetime64[us]").astype(np.int64) / 1e6
    return ReadValues(np.where(values.isna(), np.nan, seconds))


def _texts(values: pd.Series, form: ColumnFormat) -> ReadValues:
    codes, found = pd.factorize(values)
    missing = {"", ALWAYS_MISSING, *NAMELESS, *form.missing}
    stripped = (each.strip() for each in found.tolist())
    texts = [form.absent if each in missing else each for each in stripped]
    return ReadValues(np.array([*texts, form.absent], dtype=object)[codes])


def _written(values: pd.Series, form: ColumnFormat) -> ReadValues:
    """Read texts as numbers: in one go where all are plain, else each distinct one once."""
    plain = form.kind != "boolean" and form.layout is None and form.decimal != ","
    if plain and (numbers := _plain(values)) is not None:
        return _checked(numbers, np.isinf(numbers), form)
    codes, found = pd.factorize(values)
    stripped = [each.strip() for each in found.tolist()]
    missing = np.array(
        [not each or each == ALWAYS_MISSING or is_missing(each) or each in ZERO_DATES for each in stripped], dtype=bool
    )
    read = np.append(_converted(stripped, form), np.nan)
    wrong = np.append(~missing & ~np.isfinite(read[:-1]), False)
    return _checked(read[codes], wrong[codes], form)


def _plain(values: pd.Series) -> Floats | None:
    """Return texts that are all written as computers do as numbers; None where one is not, NaN included."""
    try:
        array = pc.cast(pa.array(values, pa.string()), pa.float64())
    except pa.ArrowInvalid:
        return None
    numbers = np.asarray(array.fill_null(np.nan), dtype=np.float64)
    return numbers if int(np.isnan(numbers).sum()) == array.null_count else None


def _converted(texts: list[str], form: ColumnFormat) -> Floats:
    if form.kind == "boolean":
        return np.array([BOOLEANS.get(each.casefold(), np.nan) for each in texts], dtype=np.float64)
    if form.layout is not None:
        return _times(texts, form.layout, form)
    parts = written_numbers.split(texts)
    strange = (parts.unit != "") & (parts.unit != form.unit)
    suits = ~strange if form.unit else parts.unit != "%"
    first, *others = (np.where(suits, written_numbers.convert(parts, each), np.nan) for each in form.conventions())
    left = np.isnan(first)
    if others and left.any():
        lowest, highest = np.fmin.reduce(others), np.fmax.reduce(others)
        first = np.where(left & (lowest == highest), lowest, first)
    return first


def _times(texts: list[str], layout: Layout, form: ColumnFormat) -> Floats:
    if layout == "clock point":
        read = reader(form)
        return np.array([_or_nan(read, each) for each in texts], dtype=np.float64)
    times = written_times.read(texts, layout)
    left = np.isnan(times)
    if left.any() and layout not in OF_DAY:
        times[left] = written_times.read([each for each, open_ in zip(texts, left, strict=True) if open_], "ymd")
    return times


def _or_nan(read: Callable[[str], Value], text: str) -> Value:
    try:
        return read(text)
    except UnreadableValueError:
        return np.nan


def _each(values: pd.Series, form: ColumnFormat) -> ReadValues:
    """Read values of several types, one by one."""
    read = reader(form)
    found: list[Value] = []
    for place, (value, missing) in enumerate(zip(values, values.isna(), strict=True)):
        try:
            found.append(read(None if missing else _of_json(value)))
        except UnreadableValueError as error:
            return ReadValues(np.full(len(values), np.nan), place, str(error))
    return ReadValues(np.array(found, dtype=object if form.kind == "text" else np.float64))


def _of_json(value: object) -> object:
    """Return a value of a frame as JSON would have it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | float | list | dict) else str(value)


def _are_texts(values: pd.Series) -> bool:
    return pd.api.types.infer_dtype(values, skipna=True) in {"string", "empty"}


def _checked(numbers: Floats, wrong: Mask, form: ColumnFormat) -> ReadValues:
    if not wrong.any():
        return ReadValues(numbers)
    place = int(np.argmax(wrong))
    return ReadValues(numbers, place, NOT_FINITE if np.isinf(numbers[place]) else f"can't be read as {described(form)}")
