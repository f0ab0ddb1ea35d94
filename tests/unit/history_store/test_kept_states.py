"""What the embedded history store keeps of each entity and of each plan, and what is too old."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.core.histories.entity_states import StateRetention
from functions.history_store.embedded_store import EmbeddedHistoryStore
from tests.unit.history_store.history_rows import state_events, told

SECOND = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedHistoryStore]:
    made = EmbeddedHistoryStore(tmp_path / "own" / "histories.sqlite")
    yield made
    made.close()


def test_what_is_too_old_of_an_entity_is_dropped_while_it_is_written(store: EmbeddedHistoryStore) -> None:
    hour = StateRetention(3_600, 1_000)
    for number, second in enumerate((0, 1_800, 3_600, 5_400, 5_400, 5_401, 5_402)):
        store.add(state_events([(7, second * SECOND, 1, 1, number, False)]), hour)
    assert [event[0] // SECOND for event in told(store.pasts([7])[0])] == [1_800, 3_600, 5_400, 5_400, 5_401, 5_402]


def test_a_transaction_of_a_wrong_clock_takes_no_others_along(store: EmbeddedHistoryStore) -> None:
    hour, ahead = StateRetention(3_600, 1_000), 10**9
    for number, second in enumerate((0, 60, ahead, 120, 180)):
        store.add(state_events([(7, second * SECOND, 1, 1, number, False)]), hour)
    assert [event[0] // SECOND for event in told(store.pasts([7])[0])] == [0, 60, 120, 180, ahead]
    # Of a shop with a wrong clock now and then, too.
    for number in range(10, 210):
        second = ahead + number if number % 20 == 0 else number * 60
        store.add(state_events([(8, second * SECOND, 1, 1, number, False)]), hour)
    moments = [event[0] // SECOND for event in told(store.pasts([8])[0])]
    assert {number * 60 for number in range(149, 210) if number % 20} <= set(moments)


def test_of_one_moment_so_many_are_kept_as_count(store: EmbeddedHistoryStore) -> None:
    few = StateRetention(3_600, 3)
    numbers = [5, 2, 9, 1, 7, 3]
    store.add(state_events([(7, 0, 1, 1, number, False) for number in (100, 101, 102, 103)]), few)
    for number in numbers:
        store.add(state_events([(7, SECOND, 1, 1, number, False)]), few)
    kept = [(event[0], event[3]) for event in told(store.pasts([7])[0])]
    assert kept == [*((0, number) for number in (101, 102, 103)), *((SECOND, number) for number in (5, 7, 9))]


def test_entities_of_each_kind_are_swept_where_two_are_written_by_turns(store: EmbeddedHistoryStore) -> None:
    kinds = [StateRetention(3_600, 1_000, kind=kind) for kind in (1, 2)]
    for n in range(800):
        for place, retention in enumerate(kinds):
            store.add(state_events([(10_000 * place + n, 60 * n * SECOND, 1, 1, n, False)]), retention)
    # Of the last hour, of those that the newest are told by, and of some that wait for the next time.
    assert store.size().states < 2 * (60 + 100 + 64)


def test_entities_that_come_in_large_batches_are_swept_as_fast_as_they_come(store: EmbeddedHistoryStore) -> None:
    hour = StateRetention(3_600, 1_000, kind=3)
    for batch in range(20):
        at = 1_800 * batch * SECOND
        store.add(state_events([(1_000 * batch + n, at, 1, 1, n, False) for n in range(300)]), hour)
    # Of the last hour, three batches with both its ends, and of what waits for the next time.
    assert store.size().states <= 4 * 300


def test_entities_that_are_too_old_are_swept_and_a_few_wrong_clocks_sweep_nobody(store: EmbeddedHistoryStore) -> None:
    hour = StateRetention(3_600, 1_000, kind=2**63 + 1)
    old = [(1_000 + n, n * SECOND, 1, 1, n, False) for n in range(500)]
    ahead = [(10_000 + n, 10**9 * SECOND, 1, 1, n, False) for n in range(50)]
    store.add(state_events(old + ahead), hour)
    for n in range(200):
        store.add(state_events([(20_000 + n, 3_700 * SECOND, 1, 1, n, False)]), hour)
    # 50 with a wrong clock are there still, and what is within an hour of the others.
    assert store.size().states == 500 - 100 + 50 + 200
    assert told(store.pasts([1_000 + 99])[0]) == []
    assert told(store.pasts([1_000 + 100])[0]) != []
    # Those that come in time, be they ever so many, as long as others are more.
    for n in range(400):
        at = 10**9 if n % 3 == 0 else 3_700
        store.add(state_events([(30_000 + n, at * SECOND, 1, 1, n, False)]), hour)
    assert store.size().states == 500 - 100 + 50 + 200 + 400
