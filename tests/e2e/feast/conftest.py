"""Feast's server as `up` starts it, on ports and folders of the tests' own: SQLite, Redis, DynamoDB with S3."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest

from functions.history_store.feast_states import FeastHistoryStore
from infra.home.environment import server_environment
from infra.home.layout import Home
from infra.servers import feast_server
from infra.settings import ROOT, StackSettings
from infra.system.listening import is_reached
from tests.e2e.conftest import free_port, poll
from tests.e2e.monitoring.conftest import running

type Engine = Literal["sqlite", "redis", "dynamodb"]
PYTHON = ROOT / "feature-store" / ".venv" / "bin" / "python"
BUCKET = "states"


class FeastServer:
    """A server that can be started again on what it has kept.

    Args:
        settings: of the stack that it is of.
        aws: the address of what stands for AWS, whose DynamoDB and S3 it uses then: as started by hand.
    """

    def __init__(self, settings: StackSettings, aws: str | None) -> None:
        self.url = feast_server.own_url(settings)
        self._home = Home(settings.home).create()
        self.engine: Engine = settings.feast_online if aws is None else "dynamodb"
        self._redis, self._aws = settings.feast_redis, aws
        offline = settings.feast_offline
        self.offline = offline if offline.startswith("s3://") else str(self._home.feast / offline)
        self.environment = server_environment() | ({} if aws is None else {"AWS_ENDPOINT_URL": aws})
        self._words = ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items())]
        self._words += feast_server.command(settings, self._home)
        # The last one counts.
        self._words += ["--online", self.engine]
        self._running = ExitStack()

    def start(self) -> None:
        log = self._home.logs / "feast.log"
        self._running.enter_context(running(self._words, ready=f"{self.url}/health", log=log, seconds=400))

    def stop(self) -> None:
        self._running.close()

    def holdings(self) -> list[bytes]:
        """Return what SQLite's files hold, the keys that Redis has, or the rows of DynamoDB."""
        if self.engine == "redis":
            return [keys_of_redis(self._redis)]
        if self._aws is not None:
            rows = aws_client("dynamodb", self._aws).scan(TableName="fraudflow.entity_states")["Items"]
            return [bytes(row["values"]["M"]["events"]["B"]) for row in rows]
        return [file.read_bytes() for file in self._home.feast.glob("online.db*")]


def lacking(reason: str) -> None:
    """Skip a test where something is not installed; in CI it has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def keys_of_redis(address: str) -> bytes:
    """Return Redis' answer to the question for all keys, as it is on the wire."""
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"KEYS *\r\nQUIT\r\n")
        with connection.makefile("rb") as answer:
            return answer.read()


def aws_client(service: str, url: str) -> Any:  # noqa: ANN401 - one of many
    return boto3.client(service, endpoint_url=url, region_name="us-east-1")  # type: ignore[call-overload]


@contextmanager
def moto(folder: Path) -> Iterator[str]:
    """Run moto as a server for as long as the block takes, with a bucket; return its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ["env", "-i", *(f"{name}={value}" for name, value in server_environment().items())]
    words += [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(words, ready=f"{url}/moto-api/data.json", log=folder / "moto.log", seconds=60):
        aws_client("s3", url).create_bucket(Bucket=BUCKET)
        yield url


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run Debian's Redis for as long as the block takes; return its host and port."""
    program = shutil.which("redis-server")
    if program is None:
        lacking("redis-server is not on PATH: install Debian's package redis-server.")
    port = free_port()
    words = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with (folder / "redis.log").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            poll(lambda: is_reached("127.0.0.1", port) or None, seconds=20, what="the start of Redis")
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module", params=["sqlite", "redis", "dynamodb"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeastServer]:
    if not PYTHON.exists():
        lacking(f"{PYTHON} is missing: `make feature-store` installs Feast.")
    engine: Engine = request.param
    folder = tmp_path_factory.mktemp(engine)
    with ExitStack() as started:
        where = started.enter_context(redis(folder)) if engine == "redis" else "127.0.0.1:1"
        aws = started.enter_context(moto(folder)) if engine == "dynamodb" else None
        settings = StackSettings(
            home=folder / "home",
            feature_store="feast",
            feast_port=free_port(),
            feast_online="redis" if engine == "redis" else "sqlite",
            feast_redis=where,
            feast_offline="states.parquet" if aws is None else f"s3://{BUCKET}/states.parquet",
            feast_python=PYTHON,
        )
        made = FeastServer(settings, aws)
        made.start()
        started.callback(made.stop)
        yield made


@pytest.fixture
def feast(server: FeastServer) -> Iterator[FeastHistoryStore]:
    # No test is timed.
    store = FeastHistoryStore(url=server.url, read_seconds=60)
    yield store
    store.close()
