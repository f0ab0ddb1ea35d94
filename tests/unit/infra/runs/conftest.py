"""The pipeline that tests of removal and control work on, and the watch machine in moto."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from infra.home.state import Deployed
from infra.runs import execution_client as module
from infra.runs import loop_watch
from infra.runs.loop_watch import LoopWatch
from infra.settings import StackSettings
from tests.mlflow_in_process import InProcess
from tests.recorded import DEFINITION, Pipeline
from tests.unit.infra.runs.deployed import Stack, machine

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_ROLE = "arn:aws:iam::123456789012:role/states"
_LOOK = json.dumps({"StartAt": "Look", "States": {"Look": {"Type": "Succeed"}}})


@pytest.fixture
def stack(mlflow: InProcess, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Stack]:
    mlflow.is_away = False
    with mock_aws():
        pipeline = Pipeline()
        pipeline.s3.create_bucket(Bucket="mlflow-artifacts")
        # MLflow outlives the test: no two tests' executions may go by one ARN.
        pipeline.machine = machine(pipeline, DEFINITION)

        class Session:
            def client(self, name: str, **_: object) -> Any:  # noqa: ANN401 - boto3's own
                return {"s3": pipeline.s3, "stepfunctions": pipeline.machines}[name]

        monkeypatch.setattr(module, "session", lambda _: Session())
        yield Stack(pipeline, mlflow, request.node.name[:90])


class _Session:
    """Clients of moto, which takes any endpoint for its own but a local one."""

    def client(self, service: Any, **_: object) -> Any:  # noqa: ANN401 - boto3's
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator["SFNClient"]:
    with mock_aws():
        monkeypatch.setattr(loop_watch, "session", lambda _: _Session())
        monkeypatch.setattr(module, "session", lambda _: _Session())
        yield boto3.client("stepfunctions", region_name="us-east-1")


@pytest.fixture
def loop(states: "SFNClient") -> LoopWatch:
    for bucket in ("loop", "uploads"):
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=bucket)
    machine = states.create_state_machine(name="watch", definition=_LOOK, roleArn=_ROLE)["stateMachineArn"]
    outputs = {
        "UploadsBucket": "uploads",
        "RunsBucket": "runs",
        "WatchMachineArn": machine,
        "LoopBucket": "loop",
        "StateMachineArn": "m",
    }
    return LoopWatch(Deployed(settings=StackSettings(), outputs=outputs))
