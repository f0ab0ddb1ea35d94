"""What gives the history columns of rows that are asked about, and rows that have got them."""

from collections.abc import Callable, Mapping

import numpy as np

from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents
from functions.core.histories.history_plan import HistoryPlan

# The plan's columns, (n,) each, of n rows as events.
type PastOf = Callable[[HistoryPlan, EntityEvents], Mapping[str, Numbers]]


def unknown_past(plan: HistoryPlan, asked: EntityEvents) -> dict[str, Numbers]:
    """Return the history columns of n rows of whose entities nobody remembers anything: NaN in all of them."""
    return {name: np.full(len(asked), np.nan) for name in plan.names}
