"""States of entities as stores keep them: events by one key, and how many of them count."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import Hashes, mix
from functions.core.histories.entity_past import EntityPast
from functions.core.histories.events import MICROSECONDS, UNKNOWN, EntityEvents, Integers
from functions.core.histories.history_plan import HistoryPlan

# Of an entity's events, a quarter may be by clocks that are wrong, and of few events so many.
_AHEAD = 3


@dataclass(frozen=True)
class StateEvents:
    """n events of entities' states: their keys, moments, amounts, merchants and ids, (n,) each."""

    keys: Hashes
    moments: Integers
    amounts: Integers
    merchants: Hashes
    ids: Hashes

    @classmethod
    def of(cls, plan: HistoryPlan, events: EntityEvents) -> Self:
        """Return the events of each entity column, one after the other; what has no entity or moment is left out."""
        parts = []
        for entity in plan.entities:
            there = np.flatnonzero((events.entities[entity] != 0) & (events.moments != UNKNOWN))
            own = events.take(there)
            parts.append((state_keys(plan, entity, own.entities[entity]), *_columns(own)))
        return cls(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def __len__(self) -> int:
        """Return n."""
        return len(self.keys)

    def by_key(self) -> Iterator[tuple[int, "StateEvents"]]:
        """Yield each key with its events, in the order of moment and id."""
        order = np.lexsort((self.ids, self.moments, self.keys))
        keys = self.keys[order]
        ends = np.append(np.flatnonzero(keys[1:] != keys[:-1]) + 1, len(keys))
        for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            places = order[start:end]
            if len(places):
                yield int(keys[start]), self.take(places)

    def past(self) -> EntityPast:
        """Return the events as the past of one entity; they are of one key, and in order."""
        return EntityPast(self.moments, self.amounts, self.merchants, self.ids)

    def take(self, places: NDArray[np.intp]) -> "StateEvents":
        """Return the events at some places."""
        return StateEvents(
            self.keys[places], self.moments[places], self.amounts[places], self.merchants[places], self.ids[places]
        )


@dataclass(frozen=True, slots=True)
class StateRetention:
    """How much of a state is kept.

    Events that happened before others which are there already find their own past as long as they are late by no more
    than the longest window. Of an entity with more than ``events_at_most`` within it, those are kept that a row at the
    latest moment counts, and a later one.

    Attributes:
        seconds: twice the longest window; None keeps all.
        events_at_most: before the latest moment, and of that moment.
        kind: of the events, as ``state_kind`` tells: of one kind, moments can be compared.
    """

    seconds: int | None
    events_at_most: int
    kind: int = 0

    @classmethod
    def of(cls, plan: HistoryPlan) -> Self:
        """Return the retention that a plan needs."""
        longest = plan.longest if plan.unit is not None else None
        return cls(None if longest is None else 2 * longest, plan.events_at_most, state_kind(plan))

    def kept(self, moments: Integers) -> NDArray[np.bool_]:
        """Return which are kept of k events, k > 0, which are in the order of moment and id: (k,)."""
        count = len(moments)
        latest = int(np.searchsorted(moments, moments[-1]))
        oldest = 0
        if self.seconds is not None:
            # The newest may be by clocks that are years ahead, which make the others no older.
            newest = int(moments[max(count - 1 - max(count // 4, _AHEAD), 0)])
            oldest = int(np.searchsorted(moments, newest - self.seconds * MICROSECONDS))
        found = np.zeros(count, dtype=bool)
        found[max(oldest, latest - self.events_at_most) : latest] = True
        found[max(latest, count - self.events_at_most) :] = True
        return found


def state_kind(plan: HistoryPlan) -> int:
    """Return a number for all plans that make the same events of a transaction, and keep them for as long."""
    words = [plan.clock, plan.unit, plan.amount, plan.amount_parts, plan.merchant, plan.longest, plan.events_at_most]
    return _number(repr([*words, *plan.entities]))


def state_keys(plan: HistoryPlan, entity: str, hashes: Hashes) -> Hashes:
    """Return the keys (n,) of entities' states by their hashes: of each column and each kind of events its own."""
    return mix(hashes ^ np.uint64(_number(repr([state_kind(plan), entity]))))


@cache
def _number(text: str) -> int:
    return int(pd.util.hash_array(np.array([text], dtype=object), categorize=False)[0])


def _columns(events: EntityEvents) -> tuple[Integers, Integers, Hashes, Hashes]:
    return events.moments, events.amounts, events.merchants, events.ids
