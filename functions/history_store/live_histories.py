"""Histories of transactions as they come: what a store remembers, with what is asked about at the same time."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from functions.core.data.rows import Hashes, Numbers
from functions.core.histories.entity_past import EntityPast, empty_past, row_columns
from functions.core.histories.entity_states import StateEvents, StateRetention, state_keys
from functions.core.histories.events import UNKNOWN, EntityEvents, content_hashes
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.history_store.packed_states import SEED, decided_ids
from functions.history_store.store_port import HistoryStore, HistoryStoreError

# So many rows are computed one by one: a table costs a few milliseconds whatever it holds.
_ONE_BY_ONE = 8


class LiveHistories:
    """History columns of transactions, from any thread.

    Args:
        store: what remembers.
        took: is told how many seconds each reading took.
        failed: is told of each failure; the columns are NaN then.
    """

    def __init__(
        self,
        store: HistoryStore,
        took: Callable[[float], None] = lambda _: None,
        failed: Callable[[HistoryStoreError], None] = lambda _: None,
    ) -> None:
        self._store, self._took, self._failed = store, took, failed

    def columns(
        self, plan: HistoryPlan, rows: EntityEvents, others: EntityEvents | None = None
    ) -> Mapping[str, Numbers]:
        """Compute the history columns of n rows; NaN where the store can't be read.

        Each sees what the store remembers and what is asked about with it, strictly before it: what ``past_columns``
        says of all of these.

        Args:
            plan: of the histories.
            rows: with the ids of their transactions, so that one which is remembered already counts once.
            others: of the same request, the rows among them or not.
        """
        started = time.perf_counter()
        own = _decided(rows)
        beside = _once(own if others is None else _decided(others).joined(own))
        try:
            if len(rows) > _ONE_BY_ONE:
                return past_columns(plan, self._known(plan, own, beside), own)
            made = [self._row(plan, own.take(slice(place, place + 1)), beside) for place in range(len(rows))]
        except HistoryStoreError as error:
            self._failed(error)
            return {name: np.full(len(rows), np.nan) for name in plan.names}
        finally:
            self._took(time.perf_counter() - started)
        return {name: np.array([each[name] for each in made]) for name in plan.names}

    def remember(self, plan: HistoryPlan, events: EntityEvents) -> None:
        """Remember the events of decided transactions, each once by its id.

        Raises:
            HistoryStoreError: when the store can't be written.
        """
        self._store.add(StateEvents.of(plan, _decided(events)), StateRetention.of(plan))

    def _row(self, plan: HistoryPlan, row: EntityEvents, beside: EntityEvents) -> dict[str, float]:
        there = [entity for entity in plan.entities if row.entities[entity][0] != 0]
        if row.moments[0] == UNKNOWN:
            there = []
        keys = [int(state_keys(plan, entity, row.entities[entity])[0]) for entity in there]
        pasts = dict(zip(there, self._store.pasts(keys), strict=True))
        if len(beside) > 1:
            pasts = {entity: _with_others(past, entity, row, beside) for entity, past in pasts.items()}
        return row_columns(plan, {entity: pasts.get(entity, empty_past()) for entity in plan.entities}, row)

    def _known(self, plan: HistoryPlan, rows: EntityEvents, beside: EntityEvents) -> EntityEvents:
        """Return what is remembered of the rows' entities, each of a column alone, and what is beside them."""
        parts, new = [], dict(beside.entities)
        for entity in plan.entities:
            hashes = np.unique(rows.entities[entity])
            hashes = hashes[hashes != 0]
            pasts = self._store.pasts(state_keys(plan, entity, hashes).tolist())
            for found in _of_entity(plan, entity, hashes, pasts, beside):
                parts.append(found)
                # What is remembered counts as it was decided on first.
                new[entity] = np.where(np.isin(beside.ids, found.ids), np.uint64(0), new[entity])
        parts.append(replace(beside, entities=new))
        return EntityEvents(
            np.concatenate([each.moments for each in parts]),
            np.concatenate([each.amounts for each in parts]),
            np.concatenate([each.merchants for each in parts]),
            {name: np.concatenate([each.entities[name] for each in parts]) for name in plan.entities},
            np.concatenate([each.ids for each in parts]),
        )


def _of_entity(
    plan: HistoryPlan, entity: str, hashes: Hashes, pasts: Sequence[EntityPast], beside: EntityEvents
) -> list[EntityEvents]:
    """Return what is remembered of entities of one column as events, but for seeds that are ``beside`` too."""
    if not len(hashes):
        return []
    owners = np.repeat(hashes, [len(past.moments) for past in pasts])
    nobody = np.zeros(len(owners), dtype=np.uint64)
    found = EntityEvents(
        np.concatenate([past.moments for past in pasts]),
        np.concatenate([past.amounts for past in pasts]),
        np.concatenate([past.merchants for past in pasts]),
        {name: owners if name == entity else nobody for name in plan.entities},
        np.concatenate([past.ids for past in pasts]),
    )
    seeds = found.ids >= SEED
    seeds[seeds] = np.isin(_content(found.take(seeds), entity), _content(beside, entity))
    return [found.take(~seeds)]


def _with_others(past: EntityPast, entity: str, row: EntityEvents, beside: EntityEvents) -> EntityPast:
    """Return the past of a row's entity with what is asked about beside it, each once."""
    mates = (beside.entities[entity] == row.entities[entity]) & (beside.moments < row.moments)
    mates &= (beside.moments != UNKNOWN) & ~np.isin(beside.ids, past.ids)
    if not mates.any():
        return past
    new = beside.take(mates)
    seeds = past.ids >= SEED
    if seeds.any():
        there = EntityPast(past.moments[seeds], past.amounts[seeds], past.merchants[seeds], past.ids[seeds])
        new = new.take(~np.isin(_content(new), _content(there)))
    moments, ids = np.concatenate([past.moments, new.moments]), np.concatenate([past.ids, new.ids])
    order = np.lexsort((ids, moments))
    return EntityPast(
        moments[order],
        np.concatenate([past.amounts, new.amounts])[order],
        np.concatenate([past.merchants, new.merchants])[order],
        ids[order],
    )


def _decided(events: EntityEvents) -> EntityEvents:
    return EntityEvents(events.moments, events.amounts, events.merchants, events.entities, decided_ids(events.ids))


def _content(events: EntityEvents | EntityPast, entity: str | None = None) -> Hashes:
    """Return hashes (n,) of what tells a training table's event to be the same transaction as a decision's."""
    owners = [events.entities[entity]] if entity is not None and isinstance(events, EntityEvents) else []
    return content_hashes(events.moments, events.amounts, events.merchants, *owners)


def _once(events: EntityEvents) -> EntityEvents:
    """Return events each once by its id: a transaction that was sent twice at once is one."""
    _, first = np.unique(events.ids, return_index=True)
    return events if len(first) == len(events) else events.take(np.sort(first))
