"""History columns from whole numbers that were counted over a window: the same for a table and for one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Numbers
from functions.core.histories.events import MICROSECONDS, UNKNOWN, Integers
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryPlan

DAY = 86_400 * MICROSECONDS
_HOUR = DAY // 24


@dataclass(frozen=True)
class Counted:
    """What an entity did within a window before each of n rows; all (n,).

    Attributes:
        events: their number.
        known: those with an amount.
        total: the sum of their amounts.
        largest: of them; ``UNKNOWN`` where there is none.
        merchants: different ones.
        nights: events in the night.
    """

    events: Integers
    known: Integers
    total: Integers
    largest: Integers
    merchants: Integers
    nights: Integers

    def part(self, rows: slice) -> "Counted":
        """Return what was counted of some rows."""
        return Counted(
            self.events[rows],
            self.known[rows],
            self.total[rows],
            self.largest[rows],
            self.merchants[rows],
            self.nights[rows],
        )


@dataclass(frozen=True)
class Needed:
    """What has to be counted for some aggregates of one window of one entity."""

    amounts: bool
    largest: bool
    merchants: bool
    nights: bool

    @classmethod
    def of(cls, *aggregates: Aggregate) -> "Needed":
        """Return what these aggregates need."""
        wanted = set(aggregates)
        return cls(
            amounts=bool(wanted & {"sum", "mean", "ratio"}),
            largest="max" in wanted,
            merchants="distinct" in wanted,
            nights="night_share" in wanted,
        )


def length_in(plan: HistoryPlan, window: int | None) -> int | None:
    """Return a window in the units of moments; None for all that is remembered."""
    return None if window is None or plan.unit is None else window * MICROSECONDS


def is_night(moments: Integers, night: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which moments (n,) are in the night, which may go on past midnight."""
    begins, ends = night
    since = np.mod(moments - begins * _HOUR, DAY)
    return since < ((ends - begins) % 24) * _HOUR


def value_of(aggregate: Aggregate, counted: Counted, amounts: Integers, parts: float) -> Numbers:
    """Return a history column (n,) for rows whose entity and moment are known.

    Args:
        aggregate: one of a window, or ``ratio``.
        counted: within the window.
        amounts: the rows' own (n,).
        parts: of one that amounts are counted in.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _VALUES[aggregate](counted, amounts, parts)


def elapsed(moments: Integers, latest: Integers) -> Numbers:
    """Return the seconds from the latest event to each row (n,), or units of a clock whose unit is not known."""
    return np.where(latest == UNKNOWN, np.nan, (moments - latest) / MICROSECONDS)


def _count(counted: Counted, _: Integers, __: float) -> Numbers:
    return counted.events.astype(np.float64)


def _sum(counted: Counted, _: Integers, parts: float) -> Numbers:
    return counted.total / parts


def _mean(counted: Counted, _: Integers, parts: float) -> Numbers:
    return np.where(counted.known > 0, counted.total / parts / counted.known, np.nan)


def _max(counted: Counted, _: Integers, parts: float) -> Numbers:
    return np.where(counted.largest == UNKNOWN, np.nan, counted.largest / parts)


def _distinct(counted: Counted, _: Integers, __: float) -> Numbers:
    return counted.merchants.astype(np.float64)


def _night_share(counted: Counted, _: Integers, __: float) -> Numbers:
    return np.where(counted.events > 0, counted.nights / counted.events, np.nan)


def _ratio(counted: Counted, amounts: Integers, parts: float) -> Numbers:
    mean = _mean(counted, amounts, parts)
    own = np.where(amounts == UNKNOWN, np.nan, amounts / parts)
    return np.where(mean == 0, np.nan, own / mean)


_VALUES: Mapping[Aggregate, Callable[[Counted, Integers, float], Numbers]] = MappingProxyType(
    {
        "count": _count,
        "sum": _sum,
        "mean": _mean,
        "max": _max,
        "distinct": _distinct,
        "night_share": _night_share,
        "ratio": _ratio,
    }
)
