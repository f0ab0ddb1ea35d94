"""Recognition of what a column of texts is, on its distinct values and whatever their order."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.ingest import written_numbers, written_times
from functions.core.ingest.distinct import PLACEHOLDERS, Distinct, is_missing, lone_none, missing_words
from functions.core.ingest.spelling import ColumnFormat, PinnedRole
from functions.core.ingest.written_numbers import CONVENTIONS, IDENTIFYING, Convention, Mark, Parts
from functions.core.ingest.written_times import HINT, ZERO_DATES, Layout
from functions.core.wording import named, quoted

type Numbers = NDArray[np.float64]

_BOOLEANS = frozenset({"true", "false"})
_ENGLISH = frozenset({"$", "US$", "£", "¥", "₹", "USD", "GBP"})
_SAMPLED = 50
_MOSTLY = 0.5
# So short, a zero in front fills a field of two digits: an hour, a day, a month.
_TWO_DIGITS = 2
_FEWEST_DATES = 3
_TELEPHONE = 11


@dataclass(frozen=True)
class Recognised:
    """A column's format; ``rivals`` are others that fit as well, where its own values can't decide."""

    format: ColumnFormat
    rivals: tuple[ColumnFormat, ...] = ()
    note: str | None = None


def recognise_texts(column: Distinct, name: str, pin: PinnedRole) -> Recognised:
    """Recognise a column of texts; where ``pin`` demands times or numbers, texts that are none stay for a fault."""
    present = [each for each in column.texts if not is_missing(each) and each not in ZERO_DATES]
    if pin.text or (present and len({each.casefold() for each in present} - _BOOLEANS) > 0):
        return _recognise_words(column, present, name, pin)
    return Recognised(ColumnFormat("boolean" if present else "numeric"), note=placeholder_note(column))


def placeholder_note(column: Distinct) -> str | None:
    """Return what is said of texts that were taken for missing, beyond those that anybody would."""
    found = [quoted(each) for each in column.texts if each.casefold() in PLACEHOLDERS or each in ZERO_DATES]
    return f"{named(found)} taken for missing" if found else None


def text_format(column: Distinct) -> ColumnFormat:
    """Return the format of a column of texts."""
    return ColumnFormat("text", missing=tuple(sorted(missing_words(column))), absent=lone_none(column))


def recognise_numbers(values: pd.Series, name: str, pin: PinnedRole, decimal: Mark) -> Recognised | None:
    """Recognise a column that pandas has read as numbers, with a decimal mark; None where texts are what they are."""
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    whole = _are_whole(numbers)
    exact = pd.api.types.is_integer_dtype(values.dtype)
    if exact and not pin.number and len(numbers) and float(np.abs(numbers).max()) >= IDENTIFYING:
        return None
    if not pin.number and (layout := _layout(numbers, name, pin, whole=whole)):
        return Recognised(ColumnFormat("time", layout=layout))
    return Recognised(ColumnFormat("time" if pin.time else "numeric", decimal=None if whole else decimal))


def _are_whole(numbers: Numbers) -> bool:
    # Most columns of fractions show it in their first values.
    return all(bool((part == np.floor(part)).all()) for part in (numbers[:_SAMPLED], numbers))


def _layout(numbers: Numbers, name: str, pin: PinnedRole, *, whole: bool) -> Layout | None:
    named_so = pin.time or HINT.search(name) is not None
    if named_so and (layout := written_times.epoch(numbers)):
        return layout
    if not whole or not len(numbers) or not 1.9e7 <= float(numbers[0]) < 2.1e13:  # noqa: PLR2004 - of 8 to 14 digits
        return None
    for size in (_SAMPLED, len(numbers)):
        texts = [str(int(each)) for each in np.unique(numbers[:size])]
        if np.isnan(written_times.read(texts, "compact")).any():
            return None
    return "compact" if named_so or len(texts) >= _FEWEST_DATES else None


def _recognise_words(column: Distinct, present: list[str], name: str, pin: PinnedRole) -> Recognised:
    if pin.text:
        return Recognised(text_format(column))
    found = [each for each in _times(present, name, pin) if each.kind == "numeric" or not pin.number]
    if found:
        return Recognised(found[0], tuple(found[1:]), placeholder_note(column))
    if written_numbers.look_like_numbers(present):
        parts = written_numbers.split(present)
        numbers = _numbers(column, present, parts, pin) if parts.found.all() else None
        return numbers or Recognised(text_format(column), note=_mixed_note(column, present, parts.found, "numbers"))
    closest = written_times.closest(present)
    if closest is None:
        return Recognised(text_format(column))
    times = ~np.isnan(written_times.read(present, closest))
    return Recognised(text_format(column), note=_mixed_note(column, present, times, "times"))


def _times(present: list[str], name: str, pin: PinnedRole) -> tuple[ColumnFormat, ...]:
    """Return the formats in which all texts are times; several where day and month can't be told apart."""
    named_so = pin.time or HINT.search(name) is not None
    if named_so and (layout := written_times.epoch_of_texts(present)):
        return (ColumnFormat("time", layout=layout),)
    likely = [each for each in written_times.likely(present) if each != "clock point"]
    fitting = [each for each in likely if not np.isnan(written_times.read(present, each)).any()]
    if "compact" in fitting and len(present) < _FEWEST_DATES and not named_so:
        fitting.remove("compact")
    if pin.order:
        fitting = [each for each in fitting if each == pin.order or each not in {"dmy", "mdy"}]
    return tuple(ColumnFormat("numeric" if each == "clock" else "time", layout=each) for each in fitting[:2])


