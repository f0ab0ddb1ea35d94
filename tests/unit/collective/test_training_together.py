"""A training by workers, as the one who asks for it sees it."""

import itertools
from collections.abc import Callable, Sequence

import pytest

from functions.collective import training_together
from functions.collective.lease import lease_uri
from functions.collective.meeting import Meeting, started_uri
from functions.collective.training_together import Member, train_together
from functions.collective.watched_child import Share
from functions.contracts.collective_job import CollectiveJob, OwnRows, WorkerResult
from functions.core.errors import WorkerLostError, WorkersTooSlowError
from functions.core.training.collective_boosting import Collective
from tests.fakes import FakeObjectStore

FOLDER = "s3://runs/job"
MEMBERS = [Member(f"tcp://10.0.0.{number}:1", f"10.0.0.{number}", number) for number in (1, 2, 3)]
RESULTS = [WorkerResult(rows=2, frauds=1, digest="0" * 16), WorkerResult(rows=3, frauds=1, digest="0" * 16)]
ROWS = OwnRows(uri="s3://runs/a.parquet", start=0, rows=2, place=0)
JOB = CollectiveJob(
    shares=((ROWS,), (ROWS,)),
    rows_uri="s3://runs/rows",
    preprocessing_uri="s3://runs/preprocessing",
    bins_uri="s3://runs/bins",
    parameters={},
    trees=1,
    model_uri="s3://runs/model",
)


class FakeTrainings:
    def __init__(self, store: FakeObjectStore, look: Callable[[int], list[WorkerResult] | None]) -> None:
        self.members, self.store, self.look = MEMBERS, store, look
        self.shares: Sequence[tuple[Member, Share]] = ()
        self.looks = itertools.count()
        self.lease_at_the_end: bytes | None = None

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "FakeTrainings":
        self.shares = shares
        return self

    def ended(self) -> list[WorkerResult] | None:
        return self.look(next(self.looks))

    def settle(self, seconds: float) -> None:
        assert seconds > 0
        self.lease_at_the_end = self.store.read(lease_uri(self.shares[0][1].folder))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_together, "POLL_SECONDS", 0)


@pytest.fixture
def store() -> FakeObjectStore:
    store = FakeObjectStore()
    store.write(JOB.model_uri, b"trees", "text/plain")
    return store


def run(trainings: FakeTrainings, seconds: float = 100.0) -> tuple[str, WorkerResult]:
    return train_together(trainings, trainings.store, JOB, FOLDER, seconds_left=lambda: seconds)


def test_as_many_members_as_there_are_shares_train_and_each_try_meets_elsewhere(store: FakeObjectStore) -> None:
    trainings = FakeTrainings(store, lambda number: RESULTS if number == 3 else None)
    text, result = run(trainings)
    assert (text, result.rows, result.frauds) == ("trees", 5, 2)
    assert [member for member, _ in trainings.shares] == MEMBERS[:2]
    assert [(share.rank, share.host, share.threads) for _, share in trainings.shares] == [
        (0, "10.0.0.1", 1),
        (1, "10.0.0.2", 2),
    ]
    assert CollectiveJob.model_validate_json(store.read(trainings.shares[0][1].job_uri)) == JOB
    first = trainings.shares[0][1].folder
    run(trainings := FakeTrainings(store, lambda _: RESULTS))
    assert trainings.shares[0][1].folder != first


def test_when_one_is_lost_the_lease_of_the_others_has_ended_before_they_are_waited_for(store: FakeObjectStore) -> None:
    def lost(_: int) -> None:
        raise WorkerLostError("Gone.")

    trainings = FakeTrainings(store, lost)
    with pytest.raises(WorkerLostError, match="Gone"):
        run(trainings)
    assert trainings.lease_at_the_end == b"ended"


def test_workers_that_do_not_begin_are_named(store: FakeObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_together, "START_SECONDS", -1.0)
    trainings = FakeTrainings(store, lambda _: None)
    trainings.start = lambda shares: _begun(trainings, shares)  # type: ignore[method-assign]
    with pytest.raises(WorkerLostError, match=r"not begun to train within -1 s: tcp://10\.0\.0\.2:1\.$"):
        run(trainings)


def _begun(trainings: FakeTrainings, shares: Sequence[tuple[Member, Share]]) -> FakeTrainings:
    trainings.shares = shares
    trainings.store.write(started_uri(shares[0][1].folder, 0), b"", "text/plain")
    return trainings


def test_workers_that_take_too_long_are_told_apart_from_those_that_are_lost(store: FakeObjectStore) -> None:
    with pytest.raises(WorkersTooSlowError):
        run(FakeTrainings(store, lambda _: None), seconds=0)


def test_one_worker_meets_nobody_and_one_who_comes_alone_is_told_who_is_absent(store: FakeObjectStore) -> None:
    told: list[str] = []
    assert Meeting(store, FOLDER, 1).join(0, "10.0.0.1", seconds=0, tick=told.append).addresses == ("10.0.0.1:0",)
    store.write(f"{FOLDER}/address-0.json", b'"10.0.0.1:5"', "application/json")
    meeting = Meeting(store, FOLDER, 3)
    with pytest.raises(WorkerLostError, match=r"Of 3 workers, these did not come to train: 2\.$"):
        _join_without_sockets(meeting, 1)


def test_who_has_met_knows_all_addresses_by_rank(store: FakeObjectStore) -> None:
    store.write(f"{FOLDER}/address-0.json", b'"10.0.0.1:5"', "application/json")
    collective = _join_without_sockets(Meeting(store, FOLDER, 2), 1)
    assert (collective.addresses, collective.rank) == (("10.0.0.1:5", "10.0.0.2:7"), 1)


def _join_without_sockets(meeting: Meeting, rank: int) -> Collective:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("functions.collective.meeting._free_port", lambda _: 7)
        return meeting.join(rank, "10.0.0.2", seconds=0, tick=lambda _: None)
