"""Clusters of Dask on this machine."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import LocalCluster

from tests.killed_programs import ROOT


@contextmanager
def two_processes() -> Iterator[LocalCluster]:
    """Start a cluster whose processes find our code, and not what MLflow puts into this path with each model."""
    own = [each for each in sys.path if Path(each).resolve() == ROOT or not (Path(each) / "functions").is_dir()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", own)
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as started:
            started.wait_for_workers(2, timeout=60)
            yield started


@contextmanager
def bare_worker(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Start a cluster whose one worker has Dask and not fraudflow."""
    with LocalCluster(n_workers=0, dashboard_address=":0") as empty:
        # Without `site`, which finds our code by its installation.
        python = [sys.executable, "-P", "-S", "-m", "distributed.cli.dask_worker"]
        own = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
        command = [*python, empty.scheduler_address, "--no-nanny", "--no-dashboard", "--nthreads", "1"]
        with subprocess.Popen(command, cwd=folder, env=own) as worker:
            try:
                empty.wait_for_workers(1, timeout=60)
                yield empty.scheduler_address, worker
            finally:
                worker.terminate()
