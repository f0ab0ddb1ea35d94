"""Feast as a history store: what it is asked, and what becomes of answers that are none."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.history_store import feast_states
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError
from tests.unit.history_store.fake_feast import Answer, FakeFeast, served_feast

KEEP_ALL = StateRetention(seconds=None, events_at_most=1000)
TOP = (1 << 64) - 1


@pytest.fixture
def feast(socket_enabled: None) -> Iterator[FakeFeast]:  # noqa: ARG001
    with served_feast() as fake:
        yield fake


@pytest.fixture
def store(feast: FakeFeast) -> Iterator[FeastHistoryStore]:
    made = FeastHistoryStore(url=feast.url)
    yield made
    made.close()


def events(*rows: tuple[int, int, int, int, int]) -> StateEvents:
    """Make events of their keys, moments, amounts, merchants and ids."""
    keys, moments, amounts, merchants, ids = zip(*rows, strict=True)
    hashes: Callable[[tuple[int, ...]], Any] = lambda values: np.array(values, dtype=np.uint64)  # noqa: E731
    return StateEvents(hashes(keys), np.array(moments), np.array(amounts), hashes(merchants), hashes(ids))


def test_what_is_added_is_read_in_the_order_of_moment_and_id(store: FeastHistoryStore) -> None:
    store.add(events((TOP, 20, 1, 7, 5), (TOP, 10, 2, TOP, 9), (3, 20, 3, 0, 1)), KEEP_ALL)
    store.add(events((TOP, 15, -4, 8, 2), (TOP, 20, 5, 7, 4)), KEEP_ALL)
    past, other, never = store.pasts([TOP, 3, 4])
    assert past.moments.tolist() == [10, 15, 20, 20]
    assert past.amounts.tolist() == [2, -4, 5, 1]
    assert past.merchants.tolist() == [TOP, 8, 7, 7]
    assert (other.moments.tolist(), other.merchants.tolist()) == ([20], [0])
    assert never.moments.tolist() == []


def test_an_event_counts_once_and_is_then_not_written_again(store: FeastHistoryStore, feast: FakeFeast) -> None:
    store.add(events((1, 10, 1, 1, 1)), KEEP_ALL)
    store.add(events((1, 10, 1, 1, 1), (1, 10, 1, 1, 1)), KEEP_ALL)
    assert store.pasts([1])[0].moments.tolist() == [10]
    assert [path for path, _ in feast.asked].count("/push") == 1


def test_what_is_too_old_is_forgotten(store: FeastHistoryStore) -> None:
    store.add(events(*((1, moment, 1, 1, moment) for moment in range(1, 9))), StateRetention(None, events_at_most=3))
    assert store.pasts([1])[0].moments.tolist() == [5, 6, 7, 8]


def test_many_states_are_written_a_part_at_a_time(store: FeastHistoryStore, feast: FakeFeast) -> None:
    store.add(events(*((key, 10, 1, 1, key) for key in range(1, 451))), KEEP_ALL)
    assert len(feast.rows) == 450
    assert [len(document["df"]["state"]) for path, document in feast.asked if path == "/push"] == [200, 200, 50]
    assert [len(past.moments) for past in store.pasts(range(1, 452))] == [1] * 450 + [0]


def test_those_who_are_forgotten_have_no_events(store: FeastHistoryStore, feast: FakeFeast) -> None:
    store.add(events((1, 10, 1, 1, 1), (2, 10, 1, 1, 2)), KEEP_ALL)
    assert store.forget(np.array([1, 3], dtype=np.uint64)) == 1
    assert [len(past.moments) for past in store.pasts([1, 2])] == [0, 1]
    assert feast.rows["0000000000000001"] == ""
    assert store.forget(np.array([1], dtype=np.uint64)) == 0
    store.add(events((1, 11, 1, 1, 4)), KEEP_ALL)
    assert store.pasts([1])[0].moments.tolist() == [11]


def test_transactions_that_are_forgotten_are_in_no_state(store: FeastHistoryStore) -> None:
    store.add(events((1, 10, 1, 1, 7), (1, 11, 1, 1, 8), (2, 10, 1, 1, 7), (3, 10, 1, 1, 9)), KEEP_ALL)
    assert store.forget_events([1, 2, 3, 4], np.array([7], dtype=np.uint64)) == 2
    assert [past.ids.tolist() for past in store.pasts([1, 2, 3])] == [[8], [], [9]]
    assert store.forget_events([1, 2, 3], np.array([7], dtype=np.uint64)) == 0


def test_nobody_is_asked_for_nothing(store: FeastHistoryStore, feast: FakeFeast) -> None:
    assert store.pasts([]) == []
    assert feast.asked == []


def test_the_login_of_the_address_is_sent_and_not_told(feast: FakeFeast) -> None:
    store = FeastHistoryStore(url=feast.url.replace("://", "://fraudflow:s3cr%40t@"))
    feast.instead = [(500, "broken")]
    with pytest.raises(HistoryStoreError) as told:
        store.pasts([1])
    assert "s3cr" not in str(told.value)
    shown = {name.lower(): value for name, value in feast.headers[0].items()}["authorization"]
    assert base64.b64decode(shown.removeprefix("Basic ")) == b"fraudflow:s3cr@t"


def test_a_server_that_is_starting_is_asked_again(store: FeastHistoryStore, feast: FakeFeast) -> None:
    feast.instead = [(503, None)]
    assert len(store.pasts([1])) == 1
    store.add(events((1, 10, 1, 1, 1)), KEEP_ALL)
    assert [path for path, _ in feast.asked] == ["/get-online-features"] * 3 + ["/push"]
    feast.instead = [(200, feast.answer("/get-online-features", feast.asked[0][1])[1]), (503, None), (503, None)]
    store.add(events((1, 11, 1, 1, 2)), KEEP_ALL)
    assert [path for path, _ in feast.asked[-4:]] == ["/get-online-features"] + ["/push"] * 3


def test_decisions_do_not_wait_for_a_server_that_was_away_a_moment_ago(
    store: FeastHistoryStore, feast: FakeFeast, monkeypatch: pytest.MonkeyPatch
) -> None:
    feast.instead = [(503, None)] * 2
    sentence = rf"^Feast at {feast.url} can't be asked \(.*\): .*\.$"
    for _ in range(3):
        with pytest.raises(HistoryStoreError, match=sentence):
            store.pasts([1])
    # A decision that has waited to read does not wait to be remembered too, for longer still.
    with pytest.raises(HistoryStoreError, match=sentence):
        store.add(events((1, 10, 1, 1, 1)), KEEP_ALL)
    assert len(feast.asked) == 2
    monkeypatch.setattr(feast_states, "_AWAY_SECONDS", 0.0)
    store._away = (0.0, HistoryStoreError())
    store.add(events((1, 10, 1, 1, 1)), KEEP_ALL)
    assert len(store.pasts([1])[0].moments) == 1


def test_a_server_that_is_not_there_is_told_in_a_sentence(feast: FakeFeast) -> None:
    port = int(feast.url.rpartition(":")[2])
    store = FeastHistoryStore(url="http://127.0.0.1:1")
    assert port != 1
    with pytest.raises(HistoryStoreError, match=r"^Feast at http://127.0.0.1:1 can't be asked \(.*refused.*\)"):
        store.pasts([1])


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((422, {"detail": "no such view"}), r'refused /get-online-features \(422: \{"detail": "no such view"\}\)'),
        ((200, {"results": []}), "no feature server of Feast's"),
        ((200, {"metadata": {"feature_names": ["events"]}, "results": [{"values": []}]}), "returned 0 of 1 states"),
    ],
)
def test_an_answer_that_is_none_is_told(
    store: FeastHistoryStore, feast: FakeFeast, answer: Answer, sentence: str
) -> None:
    feast.instead = [answer]
    with pytest.raises(HistoryStoreError, match=sentence):
        store.pasts([1])


@pytest.mark.parametrize("row", ["no base64!", base64.b64encode(b"12345").decode()])
def test_a_row_of_somebody_else_is_told(store: FeastHistoryStore, feast: FakeFeast, row: str) -> None:
    feast.rows["0000000000000001"] = row
    with pytest.raises(DamagedHistoriesError, match="that fraudflow has not written"):
        store.pasts([1])
    # Whoever is told so adds all events anew.
    store.add(events((1, 10, 1, 1, 1)), KEEP_ALL)
    assert store.pasts([1])[0].moments.tolist() == [10]