def _numbers(column: Distinct, present: list[str], parts: Parts, pin: PinnedRole) -> Recognised | None:
    units = parts.units()
    if len(units) > 1:
        return None
    unit = next(iter(units), "")
    whole = written_numbers.is_whole(parts)
    if whole.all() and not pin.number and (reason := _identifying(parts)):
        return Recognised(text_format(column), note=reason)
    fitting = [each for each in CONVENTIONS if written_numbers.fits(parts, each).all()] or [
        each for each in CONVENTIONS if written_numbers.fits_loosely(parts, each).all()
    ]
    if _like_telephones(parts):
        return None
    if pin.mark:
        fitting = [each for each in fitting if each.decimal == pin.mark]
    if not fitting:
        return None
    chosen, *rivals = [_number_format(each, fitting, unit) for each in _contenders(fitting, unit)]
    if not rivals and _clock_like(present):
        rivals = [ColumnFormat("numeric", layout="clock point")]
    return Recognised(chosen, tuple(rivals), placeholder_note(column))


def _identifying(parts: Parts) -> str | None:
    """Return why whole numbers are kept as texts: as floats, several of them would be one."""
    values = written_numbers.convert(parts, Convention("."))
    if (np.abs(values) >= IDENTIFYING).any():
        return "kept as text, since it has whole numbers of 16 digits and more"
    if written_numbers.has_leading_zero(parts).any():
        longest = int(written_numbers.digits(parts).max())
        if longest > _TWO_DIGITS or len(np.unique(values)) < len(values):
            return "kept as text, since numbers in it begin with a zero"
    return None


def _like_telephones(parts: Parts) -> bool:
    """Return whether all numbers are groups of digits with spaces, of nine digits or more and of one length."""
    lengths = written_numbers.digits(parts)
    grouped = written_numbers.has_spaces(parts)
    return bool(grouped.all()) and int(lengths.min()) == int(lengths.max()) >= _TELEPHONE


def _contenders(fitting: list[Convention], unit: str) -> list[Convention]:
    """Return the convention of a column, and its rival where 1.234 or 1,234 could be either."""
    plain_point, plain_comma = Convention("."), Convention(",")
    if plain_point in fitting and plain_comma in fitting:
        return [plain_point]
    for pair in ((plain_point, Convention(",", ".")), (Convention(".", ","), plain_comma)):
        if all(each in fitting for each in pair):
            return [pair[0]] if unit in _ENGLISH else list(pair)
    return fitting[:1]


def _number_format(convention: Convention, fitting: list[Convention], unit: str) -> ColumnFormat:
    other = Convention("," if convention.decimal == "." else ".", convention.thousands)
    mark = None if other in fitting else convention.decimal
    return ColumnFormat("numeric", decimal=mark, thousands=convention.thousands, unit=unit)


def _clock_like(present: list[str]) -> bool:
    return len(present) >= _FEWEST_DATES and not np.isnan(written_times.read(present, "clock point")).any()


def _mixed_note(column: Distinct, present: list[str], fine: NDArray[np.bool_], what: str) -> str | None:
    """Return what is said of a column whose texts are mostly numbers, or mostly times, as a mask shows."""
    if fine.all():
        return f"read as text, since its {what} are not written in one way, or not in one unit"
    if fine.mean() < _MOSTLY:
        return None
    other = dict(zip(present, (~fine).tolist(), strict=True))
    among = np.array([other.get(each, False) for each in column.texts])
    return (
        f"read as text, since {int(column.counts[among].sum()):,} of its {int(column.counts.sum()):,} values are not "
        f"{what}, the first being {column.example(among)}"
    )
