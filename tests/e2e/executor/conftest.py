"""A LocalStack of the tests' own, with the process executor, reached through the Lambda and Logs APIs only."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.e2e.conftest import free_port

from .functions import Functions
from .polling import poll

ROOT = Path(__file__).parents[3]
LOCALSTACK_PYTHON = ROOT / "localstack" / ".venv" / "bin" / "python"


@dataclass
class Stack:
    """A running LocalStack."""

    process: subprocess.Popen[bytes]
    url: str
    tmp: Path
    log: Path

    def client(self, service: str) -> object:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
            config=Config(read_timeout=60, retries={"total_max_attempts": 1}, max_pool_connections=20),
        )

    def functions(self, preimport: str = "") -> Functions:
        return Functions(self.client("lambda"), self.client("logs"), preimport)

    def healthy(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/_localstack/health", timeout=2) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # LocalStack may retry calls to itself for longer than that
            self.process.kill()
            self.process.wait(timeout=10)


def _start(home: Path, **settings: str) -> Stack:
    tmp = home / "tmp"
    tmp.mkdir(parents=True, exist_ok=True)
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "TEMP": str(tmp),
        "FILESYSTEM_ROOT": str(home / "filesystem"),
        "LOCALSTACK_VOLUME_DIR": str(home / "volume"),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "GATEWAY_SERVER": "bound",
        "PROVIDER_OVERRIDE_S3": "home",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "FRAUDFLOW_FUNCTIONS_PYTHON": sys.executable,
        "SERVICES": "iam,lambda,logs,s3,sqs,stepfunctions,sts",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "OVERRIDE_IN_DOCKER": "0",
        "SECRET_OF_THE_HOST": "must not reach a handler",
        **settings,
    }
    log = home / "localstack.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [LOCALSTACK_PYTHON, "-m", "fraudflow_localstack"], env=env, stdout=sink, stderr=sink, cwd=home
        )
    stack = Stack(process, f"http://127.0.0.1:{port}", tmp, log)
    try:
        poll(stack.healthy, seconds=60, waiting_for="LocalStack to be healthy")
    except BaseException:
        stack.end(signal.SIGKILL)
        raise
    return stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not LOCALSTACK_PYTHON.exists():
        pytest.skip("localstack/.venv is missing: run `make install`")
    running = _start(tmp_path_factory.mktemp("localstack"), LAMBDA_RETRY_BASE_DELAY="1", LAMBDA_KEEPALIVE_MS="6000")
    yield running
    running.end(signal.SIGKILL)  # a polite end takes seconds for every function


@pytest.fixture(scope="session", params=["", "decimal"], ids=["plain", "prewarmed"])
def preimport(request: pytest.FixtureRequest) -> str:
    """The functions' preimports: whatever is promised holds with and without."""
    return str(request.param)


@pytest.fixture(scope="session")
def functions(stack: Stack, preimport: str) -> Functions:
    return stack.functions(preimport)


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Start LocalStacks that a test may kill; they share a home."""
    if not LOCALSTACK_PYTHON.exists():
        pytest.skip("localstack/.venv is missing: run `make install`")
    started: list[Stack] = []

    def start(**settings: str) -> Stack:
        started.append(_start(tmp_path, **settings))
        return started[-1]

    yield start
    for stack in started:
        stack.end(signal.SIGKILL)
