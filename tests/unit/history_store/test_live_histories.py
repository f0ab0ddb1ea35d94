"""Histories of transactions as they come: what the table of all of them says, to the bit."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from functions.core.data.rows import Numbers
from functions.core.histories.events import MICROSECONDS, UNKNOWN, EntityEvents
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_seeds import add_in_steps, seeds_of
from functions.history_store.live_histories import LiveHistories
from functions.history_store.packed_states import seed_ids
from functions.history_store.store_port import HistoryStoreError
from tests.unit.history_store.history_rows import HOUR, plan_of, some_events

DAY = 24 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedHistoryStore]:
    made = EmbeddedHistoryStore(tmp_path / "histories.sqlite")
    yield made
    made.close()


def require_equal(plan: HistoryPlan, found: object, wanted: dict[str, Numbers], places: slice = slice(None)) -> None:
    for name in plan.names:
        assert np.array_equal(found[name], wanted[name][places], equal_nan=True), name  # type: ignore[index]


def in_order_of_arrival(events: EntityEvents, seed: int, *, late: int) -> EntityEvents:
    """Return events as they arrive: late by so many seconds at most."""
    delays = np.random.default_rng(seed).integers(0, late * MICROSECONDS, len(events))
    return events.take(np.argsort(events.moments + delays, kind="stable"))


@pytest.mark.parametrize("unit", [1.0, None])
@pytest.mark.parametrize("size", [1, 3, 40])
def test_rows_see_the_store_and_each_other(store: EmbeddedHistoryStore, size: int, unit: float | None) -> None:
    plan, live = plan_of(unit=unit), LiveHistories(store)
    events = in_order_of_arrival(some_events(400, 3), 4, late=DAY)
    for start in range(0, 400, size):
        rows = events.take(slice(start, start + size))
        found = live.columns(plan, rows)
        known = events.take(slice(start + size))
        require_equal(plan, found, past_columns(plan, known, known), slice(start, None))
        live.remember(plan, rows)


@pytest.mark.parametrize("size", [1, 5, 30])
def test_rows_see_the_others_of_their_request_too(store: EmbeddedHistoryStore, size: int) -> None:
    plan, live = plan_of(), LiveHistories(store)
    events = some_events(200, 5, cards=6)
    live.remember(plan, events.take(slice(100)))
    wanted = past_columns(plan, events, events)
    others = events.take(slice(100, 200))
    for start in range(100, 200, size):
        found = live.columns(plan, events.take(slice(start, start + size)), others)
        require_equal(plan, found, wanted, slice(start, min(start + size, 200)))


@pytest.mark.parametrize("size", [1, 5, 30])
def test_rows_that_are_remembered_already_and_rows_that_come_twice_count_once(
    store: EmbeddedHistoryStore, size: int
) -> None:
    plan, live = plan_of(), LiveHistories(store)
    events = some_events(60, 6, cards=4)
    live.remember(plan, events)
    wanted = past_columns(plan, events, events)
    for start in range(0, 60, size):
        rows = events.take(slice(start, start + size))
        require_equal(plan, live.columns(plan, rows), wanted, slice(start, start + size))
        twice = events.take(np.array([*range(start, min(start + size, 60))] * 2))
        found = live.columns(plan, twice)
        require_equal(
            plan, {name: each[: len(rows)] for name, each in found.items()}, wanted, slice(start, start + size)
        )


def of_one_card(*rows: tuple[int, int]) -> EntityEvents:
    """Make transactions of one card by their seconds and ids."""
    seconds, ids = zip(*rows, strict=True)
    nothing, card = np.zeros(len(rows), dtype=np.uint64), np.full(len(rows), 7, dtype=np.uint64)
    moments = np.array(seconds) * MICROSECONDS
    return EntityEvents(moments, moments, nothing, {"card": card, "device": nothing}, np.array(ids, dtype=np.uint64))


@pytest.mark.parametrize("size", [2, 20])
def test_an_id_that_comes_with_other_contents_is_its_first_transaction(store: EmbeddedHistoryStore, size: int) -> None:
    plan, live = plan_of(), LiveHistories(store)
    count = f"card_count_{HOUR}"
    # Within a request, the first is decided on: it does not see what was sent under its own id behind it.
    asked = of_one_card((100, 1), (50, 1), *((3, number) for number in range(10, 8 + size)))
    others = size - 2
    assert live.columns(plan, asked)[count][0] == others
    # Nor does a transaction see it in the place of what is remembered.
    live.remember(plan, of_one_card((1, 2)))
    again = of_one_card((5, 3), (8, 2), *((30, number) for number in range(10, 8 + size)))
    assert live.columns(plan, again)[count][:2].tolist() == [1, 2]


@pytest.mark.parametrize("most", [1_000, 5])
def test_single_rows_in_order_see_the_latest_ones_only(store: EmbeddedHistoryStore, most: int) -> None:
    plan, live = plan_of(most=most), LiveHistories(store)
    events = some_events(500, 7, cards=3, seconds=10 * DAY)
    order = np.lexsort((events.ids, events.moments))
    events = events.take(order)
    wanted = past_columns(plan, events, events)
    for place in range(500):
        row = events.take(slice(place, place + 1))
        require_equal(plan, live.columns(plan, row), wanted, slice(place, place + 1))
        live.remember(plan, row)


def test_a_training_table_that_is_decided_on_again_counts_once_whichever_comes_first(tmp_path: Path) -> None:
    plan, table = plan_of(), some_events(300, 8)
    again = table.take(slice(100, 200))
    decided = EntityEvents(again.moments, again.amounts, again.merchants, again.entities, again.ids + np.uint64(1))
    nobody = np.empty(0, dtype=np.uint64)
    wanted = past_columns(plan, table, table)
    for seeds_first in (True, False):
        store = EmbeddedHistoryStore(tmp_path / f"{seeds_first}.sqlite")
        live = LiveHistories(store)
        if not seeds_first:
            live.remember(plan, decided)
        add_in_steps(store, plan, seeds_of(plan, table, nobody))
        if seeds_first:
            # What is decided on next to its own seed counts once too, one by one and many at once.
            for size in (4, 50):
                found = live.columns(plan, decided.take(slice(size)), decided)
                require_equal(plan, found, wanted, slice(100, 100 + size))
            live.remember(plan, decided)
        require_equal(plan, live.columns(plan, decided), wanted, slice(100, 200))
        store.close()


def test_seeds_are_those_that_may_count_and_none_of_whom_is_forgotten() -> None:
    plan, table = plan_of(), some_events(5_000, 9, seconds=10 * DAY)
    forgotten = table.entities["card"][:1]
    found = seeds_of(plan, table, forgotten)
    newest = np.sort(table.moments)[-101]
    kept = (table.moments >= newest - 2 * DAY * MICROSECONDS) & (table.entities["card"] != forgotten[0])
    assert np.array_equal(found.ids, seed_ids(table.ids[kept]))
    assert 0 < len(found) < 2_000
    # Where many are by a clock that is years ahead, too.
    ahead = some_events(60_000, 9, seconds=10 * DAY)
    ahead.moments[:500] += 10_000 * DAY * MICROSECONDS
    assert len(seeds_of(plan, ahead, nobody := np.empty(0, dtype=np.uint64))) > 10_000
    assert not len(seeds_of(plan, ahead.take(slice(0)), nobody))


def test_a_store_that_fails_leaves_columns_unknown_and_is_told(store: EmbeddedHistoryStore) -> None:
    failures: list[HistoryStoreError] = []
    took: list[float] = []
    plan, live = plan_of(), LiveHistories(store, took.append, failures.append)
    events = some_events(20, 10)
    live.remember(plan, events)
    with store.writing() as database:
        database.execute("UPDATE states SET events = x'00'")
    for size in (1, 20):
        found = live.columns(plan, events.take(slice(size)))
        assert all(np.isnan(found[name]).all() and len(found[name]) == size for name in plan.names)
    assert len(failures) == len(took) == 2


def test_a_row_without_entity_or_moment_has_no_history(store: EmbeddedHistoryStore) -> None:
    plan, live = plan_of(), LiveHistories(store)
    row = some_events(1, 11)
    row.moments[0] = UNKNOWN
    assert all(np.isnan(each[0]) for each in live.columns(plan, row).values())
    live.remember(plan, row)
    assert store.size().states == 0


@pytest.mark.thorough
def test_a_hundred_thousand_transactions_in_any_order_and_twice_have_the_columns_of_the_table(
    store: EmbeddedHistoryStore,
) -> None:
    """Online is offline: late by up to the longest window, one in ten sent twice, and rows asked about all along."""
    plan, live, random = plan_of(), LiveHistories(store), np.random.default_rng(12)
    once = in_order_of_arrival(some_events(100_000, 13, seconds=60 * DAY, cards=3_000), 14, late=DAY)
    twice = np.sort(np.concatenate([np.arange(100_000), random.choice(99_000, 10_000, replace=False) + 1_000]))
    arriving = once.take(twice)
    asked = 0
    for start in range(0, len(arriving), 1_000):
        rows = arriving.take(slice(start, start + 1_000))
        known = once.take(slice(int(twice[min(start + 1_000, len(twice)) - 1]) + 1))
        live.remember(plan, rows.take(slice(950)))
        last = rows.take(slice(950, None))
        # No window reaches further back: the whole table says the same, and takes longer.
        known = known.take(known.moments >= last.moments.min() - DAY * MICROSECONDS)
        wanted = past_columns(plan, known, last)
        require_equal(plan, live.columns(plan, last), wanted)
        live.remember(plan, last)
        for place in range(10):
            require_equal(plan, live.columns(plan, last.take(slice(place, place + 1))), wanted, slice(place, place + 1))
        asked += len(last) + 10
    assert asked == 110 * 60
