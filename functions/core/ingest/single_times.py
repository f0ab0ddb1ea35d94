"""One time as people write it, by plain Python: what ``written_times`` reads of many."""

import math

import numpy as np

from functions.core.ingest.written_times import (
    COMPILED,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PIVOT,
    Layout,
    month_of,
    offset_of,
)

_HOURS = 24


def read_time(text: str, layout: Layout) -> float:
    """Return a stripped text in a layout that is no epoch as seconds since 1970 or midnight; NaN where it is none."""
    found = COMPILED[layout].match(text)
    if found is None:
        return math.nan
    parts = found.groupdict("")
    seconds = _seconds_of_day(parts) if "H" in parts else 0.0
    return seconds + _days(parts) * DAY if "y" in parts else seconds


def _seconds_of_day(parts: dict[str, str]) -> float:
    hours, minutes, seconds = (int(parts.get(name) or 0) for name in ("H", "M", "S"))
    if minutes >= MINUTE or seconds > MINUTE or hours > _HOURS or (hours == _HOURS and minutes + seconds):
        return math.nan
    if half := parts.get("half", "")[:1].lower():
        if not 1 <= hours <= NOON:
            return math.nan
        hours = hours % NOON + (NOON if half == "p" else 0)
    of_day = float(hours * HOUR + minutes * MINUTE + seconds)
    if fraction := parts.get("f"):
        of_day += float(f"0.{fraction}")
    return of_day - offset_of(parts.get("zone", ""))


def _days(parts: dict[str, str]) -> float:
    """Return the days since 1970; NaN where there is no such day."""
    year = int(parts["y"])
    if len(parts["y"]) == 2:  # noqa: PLR2004
        year += 1900 if year >= PIVOT else 2000
    day = f"{year:04}-{int(month_of(parts['m'])):02}-{int(parts.get('d') or 1):02}"
    try:
        return float(np.datetime64(day, "D").astype(np.int64))
    except ValueError:
        return math.nan
