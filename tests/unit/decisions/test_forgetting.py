"""Forgetting an entity: all of its transactions go, wherever they are, and nothing else; also after an interruption."""

import datetime as dt
from contextlib import closing
from pathlib import Path

import pytest

from functions.core.data.pseudonyms import pseudonym
from functions.core.errors import StorageUnavailableError, UnreadableRecordError
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.decisions.decision import FeatureValue, KeptReason, from_row
from functions.decisions.decision_parts import from_parquet
from functions.decisions.forgetting import Forgetting, entity_hash
from functions.decisions.local_log import LocalLog
from functions.decisions.shipping import DecisionsBucket
from functions.history_store.decision_events import decided_events
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_ledger import HistoryLedger
from functions.history_store.history_schema import histories_beside
from functions.history_store.live_histories import LiveHistories
from functions.history_store.remembered_entities import RememberedEntities
from tests.decided import AT, decided
from tests.fakes import PSEUDONYM_KEY, FakeObjectStore

CARD = pseudonym("4111", PSEUDONYM_KEY.encode())
OTHER = pseudonym("4112", PSEUDONYM_KEY.encode())


class Stops(FakeObjectStore):
    """A store that fails at one of its changes."""

    def __init__(self) -> None:
        super().__init__()
        self.changes_left: int | None = None

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        self._count()
        super().write(uri, body, content_type)

    def delete(self, uri: str) -> None:
        self._count()
        super().delete(uri)

    def _count(self) -> None:
        if self.changes_left is None:
            return
        if not self.changes_left:
            raise StorageUnavailableError("S3 is away.")
        self.changes_left -= 1


@pytest.fixture
def store() -> Stops:
    return Stops()


@pytest.fixture
def path(tmp_path: Path, store: FakeObjectStore) -> Path:
    """A log with transactions of two cards: in parts of two days, with a shadow that came later, and unshipped."""
    path = tmp_path / "decisions.sqlite"
    shipped = [
        [decided("a", features={"card": CARD}), decided("b", features={"card": OTHER})],
        [decided("a", kind="shadow", version="9", features={}), decided("b", kind="shadow", features={})],
        [decided("c", at=AT + dt.timedelta(days=1), features={}, reasons=[KeptReason("card", CARD, 1.0)])],
    ]
    with LocalLog(path) as log:
        for each in shipped:
            log.add(each)
            DecisionsBucket(store, "decisions").ship(log)
        log.add([decided("d", features={"sender": OTHER, "receiver": CARD}), decided("e", features={"card": OTHER})])
    store.objects["s3://decisions/readme.txt"] = b"not ours"
    return path


def left(path: Path, store: FakeObjectStore) -> set[tuple[str, str]]:
    """Return transactions and kinds that are left anywhere."""
    parts = [from_parquet(body, uri) for uri, body in store.objects.items() if uri.endswith(".parquet")]
    with LocalLog(path) as log:
        number = log.next_shipment(1000)
        everything = [] if number is None else log.rows(number._replace(after=0, last=2**60))
    return {
        (each.transaction_id, each.kind) for part in [*parts, [from_row(row) for row in everything]] for each in part
    }


def of(path: Path, store: FakeObjectStore) -> Forgetting:
    return Forgetting(path, store, "decisions", RememberedEntities(histories_beside(path)))


REST = {("b", "decision"), ("b", "shadow"), ("e", "decision")}


def test_what_is_kept_of_a_card_is_found_and_all_of_it_removed(path: Path, store: Stops) -> None:
    forgetting = of(path, store)
    found = forgetting.find(CARD)
    assert found.transactions == {"a", "c", "d"}
    assert found.local
    assert len(found.parts) == 3
    assert forgetting.remove(CARD) == found
    assert left(path, store) == REST
    assert forgetting.find(CARD).transactions == frozenset()
    assert len([uri for uri in store.objects if uri.endswith(".parquet")]) == 2
    for file in path.parent.iterdir():
        assert CARD.encode() not in file.read_bytes()


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_interrupted_at_any_change_it_is_finished_by_the_next_call(path: Path, store: Stops, changes: int) -> None:
    store.changes_left = changes
    with pytest.raises(StorageUnavailableError):
        of(path, store).remove(CARD)
    store.changes_left = None
    of(path, store).remove(CARD)
    assert left(path, store) == REST


def test_a_shipment_that_was_interrupted_does_not_bring_a_card_back(path: Path, store: Stops) -> None:
    with LocalLog(path) as log:
        store.changes_left = 0
        with pytest.raises(StorageUnavailableError):
            DecisionsBucket(store, "decisions").ship(log)
        store.changes_left = None
        of(path, store).remove(CARD)
        assert DecisionsBucket(store, "decisions").ship(log)
        assert not DecisionsBucket(store, "decisions").ship(log)
    assert left(path, store) == REST


def test_without_a_local_file_the_bucket_alone_is_cleaned(path: Path, store: Stops, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "decisions.sqlite"
    assert not of(elsewhere, store).remove(CARD).local
    assert not elsewhere.exists()
    assert of(path, store).find(CARD).transactions == {"a", "c", "d"}


def test_a_damaged_part_is_named_and_nothing_is_changed(path: Path, store: Stops) -> None:
    store.objects["s3://decisions/date=2026-03-01/damaged.parquet"] = b"PAR1 4111"
    before = dict(store.objects)
    with pytest.raises(UnreadableRecordError, match=r"damaged\.parquet can't be read: it is damaged") as raised:
        of(path, store).remove(CARD)
    assert "4111" not in str(raised.value)
    assert store.objects == before


def test_its_histories_go_and_its_transactions_from_those_of_others(path: Path, store: Stops) -> None:
    """A card is remembered by two plans; a device that it was used with has another card's transaction left."""
    shop = HistoryColumn("shop_count", "shop", "count", 3_600)
    plans = [
        HistoryPlan("at", 1.0, None, None, (0, 6), 9, (HistoryColumn("card_count", "card", "count", window), shop))
        for window in (3_600, 7_200)
    ]
    features: list[dict[str, FeatureValue]] = [
        {"card": card, "shop": "x", "at": 60.0 * number} for number, card in enumerate([CARD, OTHER])
    ]
    with closing(EmbeddedHistoryStore(histories_beside(path))) as embedded:
        for plan in plans:
            HistoryLedger(embedded).enter(plan)
            LiveHistories(embedded).remember(plan, decided_events(plan, ["a", "b"], features))
    forgetting = of(path, store)
    assert forgetting.find(CARD).histories == 2
    assert forgetting.remove(CARD).histories == 2
    assert forgetting.find(CARD).is_nothing
    assert forgetting.find(OTHER).histories == 2
    with closing(EmbeddedHistoryStore(histories_beside(path))) as embedded:
        for plan in plans:
            row = decided_events(plan, ["later"], [{"card": CARD, "shop": "x", "at": 180.0}])
            found = LiveHistories(embedded).columns(plan, row)
            assert (found["card_count"][0], found["shop_count"][0]) == (0, 1)


def test_an_entity_is_named_by_its_value_or_its_hash() -> None:
    key = PSEUDONYM_KEY.encode()
    assert entity_hash(" 4111 ", key) == entity_hash("4111", key) == CARD
    assert entity_hash(f"{CARD}\n", key) == CARD
