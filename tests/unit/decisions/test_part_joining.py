"""Small parts of the decision log are joined: each row is read once, whenever the service is killed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

import functions.decisions.part_joining
from functions.core.errors import StorageUnavailableError
from functions.decisions.decision_parts import from_parquet
from functions.decisions.forgetting import Forgetting
from functions.decisions.local_log import LocalLog
from functions.decisions.part_joining import PartJoiner
from functions.decisions.part_names import decision_keys
from functions.decisions.shipping import DecisionsBucket, shipping_lock
from functions.history_store.remembered_entities import RememberedEntities
from tests.decided import AT, decided
from tests.fakes import FakeObjectStore

LATER = AT + dt.timedelta(minutes=16)


class Dying(FakeObjectStore):
    """S3 that is away after so many writes and deletions."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 10**9

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        self._count()
        super().write(uri, body, content_type)

    def delete(self, uri: str) -> None:
        self._count()
        super().delete(uri)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise StorageUnavailableError("S3 could not be reached.")


@pytest.fixture
def store() -> Dying:
    return Dying()


@pytest.fixture
def bucket(store: Dying) -> DecisionsBucket:
    return DecisionsBucket(store, "decisions")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LocalLog]:
    with LocalLog(tmp_path / "decisions.sqlite") as made:
        yield made


def ship(log: LocalLog, bucket: DecisionsBucket, parts: int, first: int = 0, at: dt.datetime = AT) -> None:
    for number in range(first, first + parts):
        log.add([decided(f"t-{number}", at=at), decided(f"u-{number}", at=at)])
        assert bucket.ship(log)


def read(store: FakeObjectStore) -> list[str]:
    uris = [f"s3://decisions/{key}" for key in decision_keys(store, "decisions")]
    return sorted(each.transaction_id for uri in uris for each in from_parquet(store.read(uri), uri))


def ids(parts: int) -> list[str]:
    return sorted(f"{kind}-{number}" for kind in "tu" for number in range(parts))


def test_small_parts_become_one(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    ship(log, bucket, 40)
    PartJoiner(bucket).join(log, AT)
    assert len(decision_keys(store, "decisions")) == 1
    assert read(store) == ids(40)


def test_a_few_parts_are_left_alone(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    ship(log, bucket, 31)
    PartJoiner(bucket).join(log, AT)
    assert len(store.objects) == 31


def test_what_was_joined_is_there_as_long_as_somebody_may_be_reading_it(
    log: LocalLog, bucket: DecisionsBucket, store: Dying
) -> None:
    ship(log, bucket, 40)
    joiner = PartJoiner(bucket)
    joiner.join(log, AT)
    joiner.join(log, AT + dt.timedelta(minutes=14))
    assert len(store.objects) == 41
    # Since they were seen to be in another one.
    joiner.join(log, AT + dt.timedelta(minutes=30))
    assert len(store.objects) == 1
    assert read(store) == ids(40)


def test_parts_are_joined_again_as_more_arrive(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    joiner = PartJoiner(bucket)
    for first in (0, 40, 80):
        ship(log, bucket, 40, first)
        joiner.join(log, AT + dt.timedelta(hours=first))
    assert len(decision_keys(store, "decisions")) == 1
    assert read(store) == ids(120)


def test_a_part_is_joined_until_it_is_full(
    log: LocalLog, bucket: DecisionsBucket, store: Dying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions.decisions.part_joining, "_ROWS", 70)
    joiner = PartJoiner(bucket)
    ship(log, bucket, 40)
    joiner.join(log, AT)
    before = decision_keys(store, "decisions")
    assert len(before) == 1 + 5  # 70 rows, and the parts that had no place
    ship(log, bucket, 20, first=40)
    joiner.join(log, LATER)
    assert before[0] in decision_keys(store, "decisions")
    assert read(store) == ids(60)


def test_days_stay_apart(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    ship(log, bucket, 40)
    ship(log, bucket, 40, first=40, at=AT + dt.timedelta(days=1))
    PartJoiner(bucket).join(log, AT)
    keys = decision_keys(store, "decisions")
    assert [key.partition("/")[0] for key in keys] == [f"date={AT.date() + dt.timedelta(days=day)}" for day in (0, 1)]
    assert decision_keys(store, "decisions", last=AT.date()) == keys[:1]


def test_parts_of_others_are_left_alone(log: LocalLog, bucket: DecisionsBucket, store: Dying, tmp_path: Path) -> None:
    with LocalLog(tmp_path / "other" / "decisions.sqlite") as other:
        ship(other, bucket, 40)
    store.objects["s3://decisions/date=2026-01-01/lambda-0123.parquet"] = b""
    PartJoiner(bucket).join(log, AT)
    assert len(store.objects) == 41


@pytest.mark.parametrize("left", range(0, 44, 6))
def test_killed_at_any_time_each_row_is_read_once(
    log: LocalLog, bucket: DecisionsBucket, store: Dying, left: int
) -> None:
    ship(log, bucket, 40)
    store.left = left
    killed = PartJoiner(bucket)
    for at in (AT, AT, LATER):
        try:
            killed.join(log, at)
        except StorageUnavailableError:
            break
    assert read(store) == ids(40)
    store.left = 10**9
    after = PartJoiner(bucket)
    for minutes in (0, 1, 20):
        after.join(log, LATER + dt.timedelta(minutes=minutes))
        assert read(store) == ids(40)
    assert len(store.objects) == 1


def test_nothing_is_joined_while_somebody_is_forgotten(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    ship(log, bucket, 40)
    with shipping_lock(log.path, wait=True):
        PartJoiner(bucket).join(log, AT)
    assert len(store.objects) == 40


def test_who_is_forgotten_leaves_the_joined_parts_too(log: LocalLog, bucket: DecisionsBucket, store: Dying) -> None:
    card = "e_" + "0" * 32
    log.add([decided("mine", features={"card": card})])
    assert bucket.ship(log)
    ship(log, bucket, 40)
    PartJoiner(bucket).join(log, AT)
    Forgetting(log.path, store, "decisions", RememberedEntities(log.path.with_name("none"))).remove(card)
    assert "mine" not in read(store)
    rows = [row for uri, body in store.objects.items() for row in from_parquet(body, uri)]
    assert "mine" not in {row.transaction_id for row in rows}
