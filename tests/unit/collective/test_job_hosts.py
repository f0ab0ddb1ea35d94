"""The hosts of a training job, as threads of this process whose worker program is played."""

import threading
from collections.abc import Callable

import pytest

from functions.collective import following, job_hosts
from functions.collective.following import follow
from functions.collective.host_files import HostFiles
from functions.collective.job_hosts import JobHosts
from functions.collective.lease import lease_uri, renewed
from functions.collective.training_together import Member
from functions.collective.watched_child import Share
from functions.contracts.collective_job import WorkerResult
from functions.core.errors import StorageUnavailableError, WorkerLostError
from tests.fakes import FakeObjectStore

FOLDER = "s3://runs/one/lightgbm_job/fraudflow-1"
FIRST, SECOND, THIRD = (Member(f"algo-{number}", f"10.0.0.{number}", 4) for number in (1, 2, 3))
RESULT = WorkerResult(rows=1, frauds=0, digest="0" * 16)


def share(rank: int) -> Share:
    return Share("s3://runs/one/lightgbm_workers/1/job.json", "s3://runs/one/lightgbm_workers/1/try", rank, "h", 4)


@pytest.fixture
def store() -> FakeObjectStore:
    return FakeObjectStore()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (job_hosts, following):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(job_hosts, "LOOK_SECONDS", 0.0)
    play(monkeypatch, lambda each: RESULT.model_copy(update={"rows": each.rank + 1}))


def play(monkeypatch: pytest.MonkeyPatch, train: Callable[[Share], WorkerResult]) -> None:
    for module in (job_hosts, following):
        monkeypatch.setattr(module, "train_share", train)


def rows(pool: JobHosts, *ranks: int) -> list[int]:
    """Train shares by the hosts of these ranks, and give how many rows each says it had."""
    with pool.gathered(60) as gathered:
        trainings = gathered.start([(gathered.members[rank], share(rank)) for rank in ranks])
        while (results := trainings.ended()) is None:
            pass
        trainings.settle(1.0)
    return [each.rows for each in results]


def test_hosts_train_what_the_first_asks_for_until_it_ends(store: FakeObjectStore) -> None:
    hosts = [
        threading.Thread(target=follow, args=(store, FOLDER, member, rank))
        for rank, member in enumerate((SECOND, THIRD), start=1)
    ]
    with renewed(store, FOLDER):
        for host in hosts:
            host.start()
        pool = JobHosts(store, FOLDER, FIRST, 3)
        assert rows(pool, 0, 1, 2) == [1, 2, 3]
        assert pool.members == [FIRST, SECOND, THIRD]
        # Few rows are for fewer hosts; the others wait for the next training.
        assert rows(pool, 0, 1) == [1, 2]
        assert rows(pool, 0, 1, 2) == [1, 2, 3]
    for host in hosts:
        host.join(10)
        assert not host.is_alive()


def test_hosts_that_do_not_come_are_named(store: FakeObjectStore) -> None:
    HostFiles(store, FOLDER).come(1, SECOND)
    pool = JobHosts(store, FOLDER, FIRST, 3, hosts_seconds=0.01)
    with pytest.raises(WorkerLostError, match=r"3 hosts, these have not come: 2\."), pool.gathered(60):
        pass


def test_a_host_that_is_not_heard_of_is_lost(store: FakeObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    def train(_: Share) -> WorkerResult:
        waiting.wait(10)
        return RESULT

    play(monkeypatch, train)
    files = HostFiles(store, FOLDER)
    files.come(1, SECOND)
    store.write(lease_uri(files.host(1)), b"ended", "text/plain")
    pool = JobHosts(store, FOLDER, FIRST, 2)
    with pool.gathered(60) as gathered:
        trainings = gathered.start([(FIRST, share(0)), (SECOND, share(1))])
        with pytest.raises(WorkerLostError, match=r"Host 1 of the training job has died"):
            trainings.ended()
    waiting.set()
    trainings.settle(5.0)


def test_why_a_host_failed_is_the_error_of_the_training(
    store: FakeObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(each: Share) -> WorkerResult:
        if each.rank:
            raise WorkerLostError("Worker 1 failed at 'read 3': no memory.")
        return RESULT

    play(monkeypatch, train)
    host = threading.Thread(target=follow, args=(store, FOLDER, SECOND, 1))
    with renewed(store, FOLDER):
        host.start()
        with pytest.raises(WorkerLostError, match=r"Host 1 of the training job has failed: .* no memory"):
            rows(JobHosts(store, FOLDER, FIRST, 2), 0, 1)
    host.join(10)


def test_a_host_whose_first_does_not_come_ends(store: FakeObjectStore) -> None:
    with pytest.raises(WorkerLostError, match="The first host of the training job has died"):
        follow(store, FOLDER, SECOND, 1, hosts_seconds=0.0)
    assert store.read(lease_uri(HostFiles(store, FOLDER).host(1))) == b"ended"


def test_a_host_that_can_not_answer_ends_and_says_that_it_does() -> None:
    class Away(FakeObjectStore):
        def write(self, uri: str, body: bytes, content_type: str) -> None:
            if uri.endswith("host-1/training-1.json"):
                raise StorageUnavailableError("S3 is away.")
            super().write(uri, body, content_type)

    away = Away()
    with renewed(away, FOLDER):
        HostFiles(away, FOLDER).ask(1, [share(0), share(1)])
        with pytest.raises(StorageUnavailableError):
            follow(away, FOLDER, SECOND, 1)
    assert away.read(lease_uri(HostFiles(away, FOLDER).host(1))) == b"ended"
