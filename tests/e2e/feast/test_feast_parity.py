"""Feast and the embedded engine, given the same events, make the same columns bit by bit; and Feast's known edges."""

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from functions.core.data.rows import Numbers
from functions.core.histories.entity_past import row_columns
from functions.core.histories.entity_states import StateEvents, StateRetention, state_keys
from functions.core.histories.events import EntityEvents, read_events
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.packed_states import PackedState
from functions.history_store.store_port import HistoryStore
from tests.e2e.feast.conftest import FeastServer

pytestmark = pytest.mark.e2e

HOUR = 3_600
ENTITIES = ("card", "device")
AGGREGATES: tuple[Aggregate, ...] = ("count", "sum", "mean", "max", "distinct", "night_share", "since_last", "ratio")
PLAN = HistoryPlan(
    clock="at",
    unit=1.0,
    amount="amount",
    merchant="shop",
    night=(22, 6),
    events_at_most=40,
    columns=tuple(
        HistoryColumn(f"{entity}_{aggregate}_{window}", entity, aggregate, window)
        for entity in ENTITIES
        for window in (HOUR, 24 * HOUR)
        for aggregate in AGGREGATES
    ),
)
RETENTION = StateRetention.of(PLAN)
# Of years ago, as tables that are trained on are.
BEGIN = 1_600_000_000.0


def random_events(count: int, seed: int) -> EntityEvents:
    """Make events of few entities within three days, of which many are at equal moments, and some lack something."""
    made = np.random.default_rng(seed)
    amounts = np.round(made.lognormal(3, 1, count), 4)
    amounts[made.random(count) < 0.05] = np.nan
    columns = {
        "at": BEGIN + made.integers(0, 600, count) * 432.0,
        "amount": amounts,
        "shop": np.array([made.choice(["a", "b", "c", None]) for _ in range(count)], dtype=object),
        "card": np.array([made.choice(["1", "2", "3", "4", None]) for _ in range(count)], dtype=object),
        "device": np.array([made.choice(["x", "y"]) for _ in range(count)], dtype=object),
    }
    return read_events(PLAN, columns, made.integers(1, 1 << 63, count, dtype=np.uint64))


def event(card: str, seconds: float, amount: float, number: int) -> EntityEvents:
    columns = {"at": np.array([BEGIN + seconds]), "amount": np.array([amount])}
    columns |= {name: np.array([card], dtype=object) for name in ("shop", *ENTITIES)}
    return read_events(PLAN, columns, np.array([number], dtype=np.uint64))


def known(store: HistoryStore, rows: EntityEvents) -> dict[str, Numbers]:
    """Compute the columns of rows from what a store remembers."""
    found = []
    for place in range(len(rows)):
        row = rows.take(slice(place, place + 1))
        keys = [int(state_keys(PLAN, entity, row.entities[entity])[0]) for entity in ENTITIES]
        found.append(row_columns(PLAN, dict(zip(ENTITIES, store.pasts(keys), strict=True)), row))
    return {name: np.array([each[name] for each in found]) for name in PLAN.names}


def bits(columns: dict[str, Numbers]) -> dict[str, bytes]:
    """Return columns as bytes, with one NaN."""
    return {name: np.where(np.isnan(values), np.nan, values).tobytes() for name, values in columns.items()}


def add(stores: Sequence[HistoryStore], events: EntityEvents) -> None:
    for store in stores:
        store.add(StateEvents.of(PLAN, events), RETENTION)


def test_both_engines_make_the_same_columns_whatever_comes_in_which_order(
    feast: FeastHistoryStore, server: FeastServer, tmp_path: Path
) -> None:
    embedded = EmbeddedHistoryStore(tmp_path / "embedded.sqlite")
    events, asked = random_events(1_500, seed=1), random_events(40, seed=2)
    order = np.random.default_rng(3).permutation(len(events))
    for part in np.array_split(order, 25):
        add([embedded, feast], events.take(part))
    # What comes twice counts once.
    add([embedded, feast], events.take(order[:100]))
    there = bits(known(embedded, asked))
    assert bits(known(feast, asked)) == there
    server.stop()
    server.start()
    assert bits(known(feast, asked)) == there
    one_by_one = random_events(30, seed=4)
    for place in range(len(one_by_one)):
        row = one_by_one.take(slice(place, place + 1))
        assert bits(known(feast, row)) == bits(known(embedded, row))
        add([embedded, feast], row)
    embedded.close()


