"""The embedded history store: against a dict of events, with damaged and full files."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.histories.entity_states import StateRetention
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError
from tests.unit.history_store.history_rows import Event, plan_of, some_events, state_events, states_of, told

KEEP_ALL = StateRetention(None, 1_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedHistoryStore]:
    made = EmbeddedHistoryStore(tmp_path / "own" / "histories.sqlite")
    yield made
    made.close()


def written_out(events: list[Event], key: int) -> list[tuple[int, ...]]:
    """Return what is to be remembered of a key, from the promise alone."""
    first: dict[int, Event] = {}
    for event in events:
        if event[0] == key:
            first.setdefault(event[4] | event[5] << 63, event)
    decided = {event[1:4] for event in first.values() if not event[5]}
    kept = [(*event[1:4], number) for number, event in first.items() if not event[5] or event[1:4] not in decided]
    return sorted(kept, key=lambda each: (each[0], each[3]))


# An id has one content, as a transaction has.
_EVENTS = st.lists(
    st.tuples(st.sampled_from([7, 2**63 + 5, 2**64 - 1]), st.integers(0, 12), st.booleans()), min_size=1, max_size=30
).map(lambda given: [(key, n % 5, n % 3, n % 2, n + 1, seed) for key, n, seed in given])


@settings(max_examples=150, deadline=None)
@given(st.lists(_EVENTS, min_size=1, max_size=5))
def test_it_remembers_each_event_once_in_order_and_decisions_in_place_of_equal_seeds(
    batches: list[list[Event]],
) -> None:
    with TemporaryDirectory() as folder:
        store = EmbeddedHistoryStore(Path(folder) / "histories.sqlite")
        for batch in batches:
            store.add(state_events(batch), KEEP_ALL)
        everything = [event for batch in batches for event in batch]
        keys = [7, 2**63 + 5, 2**64 - 1]
        assert [told(past) for past in store.pasts(keys)] == [written_out(everything, key) for key in keys]
        assert store.size().states == len({event[0] for event in everything})
        store.close()


def test_what_was_committed_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path, plan = tmp_path / "histories.sqlite", plan_of()
    events, retention = states_of(plan, some_events(300, 1))
    first = EmbeddedHistoryStore(path)
    first.add(events, retention)
    keys = np.unique(events.keys).tolist()
    before = [told(past) for past in first.pasts(keys)]
    first.close()
    again = EmbeddedHistoryStore(path)
    assert [told(past) for past in again.pasts(keys)] == before
    assert again.size().states == len(keys)
    again.close()


def test_an_entity_that_was_never_met_has_an_empty_past(store: EmbeddedHistoryStore) -> None:
    assert told(store.pasts([5])[0]) == []


def test_a_transaction_that_fails_leaves_nothing(store: EmbeddedHistoryStore) -> None:
    def fail() -> None:
        with store.writing():
            store.add(state_events([(7, 1, 1, 1, 1, False)]), KEEP_ALL)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert told(store.pasts([7])[0]) == []
    assert store.size().states == 0


def test_forgotten_entities_are_gone_from_the_disk_too(store: EmbeddedHistoryStore) -> None:
    secret = 0x1122334455667788
    store.add(state_events([(7, 1, secret, 1, 1, False), (8, 2, 3, 1, 2, False)]), KEEP_ALL)
    assert store.forget(np.array([7, 9], np.uint64)) == 1
    assert told(store.pasts([7])[0]) == []
    assert len(told(store.pasts([8])[0])) == 1
    written = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert secret.to_bytes(8, "little") not in written


def test_events_of_transactions_are_removed_from_all_states(store: EmbeddedHistoryStore) -> None:
    store.add(state_events([(key, 1, 1, 1, number, False) for key in range(1, 1_201) for number in (1, 2)]), KEEP_ALL)
    store.add(state_events([(5_000, 1, 1, 1, 1, False)]), KEEP_ALL)
    assert store.forget_events(np.array([1], np.uint64)) == 1_201
    assert [event[3] for event in told(store.pasts([1_200])[0])] == [2]
    assert store.size().states == 1_200


def test_only_its_owner_reads_the_file(store: EmbeddedHistoryStore) -> None:
    store.size()
    for path in store.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "histories.sqlite"
    path.write_bytes(b"no database at all, but long enough to look at " * 50)
    store = EmbeddedHistoryStore(path)
    store.add(state_events([(7, 1, 1, 1, 1, False)]), KEEP_ALL)
    assert (tmp_path / "histories.sqlite.damaged").read_bytes().startswith(b"no database")
    assert f"{path} is damaged: it is moved aside" in caplog.text
    store.close()


def test_a_file_that_is_damaged_while_it_is_used_is_told_and_begun_anew(store: EmbeddedHistoryStore) -> None:
    store.add(state_events([(7, 1, 1, 1, 1, False)]), KEEP_ALL)
    with store.writing() as database:
        database.execute("UPDATE states SET events = x'00'")
    with pytest.raises(DamagedHistoriesError, match=r"histories\.sqlite is damaged: it is moved aside"):
        store.pasts([7])
    store.begin_anew()
    assert told(store.pasts([7])[0]) == []
    store.add(state_events([(7, 1, 1, 1, 1, False)]), KEEP_ALL)
    assert store.size().states == 1


def test_a_full_disk_is_told_and_is_used_again_when_there_is_room(store: EmbeddedHistoryStore) -> None:
    with store._lock:
        database = store._database()
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    many = state_events([(n, 1, 1, 1, 1, False) for n in range(1, 1_000)])
    with pytest.raises(HistoryStoreError, match="can't be written, as the disk is full: make room, and nothing more"):
        store.add(many, KEEP_ALL)
    assert told(store.pasts([7])[0]) == []
    database.execute(f"PRAGMA max_page_count = {pages + 100}")
    store.add(many, KEEP_ALL)
    assert store.size().states == 999


def test_a_file_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "histories.sqlite"
    first = EmbeddedHistoryStore(path)
    first.size()
    first.close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(HistoryStoreError, match="written by a later release of fraudflow: use that one, or remove it"):
        EmbeddedHistoryStore(path).size()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(
        HistoryStoreError, match=r"The histories in .*histories\.sqlite can't be used \(Permission denied"
    ):
        EmbeddedHistoryStore(tmp_path / "closed" / "own" / "histories.sqlite").size()


def test_a_path_that_is_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "histories.sqlite").mkdir()
    with pytest.raises(HistoryStoreError, match=r"The histories in .*histories\.sqlite can't be used \("):
        EmbeddedHistoryStore(tmp_path / "histories.sqlite").size()
