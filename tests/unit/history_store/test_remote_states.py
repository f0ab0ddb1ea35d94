"""States that are in another store, of which a file here knows: what is told of them, removed and lost."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast, empty_past
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import MICROSECONDS
from functions.history_store import embedded_store
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.engines import chosen_store, ledger_beside, stores_there
from functions.history_store.packed_states import PackedState
from functions.history_store.remote_states import RemoteStates
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError

KEPT = StateRetention(seconds=100, events_at_most=1_000, kind=(1 << 64) - 1)
TOP = (1 << 64) - 1


class FakeStates:
    """Another store, which may be away."""

    def __init__(self) -> None:
        self.states: dict[int, PackedState] = {}
        self.away = False

    def pasts(self, keys: Sequence[int]) -> list[EntityPast]:
        self._ask()
        return [self.states[key].past() if key in self.states else empty_past() for key in keys]

    def add(self, events: StateEvents, retention: StateRetention) -> None:
        self._ask()
        for key, own in events.by_key():
            new, there = PackedState.of(own), self.states.get(key)
            self.states[key] = (new if there is None else there.merged(new)).kept(retention)

    def forget(self, keys: Hashes) -> int:
        self._ask()
        return sum(self.states.pop(key, None) is not None for key in keys.tolist())

    def forget_events(self, keys: Sequence[int], ids: Hashes) -> int:
        self._ask()
        left = {key: self.states[key].without(ids) for key in keys if key in self.states}
        changed = {key: state for key, state in left.items() if state is not None and state is not self.states[key]}
        self.states |= changed
        return len(changed)

    def close(self) -> None:
        pass

    def _ask(self) -> None:
        if self.away:
            raise HistoryStoreError("It is away.")


@pytest.fixture
def other() -> FakeStates:
    return FakeStates()


@pytest.fixture
def store(tmp_path: Path, other: FakeStates) -> Iterator[RemoteStates]:
    made = RemoteStates(tmp_path / "ledger.sqlite", other)
    yield made
    made.close()


def events(*rows: tuple[int, int, int]) -> StateEvents:
    """Make events of their keys, seconds and ids."""
    keys, seconds, ids = zip(*rows, strict=True)
    moments = np.array(seconds) * MICROSECONDS
    hashes = np.array(ids, dtype=np.uint64)
    return StateEvents(np.array(keys, dtype=np.uint64), moments, moments, hashes, hashes)


def test_states_are_there_and_their_keys_are_here(store: RemoteStates, other: FakeStates) -> None:
    store.add(events((TOP, 1, 1), (2, 1, 1), (TOP, 2, 2)), KEPT)
    store.add(events((TOP, 3, 3)), KEPT)
    assert [len(past.moments) for past in store.pasts([TOP, 2, 3])] == [3, 1, 0]
    assert store.size().states == 2
    with store.reading() as database:
        rows = database.execute("SELECT key, kind, latest, events FROM states ORDER BY key").fetchall()
    assert rows == [(-1, -1, 3 * MICROSECONDS, b""), (2, -1, MICROSECONDS, b"")]
    assert len(other.states) == 3  # and the one by which they are known to be there


def test_nothing_is_noted_here_of_what_did_not_get_there(store: RemoteStates, other: FakeStates) -> None:
    other.away = True
    with pytest.raises(HistoryStoreError, match="away"):
        store.add(events((1, 1, 1)), KEPT)
    assert store.size().states == 0
    other.away = False
    store.add(events((1, 1, 1)), KEPT)
    store.checkpoint()
    assert len(store.pasts([1])[0].moments) == 1


def test_what_is_too_old_is_removed_there(
    store: RemoteStates, other: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.history_store.embedded_store._SWEEP_EVERY", 1)
    monkeypatch.setattr("functions.history_store.embedded_store._AHEAD", 0)
    store.add(events((1, 1, 1), (2, 90, 2)), KEPT)
    store.add(events((3, 150, 3), (4, 150, 4)), KEPT)
    assert [len(past.moments) for past in store.pasts([1, 2, 3, 4])] == [0, 1, 1, 1]
    assert 1 not in other.states
    assert store.size().states == 3


def test_those_who_are_forgotten_are_removed_there_and_here(store: RemoteStates, other: FakeStates) -> None:
    store.add(events((1, 1, 1), (TOP, 1, 1)), KEPT)
    assert store.forget(np.array([TOP, 5], dtype=np.uint64)) == 1
    assert (1 in other.states, TOP in other.states) == (True, False)
    assert store.size().states == 1


def test_transactions_are_forgotten_in_all_states(store: RemoteStates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_store, "_AT_ONCE", 2)
    keys = [1, 2, 3, TOP, TOP - 1]
    store.add(events(*((key, 1, 7) for key in keys), *((key, 2, key % 5 + 10) for key in keys)), KEPT)
    assert store.forget_events(np.array([7], dtype=np.uint64)) == 5
    assert [past.moments.tolist() for past in store.pasts(keys)] == [[2 * MICROSECONDS]] * 5


def test_a_store_that_has_lost_its_states_is_told_and_begun_anew(store: RemoteStates, other: FakeStates) -> None:
    store.checkpoint()  # nothing is there yet, and nothing is lost
    store.add(events((1, 1, 1)), KEPT)
    store.checkpoint()
    other.states.clear()
    with pytest.raises(DamagedHistoriesError, match="has lost its states: histories are made again"):
        store.checkpoint()
    store.begin_anew()
    store.add(events((1, 1, 1)), KEPT)
    store.checkpoint()
    assert len(store.pasts([1])[0].moments) == 1


def test_the_engine_is_the_embedded_one_unless_there_is_a_feast(tmp_path: Path) -> None:
    path = tmp_path / "histories.sqlite"
    assert type(chosen_store(path, None)) is EmbeddedHistoryStore
    chosen = chosen_store(path, "http://127.0.0.1:1")
    assert isinstance(chosen, RemoteStates)
    assert chosen.path == ledger_beside(path) == tmp_path / "feast-histories.sqlite"


def test_what_was_kept_by_another_engine_is_found_or_told(tmp_path: Path) -> None:
    path = tmp_path / "histories.sqlite"
    assert stores_there(path, None) == []
    path.touch()
    assert [each.path for each in stores_there(path, None)] == [path]
    ledger_beside(path).touch()
    assert [each.path for each in stores_there(path, "http://127.0.0.1:1")] == [path, ledger_beside(path)]
    with pytest.raises(HistoryStoreError, match="names histories that are in Feast: set FRAUDFLOW_FEATURE_STORE=feast"):
        stores_there(path, None)
