"""Leases: who waits for a model renews one, and workers stop when nobody does."""

import time

import pytest

from functions.collective.lease import Lease, lease_uri, renewed
from functions.core.errors import StorageUnavailableError
from tests.fakes import FakeObjectStore

FOLDER = "s3://runs/job/try"


@pytest.fixture
def store() -> FakeObjectStore:
    return FakeObjectStore()


def test_a_lease_that_is_renewed_is_not_over_and_one_that_was_ended_is(store: FakeObjectStore) -> None:
    lease = Lease(store, FOLDER, seconds=0.0)
    with renewed(store, FOLDER, every=0.001):
        seen = {store.read(lease_uri(FOLDER))}
        while len(seen) < 3:
            seen.add(store.read(lease_uri(FOLDER)))
        assert not Lease(store, FOLDER, seconds=60).is_over()
    assert lease.is_over()
    assert Lease(store, FOLDER, seconds=60).is_over()


def test_a_lease_that_nobody_renews_is_over_after_its_seconds(
    store: FakeObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    store.write(lease_uri(FOLDER), b"1", "text/plain")
    lease = Lease(store, FOLDER, seconds=60)
    over = []
    for at, told in [(10.0, b"1"), (50.0, b"2"), (100.0, b"2"), (111.0, b"2")]:
        now = at
        store.write(lease_uri(FOLDER), told, "text/plain")
        over.append(lease.is_over())
    assert over == [False, False, False, True]


def test_a_lease_that_was_ended_while_the_block_raised_is_over(store: FakeObjectStore) -> None:
    with pytest.raises(ZeroDivisionError), renewed(store, FOLDER):
        raise ZeroDivisionError
    assert Lease(store, FOLDER).is_over()


class AwayStore(FakeObjectStore):
    away = False

    def read(self, uri: str) -> bytes:
        if self.away:
            raise StorageUnavailableError("S3 is away.")
        return super().read(uri)

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        if self.away:
            raise StorageUnavailableError("S3 is away.")
        super().write(uri, body, content_type)


def test_a_store_that_is_away_ends_a_lease_only_when_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = AwayStore(), 0.0
    monkeypatch.setattr("functions.collective.lease.time.monotonic", lambda: now)
    store.write(lease_uri(FOLDER), b"1", "text/plain")
    lease = Lease(store, FOLDER, seconds=60)
    assert not lease.is_over()
    store.away = True
    now = 59.0
    assert not lease.is_over()
    now = 61.0
    assert lease.is_over()
    with renewed(AwayStore(), FOLDER, every=0.001):
        pass
