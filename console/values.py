"""How values are written on pages: the same everywhere."""

import datetime as dt
from collections.abc import Callable, Mapping

from infra.words import plain

NONE = "\N{EN DASH}"
_MINUTE = 60
_HOUR = 3600
_MEGABYTE = 1_000_000
_SHORT = 14


def whole(value: float | None) -> str:
    """Return a number without decimals, its thousands apart; a dash for None."""
    return NONE if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a share of one in percent; a dash for None."""
    return NONE if value is None else f"{value:.1%}"


def decimal(value: float | None, digits: int = 3) -> str:
    """Return a number with decimals; a dash for None."""
    return NONE if value is None else f"{value:,.{digits}f}"


def duration(seconds: float | None) -> str:
    """Return a duration with its unit; a dash for None."""
    if seconds is None:
        return NONE
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"


def megabytes(size: float | None) -> str:
    """Return a number of bytes with its unit; a dash for None."""
    if size is None:
        return NONE
    if size < _MEGABYTE:
        return f"{size / 1000:,.1f} kB"
    return f"{size / _MEGABYTE:,.1f} MB"


def moment(at: dt.datetime | None) -> str:
    """Return a time in UTC, as MLflow and the records have it; a dash for None."""
    return NONE if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def short(name: str) -> str:
    """Return the beginning of a name that is long; names of runs are mostly 36 characters that nobody reads."""
    return name if len(name) <= _SHORT else f"{name[:8]}\N{HORIZONTAL ELLIPSIS}"


FILTERS: Mapping[str, Callable[..., str]] = {
    each.__name__: each for each in (whole, share, decimal, duration, megabytes, moment, short, plain)
}
