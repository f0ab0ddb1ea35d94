"""Definitions of histories: which entities, over which windows, summed up how."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from functions.core.errors import InvalidSettingsError
from functions.core.wording import quoted

type Aggregate = Literal["count", "sum", "mean", "max", "distinct", "night_share", "since_last", "ratio"]

# Over each window; the others are of all that is remembered of an entity.
WINDOWED: tuple[Aggregate, ...] = ("count", "sum", "mean", "max", "distinct", "night_share")
AGGREGATES: tuple[Aggregate, ...] = (*WINDOWED, "since_last", "ratio")
# What needs an amount, and what needs a merchant.
OF_AMOUNTS: tuple[Aggregate, ...] = ("sum", "mean", "max", "ratio")
# What is 0 of an entity without a past; the others are not known of it.
ZERO_WITHOUT_PAST: tuple[Aggregate, ...] = ("count", "sum", "distinct")

SECONDS: Mapping[str, int] = MappingProxyType({"m": 60, "h": 3_600, "d": 86_400})
_WINDOW = re.compile(r"([1-9][0-9]{0,4})([mhd])")
# So that a state is not kept for ever.
LONGEST = 400 * SECONDS["d"]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Histories as a user defines them; columns that are not named are recognised by their roles.

    Attributes:
        windows: lengths such as ``1h`` or ``30d``, from the shortest to the longest.
        aggregates: what is summed up over each window, ``since_last`` and ``ratio`` over all that is remembered.
        entities: columns that have a history; by their role where empty.
        time: column with the event time.
        amount: column with the amount.
        merchant: column of which different values are counted.
        unit: seconds that one unit of an event time lasts which is no calendar's.
        night: hours of the day in which it begins and ends, in the clock's own time zone.
        entities_at_most: so many of the columns that are recognised.
        events_at_most: of each entity's latest events so many are remembered.
    """

    windows: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    entities: tuple[str, ...] = ()
    time: str | None = None
    amount: str | None = None
    merchant: str | None = None
    unit: float | None = None
    night: tuple[int, int] = (0, 6)
    entities_at_most: int = 4
    events_at_most: int = 1_000


def window_word(seconds: int) -> str:
    """Return the window of some seconds as it is written in the largest unit, such as ``1h``."""
    unit = next(each for each in ("d", "h", "m") if seconds % SECONDS[each] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"


def window_seconds(window: str) -> int:
    """Return the seconds that a window such as ``1h`` lasts.

    Raises:
        InvalidSettingsError: when it is none, or longer than ``LONGEST``.
    """
    found = _WINDOW.fullmatch(window)
    seconds = int(found[1]) * SECONDS[found[2]] if found else 0
    if not 0 < seconds <= LONGEST:
        raise InvalidSettingsError(
            f"The window {quoted(window)} of histories is no length of time up to 400 days: write a number and m, h "
            "or d, such as 30m, 1h or 7d."
        )
    return seconds
