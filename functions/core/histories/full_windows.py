"""Rows whose windows lie wholly within what is known: before these, history columns are still filling up."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.core.histories.events import MICROSECONDS, UNKNOWN, Integers, read_moments_of
from functions.core.histories.history_plan import HistoryPlan

# Fewer rows with full windows are not the distribution of a column.
LEAST_FULL = 250
WRONG = 100


def known_from(moments: Integers) -> int | None:
    """Return the moment from which on n transactions are known; None where no moment is.

    One in a hundred may be before it: a clock that is wrong by years must not make windows full that are not.
    """
    known = moments[moments != UNKNOWN]
    place = len(known) // WRONG
    return int(np.partition(known, place)[place]) if len(known) else None


def full_windows(
    plan: HistoryPlan, columns: Mapping[str, Any], since: int | None = None
) -> dict[str, NDArray[np.bool_]]:
    """Return in which of n rows each history column's window is full, (n,) each; of one without a window in none.

    Args:
        plan: of the histories.
        columns: of the rows, with the plan's ``clock``.
        since: the moment from which on transactions are known, as ``EntityEvents`` has moments; by these rows where
            it is None.
    """
    return full_since(plan, read_moments_of(plan, columns[plan.clock]), since)


def full_since(plan: HistoryPlan, moments: Integers, since: int | None) -> dict[str, NDArray[np.bool_]]:
    """Return the same of n rows by their moments (n,)."""
    known = moments != UNKNOWN
    begin = known_from(moments) if since is None else since
    # A clock may be so early that a sum of whole numbers would pass their end.
    age = np.where(known, moments.astype(np.float64) - float(begin or 0), -1.0)
    found: dict[str, NDArray[np.bool_]] = {}
    for column in plan.columns:
        length = None if plan.unit is None else column.window
        found[column.name] = np.zeros(len(moments), bool) if length is None else age >= length * MICROSECONDS
    return found
