"""A run of a real stack, whose LightGBM two Dask workers train from the stack's S3."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import BIN, ROOT, EmbeddedStack, free_port, poll, start_stack


@contextmanager
def dask(*words: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run Dask's own commands, as on any cluster."""
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=said,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[EmbeddedStack]:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    stack = start_stack(
        tmp_path / "home",
        FRAUDFLOW_DASK_SCHEDULER=address,
        FRAUDFLOW_DISTRIBUTED_ROWS="1000",
        FRAUDFLOW_CANDIDATES="lightgbm",
        FRAUDFLOW_ROTATE_VALIDATION="false",
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAUDFLOW_")}
    environment |= {name: value for name, value in stack.environment.items() if name.startswith("AWS_")}
    scheduler = ["dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["dask_worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
    try:
        with ExitStack() as running:
            running.enter_context(dask(*scheduler, environment=environment, log=tmp_path / "scheduler.log"))
            for number in (1, 2):
                running.enter_context(dask(*worker, environment=environment, log=tmp_path / f"worker{number}.log"))
            poll(lambda: _both_are_there(tmp_path), seconds=60, what="two workers")
            yield stack
    finally:
        stack.fraudflow("down")


def _both_are_there(folder: Path) -> bool | None:
    return (folder / "scheduler.log").read_text().count("Register worker addr") == 2 or None


def test_workers_train_from_the_stacks_s3_and_the_run_succeeds(cluster: EmbeddedStack, transactions: Path) -> None:
    report = cluster.run(transactions)
    assert report["status"] == "SUCCEEDED", report
    listed = cluster.aws("s3", "ls", "--recursive", "s3://runs/")
    assert "lightgbm_workers/1/model.txt" in listed
    # A table of 4,000 rows is one group, which one worker reads.
    assert "started-0" in listed
    [key] = [line.split()[-1] for line in listed.splitlines() if line.endswith("lightgbm_workers/1/job.json")]
    job = cluster.aws("s3", "cp", f"s3://runs/{key}", "-")
    assert len(job["shares"]) == len(
        [line for line in listed.splitlines() if "workers/1/" in line and "started-" in line]
    )
    assert json.dumps(job["shares"]).count("train.parquet") == 1
    assert (BIN / "fraudflow").exists()