def test_both_make_the_columns_of_a_table(feast: FeastHistoryStore) -> None:
    plan_rows = random_events(400, seed=5)
    # Within a day, so that nothing is too old, of entities that no other test has.
    rows = EntityEvents(
        plan_rows.moments // 3,
        plan_rows.amounts,
        plan_rows.merchants,
        {name: values ^ np.uint64(12_345) for name, values in plan_rows.entities.items()},
        plan_rows.ids,
    )
    feast.add(StateEvents.of(PLAN, rows), StateRetention(seconds=None, events_at_most=1_000))
    assert bits(known(feast, rows)) == bits(past_columns(PLAN, rows, rows))


def test_the_newest_event_is_there_at_once_and_equal_moments_do_not_see_each_other(feast: FeastHistoryStore) -> None:
    add([feast], event("fresh", 10, 5.0, 1))
    # Feast has one row an entity and moment at most, and over Redis would keep the first of two that are equal.
    add([feast], event("fresh", 10, 7.0, 2))
    at_once = known(feast, event("fresh", 10.000001, 1.0, 3))
    assert (at_once["card_count_3600"][0], at_once["card_sum_3600"][0]) == (2, 12)
    assert known(feast, event("fresh", 10, 1.0, 4))["card_count_3600"][0] == 0
    # One that happened before is put where it belongs, though it is written after the newest.
    add([feast], event("fresh", 4, 100.0, 5))
    assert known(feast, event("fresh", 10, 1.0, 6))["card_sum_3600"][0] == 100
    assert known(feast, event("fresh", 11, 1.0, 7))["card_since_last_3600"][0] == 1


def test_who_was_never_met_or_was_forgotten_has_no_past(feast: FeastHistoryStore) -> None:
    row = event("gone", 20, 1.0, 2)
    assert known(feast, row)["card_count_3600"][0] == 0
    add([feast], event("gone", 10, 5.0, 1))
    assert known(feast, row)["card_count_3600"][0] == 1
    keys = StateEvents.of(PLAN, row).keys
    assert feast.forget(keys) == 2
    assert feast.forget(keys) == 0
    assert known(feast, row)["card_count_3600"][0] == 0
    assert np.isnan(known(feast, row)["card_since_last_3600"][0])


def test_a_row_that_is_forgotten_is_gone_from_the_online_store(feast: FeastHistoryStore, server: FeastServer) -> None:
    states = StateEvents.of(PLAN, event("erased", 10, 5.0, 1))
    keys = states.keys
    add([feast], event("erased", 10, 5.0, 1))
    names = [f"{key:016x}".encode() for key in keys.tolist()]
    if server.engine == "dynamodb":  # it has a key's hash, and the events
        names = [base64.b64encode(PackedState.of(own).packed()) for _, own in states.by_key()]
    assert all(any(name in file for file in server.holdings()) for name in names)
    feast.forget(keys)
    assert not any(name in file for file in server.holdings() for name in names)


def test_many_long_states_are_read_whole(feast: FeastHistoryStore) -> None:
    # DynamoDB has 400 KB of a row, and returns 16 MB at once: Feast takes a row that is left out for one of nobody.
    count, entities = 6_500, 80
    keys = np.repeat(np.arange(1, entities + 1, dtype=np.uint64), count)
    ids = np.tile(np.arange(1, count + 1, dtype=np.uint64), entities)
    moments = ids.astype(np.int64)
    events = StateEvents(keys, moments, moments, ids, ids)
    feast.add(events, StateRetention(seconds=None, events_at_most=count))
    found = feast.pasts(list(range(1, entities + 1)))
    assert [len(past.moments) for past in found] == [count] * entities
    feast.forget(np.unique(keys))
