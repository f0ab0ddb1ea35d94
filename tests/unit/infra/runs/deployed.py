"""A deployed pipeline by moto and MLflow's own server, and what a run leaves behind in it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from infra.home.state import Deployed
from infra.runs.control import Control
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.mlflow_api import MlflowApi
from infra.runs.removal import Removal
from infra.settings import StackSettings
from tests.mlflow_in_process import InProcess, Logged, logged
from tests.recorded import ROLE, Pipeline


@dataclass
class Stack:
    """A deployed pipeline, and what works on it."""

    pipeline: Pipeline
    mlflow: InProcess
    model: str

    @property
    def deployed(self) -> Deployed:
        outputs = self.pipeline.deployed().outputs | {"MlflowArtifactsBucket": "mlflow-artifacts"}
        return Deployed(settings=StackSettings(), outputs=outputs)

    @property
    def api(self) -> MlflowApi:
        return MlflowApi(StackSettings(), self.mlflow.opener)

    @property
    def removal(self) -> Removal:
        return Removal(self.pipeline.s3, self.api, self.deployed)

    @property
    def control(self) -> Control:
        return Control(self.pipeline.s3, self.pipeline.machines, self.api, self.deployed)

    @property
    def executions(self) -> ExecutionClient:
        return ExecutionClient(self.deployed)

    def ended(self, name: str) -> tuple[PipelineExecution, Logged]:
        """Leave behind what a run leaves: two files, its records, a run with a nested one, a model and a version."""
        request = self.pipeline.upload(f"{name}.csv")
        execution = self.pipeline.begin(name, request)
        self.pipeline.end(execution, request)
        for file in ("report.html", "dataset.parquet"):
            self.pipeline.s3.put_object(Bucket="runs", Key=f"{name}/{file}", Body=b"12345")
        made = logged(self.mlflow.client, self.model, {"fraudflow.execution_arn": execution.arn})
        self.mlflow.client.create_run(made.experiment_id, tags={"mlflow.parentRunId": made.run_id})
        for key in (f"{made.run_id}/artifacts/drift.json", f"models/{made.model_id}/artifacts/MLmodel"):
            self.pipeline.s3.put_object(Bucket="mlflow-artifacts", Key=f"{made.experiment_id}/{key}", Body=b"123")
        return self.executions.find(name), made

    def keys(self, bucket: str) -> set[str]:
        return {item["Key"] for item in self.pipeline.s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


def machine(pipeline: Pipeline, definition: str) -> dict[str, Any]:
    made: dict[str, Any] = pipeline.machines.create_state_machine(
        name=str(uuid4()), definition=definition, roleArn=ROLE
    )
    return made
