"""Stopping, repeating and removing runs: moto for S3 and Step Functions, MLflow's own server for the rest."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.contracts import UploadRequest
from functions.contracts.records import ended_key, started_key
from infra.errors import ExecutionNotFoundError, RemovalError
from infra.home.state import Deployed
from infra.runs import executions as module
from infra.runs.archive import execution_arn
from infra.runs.control import Control
from infra.runs.executions import Executions
from infra.runs.mlflow_api import MlflowApi
from infra.runs.removal import Removal, Version, plan
from infra.runs.run_report import Execution
from infra.settings import StackSettings
from tests.mlflow_in_process import InProcess, Logged, logged
from tests.recorded import DEFINITION, ROLE, Pipeline

OUTPUT = json.loads((Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text())
# It never ends by itself.
WAITING = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9999, "End": True}}})


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
    def executions(self) -> Executions:
        return Executions(self.deployed)

    def ended(self, name: str) -> tuple[Execution, Logged]:
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


@pytest.fixture
def stack(mlflow: InProcess, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Stack]:
    mlflow.is_away = False
    with mock_aws():
        pipeline = Pipeline()
        pipeline.s3.create_bucket(Bucket="mlflow-artifacts")
        # MLflow outlives the test: no two tests' executions may go by one ARN.
        pipeline.machine = _machine(pipeline, DEFINITION)

        class Session:
            def client(self, name: str, **_: object) -> Any:  # noqa: ANN401 - boto3's own
                return {"s3": pipeline.s3, "stepfunctions": pipeline.machines}[name]

        monkeypatch.setattr(module, "session", lambda _: Session())
        yield Stack(pipeline, mlflow, request.node.name[:90])


def _machine(pipeline: Pipeline, definition: str) -> dict[str, Any]:
    made: dict[str, Any] = pipeline.machines.create_state_machine(
        name=str(uuid4()), definition=definition, roleArn=ROLE
    )
    return made


def test_a_run_is_removed_with_all_that_is_its_own(stack: Stack) -> None:
    other, its = stack.ended("other")
    before = {bucket: stack.keys(bucket) for bucket in ("runs", "mlflow-artifacts")}
    execution, made = stack.ended("one")
    planned = stack.removal.of_run(execution)
    assert (planned.files, planned.size) == (4, 16)
    assert planned.versions == [Version(stack.model, made.version)]
    assert (len(planned.mlflow_runs), planned.champions, planned.kept) == (2, [], [])

    stack.removal.carry_out(planned)

    claims = {key for key in stack.keys("runs") if key.startswith("_claims/")}
    # It still counts as a run that was: counts never fall.
    left = {"_removed/one.json", "_counted/FAILED/one"}
    assert stack.keys("runs") - claims == before["runs"] - claims | left
    assert stack.keys("mlflow-artifacts") == before["mlflow-artifacts"]
    assert [each.name for each in stack.executions.every()] == [other.name]
    assert [each["version"] for each in stack.api.versions(stack.model) or []] == [its.version]
    assert stack.api.runs("fraudflow", f"tags.`fraudflow.execution_arn` = '{execution.arn}'") == []
    # Its upload keeps its claim, and is not taken for one that had no run.
    recovery = stack.pipeline.recovery()
    assert (recovery.drive_interrupted(), recovery.drive_forgotten()) == ([], [])


def test_a_run_that_step_functions_still_knows_is_gone_for_us(stack: Stack) -> None:
    machine = stack.deployed.state_machine_arn
    stack.pipeline.machines.start_execution(stateMachineArn=machine, name="known", input="{}")
    found = stack.executions.find("known").model_copy(update={"status": "SUCCEEDED"})
    stack.removal.carry_out(stack.removal.of_run(found))
    with pytest.raises(ExecutionNotFoundError):
        stack.executions.find("known")


def test_the_champions_run_is_said_to_be_it(stack: Stack) -> None:
    execution, made = stack.ended("crowned")
    stack.mlflow.client.set_registered_model_alias(stack.model, "champion", made.version)
    assert stack.removal.of_run(execution).champions == [Version(stack.model, made.version)]


def test_a_model_goes_with_its_versions_and_their_files_and_the_runs_stay(stack: Stack) -> None:
    execution, made = stack.ended("one")
    planned = plan(stack.removal, stack.model, stack.executions.find)
    assert (planned.models, planned.versions, planned.files, planned.size) == (
        [stack.model],
        [Version(stack.model, made.version)],
        1,
        3,
    )
    stack.removal.carry_out(planned)
    assert stack.removal.of_model(stack.model) is None
    assert stack.keys("mlflow-artifacts") == {f"{made.experiment_id}/{made.run_id}/artifacts/drift.json"}
    assert len(stack.api.runs("fraudflow", f"tags.`fraudflow.execution_arn` = '{execution.arn}'")) == 1
    assert "one/report.html" in stack.keys("runs")


def test_what_goes_by_no_name_is_neither(stack: Stack) -> None:
    stack.ended("one")
    with pytest.raises(ExecutionNotFoundError, match=r"^No model is called nobody, and: No run goes by nobody; "):
        plan(stack.removal, "nobody", stack.executions.find)


def test_old_runs_are_pruned_but_the_newest_the_champions_and_those_under_way(stack: Stack) -> None:
    made = {name: stack.ended(name) for name in ("a", "b", "c", "d")}
    stack.mlflow.client.set_registered_model_alias(stack.model, "champion", made["b"][1].version)
    newest_first = [made[name][0] for name in ("d", "c", "b", "a")]
    newest_first[1] = newest_first[1].model_copy(update={"status": "RUNNING", "stopped": None})
    planned = stack.removal.of_old(newest_first, keep=1, before=None)
    assert (planned.runs, planned.files) == (["a"], 4)
    assert planned.kept == ["1 run whose version is a champion.", "1 run under way."]
    began = newest_first[0].started
    assert stack.removal.of_old(newest_first, keep=0, before=began).runs == []
    later = began + dt.timedelta(seconds=1)
    assert stack.removal.of_old(newest_first, keep=0, before=later).runs == ["d", "a"]


def test_a_stopped_run_ends_as_such_and_is_not_driven_again(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = _machine(stack.pipeline, WAITING)
    request = stack.pipeline.upload("a.csv")
    execution = stack.pipeline.begin("one", request)
    made = logged(stack.mlflow.client, stack.model, {"fraudflow.execution_arn": execution.arn})
    arn = machines.start_execution(
        stateMachineArn=stack.deployed.state_machine_arn, name="one", input=request.model_dump_json()
    )["executionArn"]
    with pytest.raises(RemovalError, match=r"^The run one is under way: `fraudflow stop one` ends it"):
        stack.removal.of_run(stack.executions.get(arn))

    assert stack.control.stop(stack.executions.get(arn), []) == []

    assert stack.executions.get(arn).status == "ABORTED"
    assert stack.mlflow.client.get_run(made.run_id).info.status == "KILLED"
    with pytest.raises(RemovalError, match=r"^The run one has ended already \(ABORTED\)\.$"):
        stack.control.stop(stack.executions.get(arn), [])
    # LocalStack is started again: it knows of no execution.
    stack.pipeline.machine = _machine(stack.pipeline, WAITING)
    recovery = stack.pipeline.recovery()
    assert (recovery.drive_interrupted(), recovery.drive_forgotten()) == ([], [])
    told = stack.executions.run(stack.executions.find("one"))
    assert told.report.error is not None
    assert (told.report.status, told.report.error.message) == ("ABORTED", "The run was stopped before its end.")


def test_a_run_that_ends_at_the_very_moment_keeps_its_own_end(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = _machine(stack.pipeline, WAITING)
    execution, _ = stack.ended("one")
    own = stack.pipeline.s3.get_object(Bucket="runs", Key=ended_key("one"))["Body"].read()
    machines.start_execution(stateMachineArn=stack.deployed.state_machine_arn, name="one", input="{}")
    stack.control.stop(stack.executions.get(execution.arn), [])
    assert stack.pipeline.s3.get_object(Bucket="runs", Key=ended_key("one"))["Body"].read() == own


def test_a_run_is_stopped_without_mlflow_too(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = _machine(stack.pipeline, WAITING)
    arn = machines.start_execution(stateMachineArn=stack.deployed.state_machine_arn, name="one", input="{}")
    stack.mlflow.is_away = True
    [trouble] = stack.control.stop(stack.executions.get(arn["executionArn"]), [])
    assert trouble.startswith("The run in MLflow still counts as running: MLflow gives no answer")


def _execution(**known: Any) -> Execution:  # noqa: ANN401 - fields
    arn = execution_arn("arn:aws:states:us-east-1:0:stateMachine:m", "one")
    return Execution.model_validate(
        {"arn": arn, "name": "one", "status": "FAILED", "started": "2026-01-01T00:00:00Z"} | known
    )


def _rerun(stack: Stack, execution: Execution) -> dict[str, Any]:
    arn = stack.control.rerun(execution)
    assert not arn.endswith(":one")
    given: dict[str, Any] = json.loads(stack.pipeline.machines.describe_execution(executionArn=arn)["input"])
    # What LoadData will make of it.
    UploadRequest.model_validate(given)
    return given


def test_a_run_is_run_again_with_its_version_and_its_settings(stack: Stack) -> None:
    given = _rerun(stack, _execution(status="SUCCEEDED", output=json.dumps(OUTPUT)))
    upload = {name: OUTPUT["upload"][name] for name in ("bucket", "key", "version_id")}
    assert given == {**upload, "settings": OUTPUT["settings"]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"key": "a b.csv", "version_id": "v1", "settings": {"seed": 7}},
            {"key": "a b.csv", "version_id": "v1", "settings": {"seed": 7}},
        ),
        ({"key": "a+b.csv"}, {"key": "a+b.csv"}),
        # An event's key is encoded, and its id would make the upload another run's.
        ({"key": "a+b.csv", "id": "event", "etag": "e"}, {"key": "a b.csv"}),
        ({"key": "c%2Bd.csv", "id": "event"}, {"key": "c+d.csv"}),
        ({"key": "e+f.csv", "id": "event"}, {"key": "e+f.csv"}),
    ],
)
def test_a_failed_run_is_run_again_with_what_it_was_given(
    stack: Stack, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    for key in ("a b.csv", "c+d.csv", "e+f.csv"):
        stack.pipeline.upload(key)
    assert _rerun(stack, _execution(input={"bucket": "uploads", **given})) == {"bucket": "uploads", **expected}


def test_a_run_of_no_upload_is_not_run_again(stack: Stack) -> None:
    with pytest.raises(RemovalError, match="names no upload"):
        stack.control.rerun(_execution(input={}))


def test_what_s3_refuses_to_remove_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    execution, _ = stack.ended("one")
    planned = stack.removal.of_run(execution)
    refused = {"Errors": [{"Key": "one/report.html", "Message": "Access Denied"}]}
    monkeypatch.setattr(stack.pipeline.s3, "delete_objects", lambda **_: refused)
    with pytest.raises(RemovalError, match=r"^s3://runs/one/report.html could not be removed: Access Denied\.$"):
        stack.removal.carry_out(planned)
    # It is listed still, so that it can be removed again.
    assert stack.executions.find("one").name == "one"
    with pytest.raises(ClientError):
        stack.pipeline.s3.head_object(Bucket="runs", Key="_removed/one.json")
    assert started_key("one") in stack.keys("runs")
