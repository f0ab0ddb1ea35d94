"""What becomes of a run that fails, at whichever state, and of errors that a retry gets over."""

import json
from collections import Counter
from typing import Any

import pytest

from functions.core.errors import StorageUnavailableError, TrackingUnavailableError
from infra.processes import wait_until
from tests.pipeline.conftest import FAILED_TO_LOAD, Pipeline, csv, succeeded
from tests.tables import frame


def test_a_bad_file_fails_at_the_first_state_and_says_why_everywhere(pipeline: Pipeline) -> None:
    upload = pipeline.upload(b"a,b,is_fraud\n1,2,0\n1,2\n")
    execution = pipeline.run(upload)
    arn, name = execution["executionArn"], execution["name"]
    assert (execution["status"], execution["error"]) == ("FAILED", "RaggedRowsError")
    assert "transactions.csv" in execution["cause"]
    assert pipeline.visited(arn) == FAILED_TO_LOAD
    assert pipeline.tags()["fraudflow-status"] == "failed"
    assert pipeline.tags()["fraudflow-error"] == "RaggedRowsError"
    record = json.loads(pipeline.s3.get_object(Bucket="runs", Key=f"{name}/failure.json")["Body"].read())
    assert record["error"]["message"] == execution["cause"]
    assert pipeline.s3.get_object(Bucket="uploads", Key="transactions.csv")["Body"].read().startswith(b"a,b")
    samples, grouping = pipeline.monitoring.pushed[-1]
    assert [sample.metric.name for sample in samples] == ["last_failure_timestamp_seconds"]
    assert grouping == {"outcome": "failed", "error": "RaggedRowsError"}


def test_a_key_that_does_not_exist_is_a_typed_error(pipeline: Pipeline) -> None:
    execution = pipeline.run({"bucket": "uploads", "key": "none.csv"})
    assert execution["error"] == "UploadNotFoundError"
    assert "none.csv" in execution["cause"]


@pytest.mark.parametrize("payload", [{}, {"bucket": "uploads"}, {"bucket": "uploads", "key": "a", "colour": "red"}])
def test_a_wrong_input_names_the_field(pipeline: Pipeline, payload: dict[str, Any]) -> None:
    execution = pipeline.run(payload)
    assert execution["error"] == "InvalidPayloadError"
    assert "upload." in execution["cause"]


def test_a_transient_error_in_any_state_is_tried_again(pipeline: Pipeline) -> None:
    errors = {
        StorageUnavailableError("S3 is slow."): ("LoadData", "PreprocessData", "TrainModel", "SelectModel"),
        TrackingUnavailableError("MLflow is away."): (
            *("DetectDrift", "OpenRun", "LogModel", "LogMetrics", "RegisterModel", "PublishResults"),
        ),
        StorageUnavailableError("S3 is slow again."): ("EvaluateModel", "ExplainModel"),
    }
    states = [(state, error) for error, names in errors.items() for state in names]
    for state, error in states:
        pipeline.fail_once(state, error)
    assert succeeded(pipeline, pipeline.upload(csv(frame(600)))).registration.alias == "champion"
    assert Counter(pipeline.invoked) == {state: 2 for state, _ in states}
    assert len(pipeline.tracking.versions["fraud-detector"]) == 1


@pytest.mark.parametrize(
    "state",
    [
        *("PreprocessData", "TrainModel", "SelectModel", "DetectDrift", "EvaluateModel", "ExplainModel", "LogModel"),
        *("OpenRun", "LogMetrics", "RegisterModel", "PublishResults"),
    ],
)
def test_an_unexpected_error_in_any_state_is_recorded_at_once(pipeline: Pipeline, state: str) -> None:
    pipeline.fail_once(state, ZeroDivisionError("a bug"))
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    assert (execution["error"], execution["cause"]) == ("ZeroDivisionError", "a bug")
    assert pipeline.visited(execution["executionArn"])[-2:] == ["RecordFailure", "PipelineFailed"]
    assert pipeline.invoked.count(state) == 1


@pytest.mark.parametrize("state", ["TrainModel", "DetectDrift", "EvaluateModel", "RegisterModel"])
def test_a_run_that_fails_beside_or_after_its_opening_is_failed_in_mlflow_too(pipeline: Pipeline, state: str) -> None:
    def fail(_: dict[str, Any]) -> None:
        # A state that fails sooner may keep OpenRun from being invoked at all.
        assert wait_until(lambda: "OpenRun" in pipeline.invoked, 30)
        raise ZeroDivisionError("a bug")

    pipeline.faults[state] = [fail]
    name = pipeline.run(pipeline.upload(csv(frame(600))))["name"]

    def status() -> tuple[str, str]:
        run = pipeline.tracking.runs.get(f"run-of-{name}")
        return (run.status, run.reason) if run else ("", "")

    # OpenRun goes on when a state beside it has failed.
    assert wait_until(lambda: status() == ("FAILED", "a bug"), 30)


def test_a_failure_that_can_not_be_recorded_shows_the_first_error(pipeline: Pipeline) -> None:
    pipeline.fail_once("RecordFailure", ZeroDivisionError("another bug"))
    execution = pipeline.run(pipeline.upload(b""))
    assert execution["error"] == "EmptyFileError"
    assert pipeline.visited(execution["executionArn"])[-1] == "FailureNotRecorded"


@pytest.mark.parametrize("own", ["no json", "[1]", '{"seed": "many"}', '{"sede": 1}'])
def test_wrong_settings_with_an_upload_are_a_typed_error(pipeline: Pipeline, own: str) -> None:
    pipeline.s3.put_object(Bucket="uploads", Key="own.csv", Body=b"a,b\n", Metadata={"fraudflow-settings": own})
    execution = pipeline.run({"bucket": "uploads", "key": "own.csv"})
    assert execution["error"] == "InvalidSettingsError"
    assert "own.csv" in execution["cause"]


def test_a_failed_upload_is_tagged_in_the_version_that_failed(pipeline: Pipeline) -> None:
    pipeline.s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})

    def overwrite(_: dict[str, Any]) -> None:
        pipeline.upload(b"newer")
        raise ZeroDivisionError("a bug")

    pipeline.faults["TrainModel"] = [overwrite]
    pipeline.run(pipeline.upload(csv(frame(600))))
    assert pipeline.tags() == {}
