"""Hosts of a SageMaker training job, as processes of this machine with made-up /opt/ml folders and an S3 of moto's."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import psutil
import pytest
from lightgbm import LGBMClassifier
from moto.server import ThreadedMotoServer

from functions.collective.training_together import Member
from functions.collective.watched_child import Share, train_share
from functions.contracts.collective_job import WorkerResult
from functions.core.training.persistence import load_model
from functions.run.dependencies import TrainModelDependencies
from functions.train_model import step
from tests.e2e.conftest import free_port, poll
from tests.hosts_of_job import HOSTS, JobRun

# The bound that is promised.
SECONDS = 120.0


@pytest.fixture
def run(tmp_path: Path) -> Iterator[JobRun]:
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        # Hosts share this machine's cores: threads that wait must not spin.
        "OMP_WAIT_POLICY": "passive",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        # What a server holds is this process's: another test's files would be there still.
        urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        boto3.client("s3").create_bucket(Bucket="runs")
        yield JobRun(environment, tmp_path)
    server.stop()


@pytest.fixture
def started() -> Iterator[ExitStack]:
    """Hosts that are killed at the end, should they be there still."""
    with ExitStack() as hosts:
        yield hosts


def start(run: JobRun, started: ExitStack, *hosts: str, of: int, seconds: float = 60) -> list["subprocess.Popen[str]"]:
    processes = [run.start(host, HOSTS[:of], hosts_seconds=seconds) for host in hosts]
    for process in processes:
        started.callback(process.kill)
    return processes


def ends(*processes: "subprocess.Popen[str]") -> list[tuple[int, str]]:
    """Wait for the ends of hosts; give their exit codes and what each said last."""
    said = [process.communicate(timeout=SECONDS)[1].strip() for process in processes]
    return [(process.returncode, text) for process, text in zip(processes, said, strict=True)]


def children(processes: list["subprocess.Popen[str]"]) -> list[psutil.Process]:
    return [child for process in processes for child in psutil.Process(process.pid).children(recursive=True)]


def training(run: JobRun) -> bool | None:
    """Return whether hosts have met to grow trees."""
    workers = run.files.store.keys(f"s3://{run.bucket}/one/lightgbm_workers/")
    return sum("/address-" in key for key in workers) == 2 or None


class TwoPrograms:
    """A pool without Dask and without hosts: two worker programs of this process."""

    members = (Member("one", "127.0.0.1", 1), Member("two", "127.0.0.1", 1))

    @contextmanager
    def gathered(self, _: float) -> Iterator["TwoPrograms"]:
        yield self

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "TwoPrograms":
        with ThreadPoolExecutor() as threads:
            self.results = list(threads.map(train_share, [share for _, share in shares]))
        return self

    def ended(self) -> list[WorkerResult]:
        return self.results

    def settle(self, _: float) -> None:
        """Nothing runs any more."""


@pytest.mark.parametrize("number", [2, 3])
def test_the_hosts_of_a_job_train_what_a_pool_trains(run: JobRun, started: ExitStack, number: int) -> None:
    document = run.document(rotate_validation=False, rows=4_000)
    if number == 2:
        dependencies = TrainModelDependencies(run.files, 2, time.time, pool=TwoPrograms(), distributed_rows=1)
        plain = step.run(document.asked, dependencies)
        text = run.files.read("s3://runs/one/lightgbm_workers/1/model.txt")
    processes = start(run, started, *HOSTS[:number], of=number)
    assert ends(*processes) == [(0, "")] * number
    candidate = run.result(document)
    assert candidate is not None
    assert candidate.folds == 1
    assert run.error(document) is None
    member = load_model(run.files.read(candidate.uri)).members[0]
    assert isinstance(member["model"], LGBMClassifier)
    if number == 2:
        assert run.files.read("s3://runs/one/lightgbm_workers/1/model.txt") == text
        assert candidate.model_dump(exclude={"seconds"}) == plain.model_dump(exclude={"seconds"})


def test_one_host_trains_alone_with_the_cascade_and_what_others_can_not(run: JobRun, started: ExitStack) -> None:
    document = run.document(rotate_validation=False, imbalance="undersampling", rows=4_000)
    processes = start(run, started, HOSTS[0], of=1)
    assert ends(*processes) == [(0, "")]
    assert run.result(document) is not None
    assert not run.files.store.keys("s3://runs/one/lightgbm_workers/")


def test_the_other_hosts_end_when_one_dies(run: JobRun, started: ExitStack, tmp_path: Path) -> None:
    """Two jobs side by side, as a minute passes before a host is known to be dead: another dies, and the first."""
    boto3.client("s3").create_bucket(Bucket="others")
    jobs = [run, replace(run, folder=tmp_path / "others", bucket="others")]
    documents = [job.document(rotate_validation=False, rows=40_000) for job in jobs]
    (one, killed), (first, other) = [start(job, started, *HOSTS[:2], of=2) for job in jobs]
    for job in jobs:
        poll(partial(training, job), seconds=SECONDS, what="a training")
    programs = children([one, killed, first, other])
    killed.kill()
    first.kill()

    [(code, said)] = ends(one)
    assert code == 1
    error = run.error(documents[0])
    assert error is not None
    assert error.error_type == "WorkerLostError"
    assert run.failure(HOSTS[0]).strip() == f"WorkerLostError: {error.message}"
    assert said == error.message

    [(code, said)] = ends(other)
    assert (code, said) == (1, "The first host of the training job has died, or has not been heard of.")
    assert jobs[1].failure(HOSTS[1]).startswith("WorkerLostError: The first host")
    assert jobs[1].result(documents[1]) is None
    assert psutil.wait_procs(programs, timeout=30)[1] == []


def test_hosts_that_do_not_come_are_told(run: JobRun, started: ExitStack) -> None:
    document = run.document(rotate_validation=False, rows=4_000)
    processes = start(run, started, *HOSTS[:2], of=3, seconds=5)
    assert ends(*processes) == [(1, "Of the training job's 3 hosts, these have not come: 2."), (0, "")]
    error = run.error(document)
    assert error is not None
    assert error.error_type == "WorkerLostError"


def test_a_host_whose_first_does_not_come_ends(run: JobRun, started: ExitStack) -> None:
    assert run.document(rows=4_000)
    [(code, said)] = ends(*start(run, started, HOSTS[1], of=2, seconds=5))
    assert (code, said) == (1, "The first host of the training job has died, or has not been heard of.")


def test_a_job_that_is_stopped_ends_at_once_with_all_that_it_has_started(run: JobRun, started: ExitStack) -> None:
    document = run.document(rotate_validation=False, rows=40_000)
    processes = start(run, started, *HOSTS[:2], of=2)
    poll(lambda: training(run), seconds=SECONDS, what="a training")
    programs = children(processes)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert ends(*processes) == [(143, "The training job was stopped.")] * 2
    assert run.result(document) is None
    assert psutil.wait_procs(programs, timeout=30)[1] == []


def test_what_the_first_host_can_not_train_is_told_as_trainmodel_tells_it(run: JobRun, started: ExitStack) -> None:
    document = run.document(rows=4_000)
    run.files.store.write(document.asked.splits.uris["train"], b"{", "application/json")
    [(code, _)] = ends(*start(run, started, HOSTS[0], of=1))
    error = run.error(document)
    assert code == 1
    assert error is not None
    assert run.failure(HOSTS[0]).strip() == f"{error.error_type}: {error.message}"
