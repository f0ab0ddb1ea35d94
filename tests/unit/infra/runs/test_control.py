"""Stopping runs and running them again: moto for S3 and Step Functions, MLflow's own server for the rest."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.contracts import UploadRequest
from functions.contracts.records import ended_key
from functions.settings import RunSettings
from infra.errors import RemovalError
from infra.runs.archive import execution_arn
from infra.runs.execution import PipelineExecution
from tests.mlflow_in_process import logged
from tests.unit.infra.runs.deployed import Stack, machine

OUTPUT = json.loads((Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text())
# It never ends by itself.
WAITING = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9999, "End": True}}})


def test_a_stopped_run_ends_as_such_and_is_not_driven_again(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = machine(stack.pipeline, WAITING)
    request = stack.pipeline.upload("a.csv")
    execution = stack.pipeline.begin("one", request)
    made = logged(stack.mlflow.client, stack.model, {"fraudflow.execution_arn": execution.arn})
    arn = machines.start_execution(
        stateMachineArn=stack.deployed.state_machine_arn, name="one", input=request.model_dump_json()
    )["executionArn"]
    with pytest.raises(RemovalError, match=r"^The run one is in progress: `fraudflow stop one` stops it"):
        stack.removal.of_run(stack.executions.get(arn))

    assert stack.control.stop(stack.executions.get(arn), []) == []

    assert stack.executions.get(arn).status == "ABORTED"
    assert stack.mlflow.client.get_run(made.run_id).info.status == "KILLED"
    with pytest.raises(RemovalError, match=r"^The run one has ended already \(ABORTED\)\.$"):
        stack.control.stop(stack.executions.get(arn), [])
    # LocalStack is started again: it knows of no execution.
    stack.pipeline.machine = machine(stack.pipeline, WAITING)
    recovery = stack.pipeline.recovery()
    assert (recovery.drive_interrupted(), recovery.drive_forgotten()) == ([], [])
    told = stack.executions.run(stack.executions.find("one"))
    assert told.report.error is not None
    assert (told.report.status, told.report.error.message) == ("ABORTED", "The run was stopped before its end.")


@pytest.mark.thorough
def test_a_run_that_ends_at_the_very_moment_keeps_its_own_end(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = machine(stack.pipeline, WAITING)
    execution, _ = stack.ended("one")
    own = stack.pipeline.s3.get_object(Bucket="runs", Key=ended_key("one"))["Body"].read()
    machines.start_execution(stateMachineArn=stack.deployed.state_machine_arn, name="one", input="{}")
    stack.control.stop(stack.executions.get(execution.arn), [])
    assert stack.pipeline.s3.get_object(Bucket="runs", Key=ended_key("one"))["Body"].read() == own


@pytest.mark.thorough
def test_a_run_is_stopped_without_mlflow_too(stack: Stack) -> None:
    machines = stack.pipeline.machines
    stack.pipeline.machine = machine(stack.pipeline, WAITING)
    arn = machines.start_execution(stateMachineArn=stack.deployed.state_machine_arn, name="one", input="{}")
    stack.mlflow.is_away = True
    [warning] = stack.control.stop(stack.executions.get(arn["executionArn"]), [])
    assert warning.startswith("The run in MLflow still counts as running: MLflow gives no answer")


def _execution(**known: Any) -> PipelineExecution:  # noqa: ANN401 - fields
    arn = execution_arn("arn:aws:states:us-east-1:0:stateMachine:m", "one")
    return PipelineExecution.model_validate(
        {"arn": arn, "name": "one", "status": "FAILED", "started": "2026-01-01T00:00:00Z"} | known
    )


def _rerun(stack: Stack, execution: PipelineExecution) -> dict[str, Any]:
    arn = stack.control.rerun(execution)
    assert not arn.endswith(":one")
    given: dict[str, Any] = json.loads(stack.pipeline.machines.describe_execution(executionArn=arn)["input"])
    # What LoadData will make of it.
    UploadRequest.model_validate(given)
    return given


def test_a_run_is_run_again_with_its_version_and_its_settings(stack: Stack) -> None:
    given = _rerun(stack, _execution(status="SUCCEEDED", output=json.dumps(OUTPUT)))
    upload = {name: OUTPUT["upload"][name] for name in ("bucket", "key", "version_id")}
    # A record of an earlier release lacks settings that this one has; what it has stays.
    settings = RunSettings.model_validate(OUTPUT["settings"]).model_dump(mode="json")
    assert settings.items() >= OUTPUT["settings"].items()
    assert given == {**upload, "settings": settings}


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


def test_a_failed_run_goes_on_as_another_which_has_its_run_in_mlflow(stack: Stack) -> None:
    request = stack.pipeline.upload("a.csv")
    failed = _execution(input={**request.model_dump(exclude_none=True), "settings": {"seed": 7}, "id": "event"})
    stack.pipeline.s3.put_object(Bucket="runs", Key="one/state.json", Body=b"{}")
    made = logged(stack.mlflow.client, stack.model, {"fraudflow.execution_arn": failed.arn})
    stack.mlflow.client.set_terminated(made.run_id, "FAILED")

    assert stack.control.why_no_redrive(failed) is None
    arn = stack.control.redrive(failed)

    given = json.loads(stack.pipeline.machines.describe_execution(executionArn=arn)["input"])
    read = UploadRequest.model_validate(given)
    assert (read.key, read.settings, read.redrive, read.id) == ("a.csv", {"seed": 7}, "one", None)
    tracked = stack.mlflow.client.get_run(made.run_id)
    assert tracked.info.status == "RUNNING"
    assert tracked.data.tags["fraudflow.execution_arn"] == arn
    assert tracked.data.tags["fraudflow.redriven_from"] == "one"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("SUCCEEDED", r"because it has not failed by itself \(SUCCEEDED\): `fraudflow rerun one`, or the button"),
        ("ABORTED", "has not failed by itself"),
        ("FAILED", "has left no state to go on from"),
    ],
)
def test_what_has_no_state_to_go_on_from_is_not_redriven(stack: Stack, status: str, said: str) -> None:
    with pytest.raises(RemovalError, match=said) as refused:
        stack.control.redrive(_execution(status=status))
    assert stack.control.why_no_redrive(_execution(status=status)) == str(refused.value)
