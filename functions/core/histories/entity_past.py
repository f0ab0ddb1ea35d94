"""History columns of one row, from what a store remembers of its entities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.events import UNKNOWN, EntityEvents, Integers
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.past_values import Counted, Needed, elapsed, is_night, length_in, value_of


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
        windows = plan.windows[entity]
        counted = past.counted(list(windows), Needed.of(*(each.aggregate for own in windows.values() for each in own)))
        values = _values_of(counted, row.amounts, plan.amount_parts)
        for place, columns in enumerate(windows.values()):
            found |= {each.name: values(each.aggregate)[place] for each in columns}
        for column in plan.columns:
            if column.entity == entity and column.aggregate == "since_last":
                found[column.name] = float(elapsed(row.moments, past.latest(column.window))[0])
    return found


def _values_of(counted: Counted, amounts: Integers, parts: float) -> Callable[[Aggregate], list[float]]:
    """Return what gives an aggregate's values over the w windows that were counted (w,), all at once."""
    return cache(lambda aggregate: value_of(aggregate, counted, amounts, parts).tolist())


class _Past:
    """The past of one entity strictly before a moment."""

    def __init__(self, plan: HistoryPlan, past: EntityPast, moment: int) -> None:
        self._plan, self._past, self._moment = plan, past, moment
        self._end = int(np.searchsorted(past.moments, moment))

    def counted(self, windows: Sequence[int | None], needed: Needed) -> Counted:
        """Count over w windows: (w,) each."""
        starts = [self._start(window) for window in windows]
        first = min(starts, default=self._end)
        counts = np.array([self._end - start for start in starts])
        nothing = np.zeros_like(counts)
        found = Counted(counts, counts, nothing, nothing, nothing, nothing)
        parts = [slice(start - first, None) for start in starts]
        if needed.amounts or needed.largest:
            amounts = self._past.amounts[first : self._end]
            known = [own[own != UNKNOWN] for own in (amounts[part] for part in parts)]
            found = replace(
                found,
                known=np.array([len(own) for own in known]),
                total=np.array([own.sum() for own in known]),
                largest=np.array([own.max(initial=UNKNOWN) for own in known]),
            )
        if needed.merchants:
            merchants = self._past.merchants[first : self._end].tolist()
            found = replace(found, merchants=np.array([len(set(merchants[part]) - {0}) for part in parts]))
        if needed.nights:
            nights = is_night(self._past.moments[first : self._end], self._plan.night)
            found = replace(found, nights=np.array([np.count_nonzero(nights[part]) for part in parts]))
        return found

    def latest(self, window: int | None) -> Integers:
        there = self._end > self._start(window)
        return np.array([self._past.moments[self._end - 1] if there else UNKNOWN])

    def _start(self, window: int | None) -> int:
        length = length_in(self._plan, window)
        first = 0 if length is None else int(np.searchsorted(self._past.moments, self._moment - length))
        return max(first, self._end - self._plan.events_at_most)
