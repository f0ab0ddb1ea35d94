"""Times as people write them: ISO, day or month first, names of months, compact, epochs, times of day."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

type Layout = Literal[
    "ymd", "ym", "dmy", "mdy", "day month", "month day", "compact", "epoch s", "epoch ms", "clock", "clock point"
]
type Seconds = NDArray[np.float64]
type Whole = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Parts = dict[str, pa.StringArray]

# Of a column by such a name, whole numbers in the right range are taken for epochs.
HINT = re.compile(
    r"time|date|stamp|epoch|unix|when|created|updated|datum|zeit|fecha|heure|(?:^|[_ ])(?:ts|dt|at|on|day|tag)$",
    re.IGNORECASE,
)
ZERO_DATES = frozenset({"0000-00-00", "0000-00-00 00:00:00"})
_CLOCK = (
    r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r" ?(?P<half>(?:[AaPp]\.?[Mm]\.?)?)(?: Uhr)?"
)
_ZONE = r" ?(?P<zone>(?:[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)"
_TAIL = rf"(?:(?:[Tt]|,? +|:){_CLOCK}{_ZONE})?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_MONTH = r"(?P<m>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
PATTERNS: Mapping[Layout, str] = {
    "ymd": rf"^(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TAIL}",
    "ym": r"^(?P<y>(?:19|20)\d{2})[-/](?P<m>\d{2})$",
    "dmy": rf"^(?P<d>\d{{1,2}})[-/.](?P<m>\d{{1,2}})[-/.]{_YEAR}{_TAIL}",
    "mdy": rf"^(?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}})[-/]{_YEAR}{_TAIL}",
    "day month": rf"^{_WEEKDAY}(?P<d>\d{{1,2}})[-/. ]*{_MONTH}[-/., ]*{_YEAR}{_TAIL}",
    "month day": rf"^{_WEEKDAY}{_MONTH}[-/ ]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-/, ]+(?P<y>\d{{4}}){_TAIL}",
    "compact": (
        r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
        rf"(?:[Tt ]?(?P<H>\d{{2}})(?P<M>\d{{2}})(?P<S>(?:\d{{2}})?){_ZONE})?(?:\.0)?$"
    ),
    "clock": rf"^{_CLOCK}$",
    "clock point": r"^(?P<H>\d{2})\.(?P<M>\d{2})$",
}
COMPILED = {layout: re.compile(pattern, re.ASCII) for layout, pattern in PATTERNS.items()}
DESCRIPTIONS: Mapping[Layout, str] = {
    "ymd": "dates with the year first",
    "ym": "months, from their first day on",
    "dmy": "dates with the day first",
    "mdy": "dates with the month first",
    "day month": "dates with the day first",
    "month day": "dates with the month first",
    "compact": "dates without separators (yyyymmdd)",
    "epoch s": "seconds since 1970",
    "epoch ms": "milliseconds since 1970",
    "clock": "times of day, in seconds since midnight",
    "clock point": "times of day (hours.minutes), in seconds since midnight",
}
DAY = 86_400.0
MINUTE, HOUR = 60, 3600
NOON, _HOURS = 12, 24
PIVOT = 69
# From 1990 on, before 2100.
_EPOCHS = (631_152_000.0, 4_102_444_800.0)
_MILLI = 1000.0
_LONGEST_EPOCH = 13
_FEW = 50


def read(texts: Sequence[str], layout: Layout) -> Seconds:
    """Return n times as seconds since 1970, UTC where no zone is given; NaN where one is not written so.

    Of a layout without a date they are seconds since midnight. Two-digit years are 1969 to 2068.
    """
    if layout in {"epoch s", "epoch ms"}:
        numbers = np.array([number_of(each) for each in texts], dtype=np.float64)
        return numbers / (_MILLI if layout == "epoch ms" else 1.0)
    parts, matched = _parts(texts, PATTERNS[layout])
    seconds, sound = _seconds_of_day(parts) if "H" in parts else (np.zeros(len(texts)), matched)
    if "y" in parts:
        days, valid = _days(parts)
        seconds, sound = seconds + days * DAY, sound & valid
    return np.where(matched & sound, seconds, np.nan)


def likely(texts: Sequence[str]) -> list[Layout]:
    """Return the layouts that the first few texts look like; a pattern costs much more to look for in all of them."""
    return [each for each, pattern in COMPILED.items() if all(map(pattern.match, texts[:_FEW]))]


def closest(texts: Sequence[str]) -> Layout | None:
    """Return the layout of a date that most of the first few texts look like; None where most look like none."""
    dated: list[Layout] = [each for each in PATTERNS if not each.startswith("clock")]
    counts = {each: sum(COMPILED[each].match(text) is not None for text in texts[:_FEW]) for each in dated}
    best = max(dated, key=lambda each: counts[each])
    return best if 2 * counts[best] >= len(texts[:_FEW]) else None


def epoch_of_texts(texts: Sequence[str]) -> Layout | None:
    """Return the epoch that texts are in, if all are whole numbers; None for none."""
    if not all(each.isdecimal() and len(each) <= _LONGEST_EPOCH for each in texts):
        return None
    return epoch(np.array([float(each) for each in texts]))


def epoch(numbers: NDArray[np.float64]) -> Layout | None:
    """Return the epoch that present numbers of a column named like a time are in; None for none."""
    if not len(numbers):
        return None
    low, high = float(numbers.min()), float(numbers.max())
    if _EPOCHS[0] <= low and high < _EPOCHS[1]:
        return "epoch s"
    if _EPOCHS[0] * _MILLI <= low and high < _EPOCHS[1] * _MILLI:
        return "epoch ms"
    return None


def number_of(text: str) -> float:
    """Return a text as a number, NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def _parts(texts: Sequence[str], pattern: str) -> tuple[Parts, Mask]:
    found = pc.extract_regex(pa.array(texts, pa.string()), pattern)
    return {each.name: pc.struct_field(found, each.name).fill_null("") for each in found.type}, _mask(found.is_valid())


