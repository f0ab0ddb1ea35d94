"""The pipeline that tests of removal and control work on."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra.runs import execution_client as module
from tests.mlflow_in_process import InProcess
from tests.recorded import DEFINITION, Pipeline
from tests.unit.infra.runs.deployed import Stack, machine


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
