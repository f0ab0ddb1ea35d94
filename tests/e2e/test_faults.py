"""Runs while a server that they need is away or slow, or memory is too small."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import pytest

from infra.home.layout import Home
from infra.home.state import read_state
from infra.tools.synthetic import generate
from tests.e2e.conftest import BIN, EmbeddedStack, poll, start_stack

ROWS = 2_000
AWAY_SECONDS = 20
STILL_SECONDS = 8
RUN_SECONDS = 240
PUSHES, PUSH_SECONDS = 3, 5
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deaf_gateway() -> Iterator[int]:
    """Yield the port of a Pushgateway that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory, deaf_gateway: int) -> Iterator[EmbeddedStack]:
    """Start a stack that these tests may hurt, one after the other; its Pushgateway never answers."""
    gateway = f"http://127.0.0.1:{deaf_gateway}"
    embedded = start_stack(tmp_path_factory.mktemp("faults") / "home", FRAUDFLOW_PUSHGATEWAY_URL=gateway)
    try:
        yield embedded
    finally:
        embedded.fraudflow("down")


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Write rows that no other test has."""
    path = tmp_path / "transactions.csv"
    generate(ROWS, seed=hash(request.node.name) % 2**32).to_csv(path, index=False)
    return path


def pid_of(stack: EmbeddedStack, name: str) -> int | None:
    state = read_state(Home(stack.home))
    process = state.server(name).process if state else None
    return process.pid if process else None


def begin(stack: EmbeddedStack, file: Path) -> "subprocess.Popen[str]":
    """Begin a run as a user does; ``outcome`` waits for its end."""
    command = (sys.executable, str(BIN / "fraudflow"), "run", "--json", str(file))
    return subprocess.Popen(
        command, env=stack.environment, cwd=stack.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def outcome(run: "subprocess.Popen[str]") -> dict[str, Any]:
    with run:
        try:
            printed, said = run.communicate(timeout=RUN_SECONDS)
        finally:
            run.kill()
    assert printed, said
    report: dict[str, Any] = json.loads(printed)
    return report


@contextmanager
def away(stack: EmbeddedStack, name: str, port: int) -> Iterator[None]:
    """Kill a server, and keep it away by holding its port: whoever asks for it is refused."""
    pid = pid_of(stack, name)
    assert pid is not None
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        os.kill(pid, signal.SIGKILL)
        poll(lambda: _bound(holder, port), seconds=5, what=f"port {port}")
        yield


def _bound(holder: socket.socket, port: int) -> bool | None:
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        return None
    return True


def versions_of(stack: EmbeddedStack, report: dict[str, Any]) -> list[str]:
    client = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    found = client.search_model_versions(f"tags.`fraudflow.execution_arn` = '{report['execution_arn']}'")
    return [str(version.version) for version in found]


def under_way(stack: EmbeddedStack) -> list[str]:
    """Return the ARN of the run that is in progress; none when there is none."""
    asked = {"stateMachineArn": stack.machine_arn, "statusFilter": "RUNNING"}
    return [each["executionArn"] for each in stack.client("stepfunctions").list_executions(**asked)["executions"]]


def refused(stack: EmbeddedStack) -> bool:
    """Check whether a state of the run has found MLflow away."""
    events = [event for arn in under_way(stack) for event in stack.history(arn)]
    return "TrackingUnavailableError" in {
        event.get("lambdaFunctionFailedEventDetails", {}).get("error") for event in events
    }


def reached(stack: EmbeddedStack, state: str) -> bool:
    """Check whether the run has entered a state."""
    return any(state in stack.entered(arn) for arn in under_way(stack))


def test_a_run_outlasts_mlflow_being_away_for_twenty_seconds(hurt: EmbeddedStack, file: Path) -> None:
    run = begin(hurt, file)
    poll(lambda: reached(hurt, "LoadData") or None, seconds=60, what="a run that has begun")
    with away(hurt, "mlflow", hurt.mlflow_port):
        gone = time.monotonic()
        poll(lambda: refused(hurt) or None, seconds=120, what="a state that MLflow does not answer")
        poll(lambda: time.monotonic() - gone > AWAY_SECONDS or None, seconds=60, what="the time to pass")
    report = outcome(run)
    assert report["status"] == "SUCCEEDED", report
    assert versions_of(hurt, report) == [report["model"]["version"]]


def test_a_run_outlasts_s3_and_all_else_standing_still(hurt: EmbeddedStack, file: Path) -> None:
    """S3, Step Functions and Lambda are one process here: stopped, it takes requests and answers none of them."""
    pid = pid_of(hurt, "localstack")
    assert pid is not None
    run = begin(hurt, file)
    poll(lambda: reached(hurt, "TrainModel") or None, seconds=60, what="a run that trains")
    os.kill(pid, signal.SIGSTOP)
    try:
        still = time.monotonic()
        poll(lambda: time.monotonic() - still > STILL_SECONDS or None, seconds=60, what="the time to pass")
    finally:
        os.kill(pid, signal.SIGCONT)
    report = outcome(run)
    assert report["status"] == "SUCCEEDED", report
    assert pid_of(hurt, "localstack") == pid
    assert versions_of(hurt, report) == [report["model"]["version"]]


def test_a_gateway_that_never_answers_costs_seconds_and_no_run(hurt: EmbeddedStack, file: Path) -> None:
    report = outcome(begin(hurt, file))
    assert report["status"] == "SUCCEEDED"
    publishing = next(state["seconds"] for state in report["states"] if state["name"] == "PublishResults")
    assert publishing < PUSHES * PUSH_SECONDS + 5
    words = ("stepfunctions", "describe-execution", "--execution-arn", report["execution_arn"], "--output", "json")
    publication = json.loads(hurt.aws(*words)["output"])["publication"]
    assert not publication["pushed"]
    assert "did not take the metrics" in publication["monitoring"]
    assert "timed out" in publication["monitoring"]
    # Shown where a user looks, and not only in a document.
    shown = hurt.fraudflow("show", "last")
    assert "did not take the metrics" in " ".join(shown.stdout.split())


def test_a_function_that_needs_more_memory_is_stopped_and_its_run_says_what_to_do(
    hurt: EmbeddedStack, file: Path
) -> None:
    function = "fraudflow-preprocess-data"
    update = ("lambda", "update-function-configuration", "--function-name", function, "--memory-size")
    hurt.aws(*update, "200")  # less than its imports take
    hurt.aws("lambda", "wait", "function-updated-v2", "--function-name", function)
    try:
        report = outcome(begin(hurt, file))
    finally:
        hurt.aws(*update, "3008")
        hurt.aws("lambda", "wait", "function-updated-v2", "--function-name", function)
    assert report["status"] == "FAILED"
    assert report["error"]["type"] == "Runtime.OutOfMemory"
    assert "FRAUDFLOW_DATA_MEMORY" in report["error"]["message"]
    tried = [event for event in hurt.history(report["execution_arn"]) if event["type"] == "LambdaFunctionFailed"]
    assert len(tried) == 1, "more memory does not come by trying again"
    assert outcome(begin(hurt, file))["status"] == "SUCCEEDED"