def _whole(parts: Parts, name: str) -> Whole | int:
    if name not in parts:
        return 0
    return np.asarray(pc.cast(pc.if_else(pc.equal(parts[name], ""), "0", parts[name]), pa.int64()), dtype=np.int64)


def _mask(found: pa.BooleanArray) -> Mask:
    return np.asarray(found, dtype=bool)


def _seconds_of_day(parts: Parts) -> tuple[Seconds, Mask]:
    hours, minutes, seconds = (_whole(parts, name) for name in ("H", "M", "S"))
    # A leap second may be one more, and a day ends at 24:00.
    sound = (
        (minutes < MINUTE) & (seconds <= MINUTE) & ((hours < _HOURS) | ((hours == _HOURS) & (minutes + seconds == 0)))
    )
    if "half" in parts:
        half = pc.utf8_lower(pc.utf8_slice_codeunits(parts["half"], 0, 1))
        twelve, afternoon = _mask(pc.not_equal(half, "")), _mask(pc.equal(half, "p"))
        sound &= ~twelve | ((hours >= 1) & (hours <= NOON))
        hours = np.where(twelve, hours % NOON + np.where(afternoon, NOON, 0), hours)
    of_day = np.asarray(hours * HOUR + minutes * MINUTE + seconds, dtype=np.float64)
    if "f" in parts and _mask(pc.not_equal(parts["f"], "")).any():
        of_day = of_day + np.asarray(pc.cast(pc.binary_join_element_wise("0.", parts["f"], ""), pa.float64()))
    if "zone" in parts:
        of_day = of_day - _of_each(parts["zone"], offset_of)
    return of_day, np.asarray(sound, dtype=bool)


def _of_each(texts: pa.StringArray, number: Callable[[str], float]) -> Seconds:
    """Return a number for each of n texts, of which few differ."""
    encoded = texts.dictionary_encode()
    known = np.array([number(each) for each in encoded.dictionary.to_pylist()], dtype=np.float64)
    return known[np.asarray(encoded.indices)]


def offset_of(zone: str) -> float:
    """Return how many seconds a zone's clocks are ahead of UTC; without a zone, none."""
    if zone[:1] not in {"+", "-"}:
        return 0.0
    written = zone[1:].replace(":", "").ljust(4, "0")
    size = int(written[:2]) * HOUR + int(written[2:]) * MINUTE
    return float(-size if zone[0] == "-" else size)


def _days(parts: Parts) -> tuple[Seconds, Mask]:
    years = np.asarray(_whole(parts, "y"))
    days = np.asarray(_whole(parts, "d")) if "d" in parts else np.ones_like(years)
    short = _mask(pc.equal(pc.utf8_length(parts["y"]), 2))
    years = np.where(short, years + np.where(years >= PIVOT, 1900, 2000), years)
    months = _of_each(parts["m"], month_of).astype(np.int64)
    sound = (months >= 1) & (months <= len(_MONTHS)) & (days >= 1)
    january = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]")
    first = january + np.where(sound, months - 1, 0).astype("timedelta64[M]")
    after = first + np.timedelta64(1, "M")
    length = (after.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    since: Seconds = first.astype("datetime64[D]").astype(np.int64) + days - 1.0
    return since, np.asarray(sound & (days <= length), dtype=bool)


def month_of(text: str) -> float:
    """Return the number of a month from its digits or its name."""
    if text.isdecimal():
        return int(text)
    return _MONTHS.index(text[:3].lower()) + 1 if text else 0
