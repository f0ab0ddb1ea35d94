"""One embedded stack for the session, on ports and in a home of its own, driven by what a user types."""

import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import boto3
import mlflow
import pytest

from infra.tools import synthetic

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv" / "bin"
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
RUN_SECONDS = 240


def _ports() -> Iterator[int]:
    """Yield ports of this worker's own, below those that the system gives to connections: no two callers get one."""
    first = 20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    yield from filter(_is_free, itertools.cycle(range(first, first + 1_000)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_free_ports = _ports()


def free_port() -> int:
    return next(_free_ports)


def poll[T](ask: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Ask until there is an answer; the only place of these tests that sleeps."""
    give_up = time.monotonic() + seconds
    while (answer := ask()) is None:
        assert time.monotonic() < give_up, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.2)
    return answer


@dataclass
class EmbeddedStack:
    """A user's shell with a stack of its own."""

    home: Path
    localstack_port: int
    mlflow_port: int
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "FRAUDFLOW_")) and name != "PYTHONDONTWRITEBYTECODE"
        }
        return kept | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "FRAUDFLOW_HOME": str(self.home),
            "FRAUDFLOW_LOCALSTACK_PORT": str(self.localstack_port),
            "FRAUDFLOW_MLFLOW_PORT": str(self.mlflow_port),
            "FRAUDFLOW_MONITORING": "false",
            "FRAUDFLOW_SCORING": "false",
            "FRAUDFLOW_CONSOLE": "false",
            # What awslocal and people's own clients read.
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.localstack_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            **self.extra,
        }

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would, from a directory without a fraudflow.toml."""
        return subprocess.run(
            words,
            check=False,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS + 60,
            cwd=self.home,
            env=self.environment | environment,
        )

    def fraudflow(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.command(sys.executable, str(BIN / "fraudflow"), *words, **environment)

    def run(self, csv: Path, **environment: str) -> dict[str, Any]:
        """Take a file through the pipeline and give what ``run --json`` prints."""
        done = self.fraudflow("run", "--json", str(csv), **environment)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if report["status"] == "SUCCEEDED" else 1), done.stderr
        return report

    def aws(self, *words: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Run ``awslocal`` and give what it prints."""
        done = self.command(str(BIN / "awslocal"), *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.lstrip().startswith(("{", "[")) else done.stdout

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients up
        """Return a client of a service, for what is asked often: ``awslocal`` takes a second to start."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=f"http://127.0.0.1:{self.localstack_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
        )

    @property
    def machine_arn(self) -> str:
        return self.machine("pipeline")

    def machine(self, name: str) -> str:
        """Return the ARN of the pipeline, or of the scoring machine."""
        machines = self.client("stepfunctions").list_state_machines()["stateMachines"]
        [arn] = [each["stateMachineArn"] for each in machines if each["name"] == f"fraudflow-{name}"]
        return str(arn)

    def history(self, arn: str) -> list[dict[str, Any]]:
        """Return all events of an execution."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def entered(self, arn: str) -> set[str]:
        """Return the names of the states that an execution has entered."""
        details = (event.get("stateEnteredEventDetails") for event in self.history(arn))
        return {each["name"] for each in details if each}

    def execution_of(self, key: str, machine: str = "pipeline") -> dict[str, Any]:
        """Wait for the end of the one execution whose input names the key, in either spelling."""
        states, machine_arn = self.client("stepfunctions"), self.machine(machine)
        spellings = {key, quote(key), quote_plus(key, safe="/")}

        def named() -> str | None:
            for execution in states.list_executions(stateMachineArn=machine_arn)["executions"]:
                described = states.describe_execution(executionArn=execution["executionArn"])
                if json.loads(described["input"]).get("key") in spellings:
                    return str(execution["executionArn"])
            return None

        def ended() -> dict[str, Any] | None:
            described: dict[str, Any] = states.describe_execution(executionArn=arn)
            return described if described["status"] in ENDED else None

        arn = poll(named, seconds=60, what=f"an execution for {key}")
        return poll(ended, seconds=RUN_SECONDS, what=f"the end of {arn}")


def start_stack(home: Path, **environment: str) -> EmbeddedStack:
    home.mkdir(parents=True, exist_ok=True)
    embedded = EmbeddedStack(home, free_port(), free_port(), environment)
    started = embedded.fraudflow("up")
    if started.returncode:
        logs = "\n".join(f"== {log.name}\n{log.read_text()[-3000:]}" for log in sorted(home.glob("logs/*")))
        embedded.fraudflow("down")
        pytest.fail(f"fraudflow up: {started.stdout}\n{started.stderr}\n{logs}")
    return embedded


@pytest.fixture(autouse=True)
def mlflow_forgets_servers() -> Iterator[None]:
    """Reset the registry that a test has set for the whole process, so that the next one does not use it."""
    yield
    mlflow.set_tracking_uri("")
    mlflow.set_registry_uri("")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    embedded = start_stack(tmp_path_factory.mktemp("stack") / "home")
    yield embedded
    stopped = embedded.fraudflow("down")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="module")
def transactions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "transactions.csv"
    synthetic.write_csv(path, 4000, fraud_rate=0.02, seed=7)
    return path
