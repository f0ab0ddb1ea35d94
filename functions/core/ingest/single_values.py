"""Reading of one value in a known format, by plain Python: for a transaction at a time, and for columns of all sorts.

``value_columns`` reads the same of many, value for value.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType

from functions.core.ingest.distinct import ALWAYS_MISSING, NAMELESS, is_missing
from functions.core.ingest.single_numbers import read_number
from functions.core.ingest.single_times import read_time
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_numbers import EXACT
from functions.core.ingest.written_times import DESCRIPTIONS, ZERO_DATES, Layout, number_of

type Value = float | str | None

BOOLEANS: Mapping[str, float] = MappingProxyType({"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0})
NOT_FINITE = "is no finite number"
# Layouts without a date, and those of times that are numbers.
OF_DAY = frozenset({"clock", "clock point"})
EPOCHS: Mapping[str | None, float] = MappingProxyType({"epoch s": 1.0, "epoch ms": 1000.0})
_PLAIN = re.compile(r"-?\d+(?:\.\d*)?", re.ASCII)
_POINT = re.compile(r"\d{1,2}(?:\.\d{1,2})?", re.ASCII)
_WHAT = {"numeric": "a number", "boolean": "true or false", "time": "a time", "text": "a text"}


class UnreadableValueError(ValueError):
    """Raised when a value can't be read; the message says as what, and nothing of the value."""


@cache
def reader(form: ColumnFormat) -> Callable[[object], Value]:
    """Return what reads a value of JSON in a column's format.

    It returns a float, NaN where missing; of a column of texts a stripped text, None where missing. It raises an
    ``UnreadableValueError``, for numbers that are not finite too.
    """
    if form.kind == "text":
        return partial(_read_text, form=form, missing=NAMELESS | frozenset(form.missing))
    read = partial(_read_number, form=form, read=_texts_reader(form))
    return _floats_first(read) if form.layout is None and form.kind != "boolean" else read


def described(form: ColumnFormat) -> str:
    """Return what the values of a column are, for a message."""
    if form.layout is not None:
        return f"a time ({DESCRIPTIONS[form.layout]})"
    return f"{_WHAT[form.kind]} written with a decimal comma" if form.decimal == "," else _WHAT[form.kind]


def spelled(number: float, form: ColumnFormat) -> str:
    """Return a number as the text that a file of times would have: a whole one has no point."""
    if form.layout == "clock point":
        return f"{number:05.2f}"
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def _floats_first(read: Callable[[object], float]) -> Callable[[object], float]:
    """Return a reader of numbers that lets a finite float, which most values are, through at once."""

    def read_or_pass(value: object) -> float:
        return value if type(value) is float and -math.inf < value < math.inf else read(value)

    return read_or_pass


def _read_text(value: object, *, form: ColumnFormat, missing: frozenset[str]) -> str | None:
    if isinstance(value, str):
        text = value.strip()
        return form.absent if not text or text == ALWAYS_MISSING or text in missing else text
    if value is None:
        return form.absent
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnreadableValueError(NOT_FINITE)
        if abs(value) >= EXACT:
            raise UnreadableValueError("is a whole number of 16 digits and more that was rounded: write it as a text")
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int):
        return str(value)
    raise UnreadableValueError("is neither a text nor a number")


def _read_number(value: object, *, form: ColumnFormat, read: Callable[[str], float]) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        number = _of_text(value, read)
    elif isinstance(value, bool) and form.kind == "time":
        raise UnreadableValueError(f"can't be read as {described(form)}")
    elif isinstance(value, int | float):
        return _of_number(value, form, read)
    else:
        raise UnreadableValueError(f"can't be read as {described(form)}")
    if number is None:
        return math.nan
    return _finite(number, form)


def _of_text(text: str, read: Callable[[str], float]) -> float | None:
    """Return a text as a number; NaN where it can't be read, None where it stands for a missing one."""
    stripped = text.strip()
    if not stripped or stripped == ALWAYS_MISSING:
        return None
    number = read(stripped)
    return None if math.isnan(number) and (is_missing(stripped) or stripped in ZERO_DATES) else number


def _of_number(value: float, form: ColumnFormat, read: Callable[[str], float]) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnreadableValueError(NOT_FINITE)
    if form.layout is not None and form.layout not in EPOCHS:
        return _finite(read(spelled(value, form)), form)
    if form.kind == "boolean" and number not in {0.0, 1.0}:
        raise UnreadableValueError(f"can't be read as {described(form)}")
    return number / EPOCHS.get(form.layout, 1.0)


def _finite(number: float, form: ColumnFormat) -> float:
    if math.isfinite(number):
        return number
    raise UnreadableValueError(f"can't be read as {described(form)}" if math.isnan(number) else NOT_FINITE)


def _texts_reader(form: ColumnFormat) -> Callable[[str], float]:
    if form.kind == "boolean":
        return lambda text: BOOLEANS.get(text.casefold(), math.nan)
    if form.layout is None:
        return partial(_number, form=form, plain=form.decimal != ",")
    return partial(_time, layout=form.layout, form=form)


def _number(text: str, *, form: ColumnFormat, plain: bool) -> float:
    return float(text) if plain and _PLAIN.fullmatch(text) else read_number(text, form)


def _time(text: str, *, layout: Layout, form: ColumnFormat) -> float:
    """Read a time; in ISO 8601 too, whatever the file's own spelling: nobody means anything else by it."""
    if layout in EPOCHS:
        number = number_of(text) / EPOCHS[layout]
    elif layout == "clock point" and _POINT.fullmatch(text):
        number = read_time(spelled(float(text), form), layout)
    else:
        number = read_time(text, layout)
    return read_time(text, "ymd") if math.isnan(number) and layout not in OF_DAY else number
