"""Two processes of a Dask cluster on this machine train together, are killed, hang, and are not there."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster
from sklearn.metrics import average_precision_score

from functions.adapters.dask_pool import DaskPool
from functions.adapters.local_files import LocalFiles
from functions.collective.training_together import train_together
from functions.collective.watched_child import PROGRAM
from functions.contracts.collective_job import WorkerResult
from functions.core.errors import InvalidSettingsError, WorkerLostError, WorkersTooSlowError
from tests.dask_clusters import bare_worker, two_processes
from tests.training_jobs import WrittenJob, made_table

LONG, SHORT = 100_000, 40
# The bound that is promised, within which a try has ended, and what it has started too.
BOUND = 120.0


@pytest.fixture(scope="module")
def pool() -> Iterator[DaskPool]:
    """Return a cluster's workers, which all come to no harm."""
    with two_processes() as started:
        yield DaskPool(started.scheduler_address)


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    """Return a cluster to do harm to: whether Dask starts a lost worker anew, and when, is its own affair."""
    with two_processes() as started:
        yield started


def job(folder: Path, trees: int, *, rows: int = 120_000, seed: int = 0) -> WrittenJob:
    table = made_table(rows, seed=seed)
    params = {"n_estimators": trees, "random_state": seed}
    return WrittenJob.of(LocalFiles(), folder.as_uri(), table, part_rows=rows // 3, params=params)


def trained(pool: DaskPool, written: WrittenJob, workers: int, seconds: float = 300.0) -> tuple[str, WorkerResult]:
    end = time.monotonic() + seconds
    with pool.gathered(60) as gathered:
        document = written.document(workers)
        return train_together(
            gathered, written.store, document, written.folder, seconds_left=lambda: end - time.monotonic()
        )


def programs(folder: Path) -> list[psutil.Process]:
    """Return the worker programs that run for the jobs of a test."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if PROGRAM in (words := process.info["cmdline"] or [])
        and any(folder.as_uri() in word for word in words)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def open_ports() -> set[int]:
    """Return the ports of this machine that a process has."""
    return {each.laddr.port for each in psutil.net_connections("tcp") if each.pid is not None}


@contextmanager
def when_they_train(folder: Path, act: Callable[[], None]) -> Iterator[set[int]]:
    """Do something when all have met and trained for a moment, and yield the ports that they had then."""
    had: set[int] = set()

    def wait() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            met = [json.loads(each.read_text()) for each in folder.glob("*/address-*.json")]
            if len(met) == 2:
                time.sleep(2)
                assert len(programs(folder)) == 2
                had.update(int(address.rpartition(":")[2]) for address in met)
                assert had & open_ports()
                act()
                return
            time.sleep(0.1)

    acting = threading.Thread(target=wait)
    acting.start()
    try:
        yield had
    finally:
        acting.join()


def nothing_is_left(folder: Path, had: set[int]) -> None:
    end = time.monotonic() + 10
    while programs(folder) and time.monotonic() < end:
        time.sleep(0.2)
    assert programs(folder) == []
    assert had & open_ports() == set()


def killed_worker(cluster: LocalCluster, _: Path) -> None:
    os.kill(cluster.workers[0].process.pid, signal.SIGKILL)


def killed_program(_: LocalCluster, folder: Path) -> None:
    programs(folder)[0].kill()


def test_two_workers_rank_as_well_as_one_on_the_same_rows_and_the_same_each_time(
    pool: DaskPool, tmp_path: Path
) -> None:
    differences = []
    for seed in range(3):
        written = job(tmp_path / str(seed), SHORT, seed=seed)
        asked, labels = written.table.X[written.held_out], written.table.y[written.held_out]
        found = [trained(pool, written, workers) for workers in (1, 2)]
        one, two = (
            average_precision_score(labels, written.fitted(text).predict_proba(asked)[:, 1]) for text, _ in found
        )
        assert found[0][1] == found[1][1]
        assert found[0][1].rows == int((~written.held_out).sum())
        differences.append(two - one)
    assert trained(pool, written, 2) == found[1]
    assert max(map(abs, differences)) < 0.01
    nothing_is_left(tmp_path, set())


@pytest.mark.parametrize("kill", [killed_worker, killed_program])
def test_a_worker_that_is_killed_while_it_trains_is_told_soon_and_the_next_try_succeeds(
    cluster: LocalCluster, tmp_path: Path, kill: Callable[[LocalCluster, Path], None]
) -> None:
    written, pool = job(tmp_path, LONG), DaskPool(cluster.scheduler_address)
    started = time.monotonic()
    with when_they_train(tmp_path, lambda: kill(cluster, tmp_path)) as had, pytest.raises(WorkerLostError):
        trained(pool, written, 2)
    assert time.monotonic() - started < BOUND
    assert len(had) == 2
    nothing_is_left(tmp_path, had)

    again = job(tmp_path / "again", SHORT)
    with pool.gathered(60) as gathered:
        there = len(gathered.members)
    assert trained(pool, again, there)[1].rows == int((~again.held_out).sum())


def test_a_worker_that_hangs_is_told_and_its_program_ends(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = DaskPool(cluster.scheduler_address)
    monkeypatch.setattr("functions.adapters.dask_pool.SILENT_SECONDS", 5.0)
    monkeypatch.setattr("functions.collective.training_together.SETTLE_SECONDS", 3.0)
    written, hanging = job(tmp_path, LONG), cluster.workers[1].process.pid
    try:
        with (
            when_they_train(tmp_path, lambda: os.kill(hanging, signal.SIGSTOP)) as had,
            pytest.raises(WorkerLostError, match="hangs"),
        ):
            trained(pool, written, 2)
        nothing_is_left(tmp_path, had)
    finally:
        os.kill(hanging, signal.SIGCONT)


def test_who_takes_too_long_is_stopped_and_leaves_nothing(pool: DaskPool, tmp_path: Path) -> None:
    written = job(tmp_path, LONG)
    with pytest.raises(WorkersTooSlowError, match="more workers"):
        trained(pool, written, 2, seconds=10)
    nothing_is_left(tmp_path, set())


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.adapters.dask_pool.CONNECT_SECONDS", 2.0)
    with (
        pytest.raises(WorkerLostError, match=r"tcp://127\.0\.0\.1:9 can't be reached .*FRAUDFLOW_DASK_SCHEDULER"),
        DaskPool("tcp://127.0.0.1:9").gathered(5),
    ):
        pass


def test_a_scheduler_without_workers_is_told() -> None:
    with LocalCluster(n_workers=0, dashboard_address=":0") as empty:
        pool = DaskPool(empty.scheduler_address)
        with pytest.raises(WorkerLostError, match="has no workers"), pool.gathered(5):
            pass


def test_a_worker_without_our_code_is_named_and_lives_on(tmp_path: Path) -> None:
    lacks = r"worker tcp://127\.0\.0\.1:\d+ needs fraudflow.* has none"
    with bare_worker(tmp_path) as (scheduler, worker):
        with pytest.raises(InvalidSettingsError, match=lacks), DaskPool(scheduler).gathered(10):
            pass
        assert worker.poll() is None


def test_a_second_training_waits_for_its_turn(pool: DaskPool) -> None:
    with pool.gathered(5), pytest.raises(WorkerLostError, match="for others"), pool.gathered(1):
        pass
    with pool.gathered(5) as gathered:
        assert len(gathered.members) == 2


def test_a_program_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    written = job(tmp_path, LONG, rows=20_000)
    (tmp_path / "job.json").write_text(written.document(1).model_dump_json())
    source = (
        "from functions.collective.watched_child import Share, train_share\n"
        f"train_share(Share({(tmp_path / 'job.json').as_uri()!r}, {tmp_path.as_uri()!r}, 0, '127.0.0.1', 1, False))\n"
    )
    with subprocess.Popen([".venv/bin/python", "-c", source]) as parent:
        end = time.monotonic() + 60
        while not programs(tmp_path) and time.monotonic() < end:
            time.sleep(0.1)
        assert len(programs(tmp_path)) == 1
        parent.kill()
    nothing_is_left(tmp_path, set())
