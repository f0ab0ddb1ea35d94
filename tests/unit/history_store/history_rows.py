"""Transactions of a few cards and devices, and the plan of their histories."""

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast
from functions.core.histories.entity_states import StateEvents, StateRetention, state_keys
from functions.core.histories.events import MICROSECONDS, EntityEvents
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.history_store.packed_states import SEED

HOUR = 3_600
# A key, a moment, an amount, a merchant, an id, and whether it is of a training table.
type Event = tuple[int, int, int, int, int, bool]
AGGREGATES: tuple[Aggregate, ...] = ("count", "sum", "mean", "max", "distinct", "night_share")


def plan_of(*, most: int = 1_000, clock: str = "at", unit: float | None = 1.0) -> HistoryPlan:
    """Return a plan of cards and devices over an hour and a day."""
    columns = []
    for entity in ("card", "device"):
        for window in (HOUR, 24 * HOUR) if unit else (None,):
            columns += [HistoryColumn(f"{entity}_{each}_{window}", entity, each, window) for each in AGGREGATES]
        last = 24 * HOUR if unit else None
        columns += [HistoryColumn(f"{entity}_{each}", entity, each, last) for each in ("since_last", "ratio")]
    return HistoryPlan(clock, unit, "amount", "shop", (22, 6), most, tuple(columns))


def some_events(count: int, seed: int, *, seconds: int = 24 * HOUR, cards: int = 20, start: int = 0) -> EntityEvents:
    """Make transactions in no order, with a card or device or amount missing now and then."""
    random = np.random.default_rng(seed)

    def hashes(first: int, most: int, missing: float) -> Hashes:
        found = random.integers(first, first + most, count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return np.where(random.random(count) < missing, np.uint64(0), found)

    amounts = random.integers(-50_000, 5_000_000, count)
    return EntityEvents(
        moments=(start + random.integers(0, seconds, count)) * MICROSECONDS,
        amounts=np.where(random.random(count) < 0.05, np.iinfo(np.int64).min, amounts),
        merchants=hashes(1, 8, 0.1),
        entities={"card": hashes(1_000, cards, 0.02), "device": hashes(100, max(cards // 4, 3), 0.3)},
        ids=random.integers(1, 1 << 62, count, dtype=np.uint64),
    )


def states_of(plan: HistoryPlan, events: EntityEvents) -> tuple[StateEvents, StateRetention]:
    """Return what a store is given of events."""
    return StateEvents.of(plan, events), StateRetention.of(plan)


def key_of(plan: HistoryPlan, entity: str, value: int) -> int:
    """Return the key of an entity's state."""
    return int(state_keys(plan, entity, np.array([value], dtype=np.uint64))[0])


def state_events(events: list[Event]) -> StateEvents:
    """Make events of states."""
    keys, moments, amounts, merchants, ids, seeds = zip(*events, strict=True)
    flags = np.array(seeds, dtype=np.uint64) * SEED
    return StateEvents(
        np.array(keys, np.uint64),
        np.array(moments, np.int64),
        np.array(amounts, np.int64),
        np.array(merchants, np.uint64),
        np.array(ids, np.uint64) | flags,
    )


def told(past: EntityPast) -> list[tuple[int, ...]]:
    """Return moment, amount, merchant and id of each event."""
    columns = (past.moments, past.amounts, past.merchants, past.ids)
    return list(zip(*(each.tolist() for each in columns), strict=True))
