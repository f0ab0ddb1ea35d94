"""Steps in which many events get into a history store: whoever decides meanwhile waits for none of them long."""

import time
from collections.abc import Iterator

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import MICROSECONDS, UNKNOWN, EntityEvents
from functions.core.histories.history_plan import HistoryPlan
from functions.history_store.packed_states import seed_ids
from functions.history_store.store_port import HistoryStore

# Events that are added at once take some milliseconds, and then others have their turn.
_AT_ONCE, _PAUSE_SECONDS = 500, 0.002
# Of a training table, what is too old to count is told by the event that is this many from the newest one, or one in so
# many: those before it may be by clocks that are wrong.
_AHEAD, _WRONG = 100, 100


def add_in_steps(store: HistoryStore, plan: HistoryPlan, events: EntityEvents) -> None:
    """Add n events to the states of a plan.

    Raises:
        HistoryStoreError: when the store can't be written.
    """
    retention = StateRetention.of(plan)
    for entity in plan.entities:
        for some in _steps(StateEvents.of(plan, _of(events, entity))):
            store.add(some, retention)
            time.sleep(_PAUSE_SECONDS)


def seeds_of(plan: HistoryPlan, table: EntityEvents, forgotten: Hashes) -> EntityEvents:
    """Return those events of a training table that count from its newest on, without those of forgotten entities."""
    retention = StateRetention.of(plan)
    known = np.sort(table.moments[table.moments != UNKNOWN])
    kept = table.moments != UNKNOWN
    if retention.seconds is not None and len(known):
        newest = int(known[max(len(known) - 1 - max(len(known) // _WRONG, _AHEAD), 0)])
        kept &= table.moments >= newest - retention.seconds * MICROSECONDS
    for hashes in (table.merchants, *table.entities.values()):
        kept &= ~np.isin(hashes, forgotten)
    found = table.take(kept)
    return EntityEvents(found.moments, found.amounts, found.merchants, found.entities, seed_ids(found.ids))


def _of(events: EntityEvents, entity: str) -> EntityEvents:
    """Return events with their entities of one column alone."""
    nobody = np.zeros(len(events), dtype=np.uint64)
    entities = {name: values if name == entity else nobody for name, values in events.entities.items()}
    return EntityEvents(events.moments, events.amounts, events.merchants, entities, events.ids)


def _steps(events: StateEvents) -> Iterator[StateEvents]:
    """Yield the events in parts, all of a state in one of them."""
    order = np.argsort(events.keys, kind="stable")
    keys = events.keys[order]
    start = 0
    while start < len(keys):
        end = int(np.searchsorted(keys, keys[min(start + _AT_ONCE, len(keys)) - 1], side="right"))
        yield events.take(order[start:end])
        start = end
