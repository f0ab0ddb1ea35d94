"""History columns of one row, from what a store remembers of its entities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.events import UNKNOWN, EntityEvents, Integers
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.past_values import Counted, Needed, elapsed, is_night, length_in, value_of, windows_of


@dataclass(frozen=True)
class EntityPast:
    """What is remembered of one entity: k events by moment and id, (k,) each as in ``EntityEvents``."""

    moments: Integers
    amounts: Integers
    merchants: Hashes
    ids: Hashes


def empty_past() -> EntityPast:
    """Return the past of an entity that was never met."""
    nothing = np.empty(0, dtype=np.int64)
    return EntityPast(nothing, nothing, nothing.view(np.uint64), nothing.view(np.uint64))


def row_columns(plan: HistoryPlan, pasts: Mapping[str, EntityPast], row: EntityEvents) -> dict[str, float]:
    """Compute the history columns of one row: what ``past_columns`` does of it, from the same events.

    Args:
        plan: of the histories.
        pasts: of the row's entity in each entity column.
        row: the row, as one event.
    """
    found = dict.fromkeys(plan.names, np.nan)
    [moment] = row.moments
    if moment == UNKNOWN:
        return found
    for entity in plan.entities:
        if row.entities[entity][0] == 0:
            continue
        past = _Past(plan, pasts[entity], moment)
        for window, columns in windows_of(plan, entity).items():
            counted = past.counted(window, Needed.of(*(column.aggregate for column in columns)))
            values = [value_of(each.aggregate, counted, row.amounts, plan.amount_parts) for each in columns]
            found |= {each.name: float(made[0]) for each, made in zip(columns, values, strict=True)}
        for column in plan.columns:
            if column.entity == entity and column.aggregate == "since_last":
                found[column.name] = float(elapsed(row.moments, past.latest(column.window))[0])
    return found


class _Past:
    """The past of one entity strictly before a moment."""

    def __init__(self, plan: HistoryPlan, past: EntityPast, moment: int) -> None:
        self._plan, self._past, self._moment = plan, past, moment
        self._end = int(np.searchsorted(past.moments, moment))

    def counted(self, window: int | None, needed: Needed) -> Counted:
        start, end = self._start(window), self._end
        amounts = self._past.amounts[start:end]
        known = amounts[amounts != UNKNOWN] if needed.amounts or needed.largest else amounts
        merchants = set(self._past.merchants[start:end].tolist()) - {0} if needed.merchants else ()
        moments = self._past.moments[start:end]
        return Counted(
            events=np.array([end - start]),
            known=np.array([len(known)]),
            total=np.array([known.sum()]) if needed.amounts else np.array([0]),
            largest=np.array([known.max(initial=UNKNOWN)]) if needed.largest else np.array([0]),
            merchants=np.array([len(merchants)]),
            nights=np.array([np.count_nonzero(is_night(moments, self._plan.night)) if needed.nights else 0]),
        )

    def latest(self, window: int | None) -> Integers:
        there = self._end > self._start(window)
        return np.array([self._past.moments[self._end - 1] if there else UNKNOWN])

    def _start(self, window: int | None) -> int:
        length = length_in(self._plan, window)
        first = 0 if length is None else int(np.searchsorted(self._past.moments, self._moment - length))
        return max(first, self._end - self._plan.events_at_most)
