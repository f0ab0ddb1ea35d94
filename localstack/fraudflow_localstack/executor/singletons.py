"""Singletons of one LocalStack: the launcher, the copies of functions' code, and the thread that sends logs."""

import gc
import os
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from localstack.aws.connect import connect_to

from fraudflow_localstack.executor.journal import Entry
from fraudflow_localstack.executor.log_shipping import Shipper, Stream
from fraudflow_localstack.executor.prewarming import Shelf
from fraudflow_localstack.executor.scratch import open_run_directory
from fraudflow_localstack.executor.spawner import LauncherClient
from fraudflow_localstack.patches import installation
from fraudflow_localstack.patches.history_log import HistoryEvent

_spawner: LauncherClient | None = None
_spawner_lock = threading.Lock()


def spawner() -> LauncherClient:
    """Return the one launcher of this LocalStack, started when it is first needed or was lost."""
    global _spawner  # noqa: PLW0603 - one process, one launcher
    with _spawner_lock:
        if _spawner is None or not _spawner.alive:
            base = Path(tempfile.gettempdir()) / f"fraudflow-environments-{os.getuid()}"
            _spawner = LauncherClient(open_run_directory(base))
            # By now the services are loaded, and stay: a full collection would look at all of them, and keep everybody
            # waiting for 0.2 seconds.
            gc.collect()
            gc.freeze()
        return _spawner


@cache
def shelf() -> Shelf:
    """Return the shelf of pre-warmed functions' code and fork servers."""
    return Shelf(Path(tempfile.gettempdir()) / "lambda" / "prewarmed", lambda: spawner().fork_servers)


@cache
def shipper() -> Shipper:
    """Return the one thread that writes logs."""
    return Shipper(_logs_client)


@cache
def _logs_client(stream: Stream) -> Any:  # noqa: ANN401 - boto3 makes clients up
    return connect_to(aws_access_key_id=stream.account, region_name=stream.region).logs


@cache
def install_patches() -> None:
    """Patch Lambda, and Step Functions, which loads after it."""
    installation.install(_ship_history)


def _ship_history(event: HistoryEvent) -> None:
    stream = Stream(event.account, event.region, event.group, event.stream, own_group=False)
    shipper().ship(stream, [Entry(int(event.at.timestamp() * 1000), event.text)])
