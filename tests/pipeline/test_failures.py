"""Runs that fail, at whichever state, and errors that a retry overcomes."""

import html
import json
from collections import Counter
from typing import Any

import pytest

from functions.contracts.failures import left_out
from functions.core.errors import StorageUnavailableError, TrackingUnavailableError
from functions.core.report import plots
from functions.log_metrics import step as log_metrics
from functions.log_metrics.plot_artifacts import draw
from infra.system.processes import wait_until
from tests.pipeline.machine import FAILED_TO_LOAD, HANGS_AFTER_SECONDS, Pipeline, csv, succeeded
from tests.pipeline.marks import thorough
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
    assert [sample.metric.name for sample in samples] == ["last_failure_timestamp_seconds", "failed_run_info"]
    assert grouping == {"outcome": "failed", "error": "RaggedRowsError", "model": ""}


def test_a_key_that_does_not_exist_is_a_typed_error(pipeline: Pipeline) -> None:
    execution = pipeline.run({"bucket": "uploads", "key": "none.csv"})
    assert execution["error"] == "UploadNotFoundError"
    assert "none.csv" in execution["cause"]


@pytest.mark.thorough
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
        *("TrainModel", "OpenRun", "RegisterModel"),
        *thorough("PreprocessData", "SelectModel", "EvaluateModel", "LogModel", "LogMetrics", "PublishResults"),
    ],
)
def test_an_unexpected_error_in_any_state_that_decides_is_recorded_at_once(pipeline: Pipeline, state: str) -> None:
    pipeline.fail_once(state, ZeroDivisionError("a bug"))
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    assert (execution["error"], execution["cause"]) == ("ZeroDivisionError", "a bug")
    assert pipeline.visited(execution["executionArn"])[-2:] == ["RecordFailure", "PipelineFailed"]
    assert pipeline.invoked.count(state) == 1


@pytest.mark.parametrize("state", ["TrainModel", *thorough("SelectModel", "EvaluateModel", "RegisterModel")])
def test_a_run_that_fails_beside_or_after_its_opening_is_failed_in_mlflow_too(pipeline: Pipeline, state: str) -> None:
    def fail(_: dict[str, Any]) -> None:
        # A state that fails sooner may keep OpenRun from being invoked at all.
        assert wait_until(lambda: "OpenRun" in pipeline.invoked, HANGS_AFTER_SECONDS)
        raise ZeroDivisionError("a bug")

    pipeline.faults[state] = [fail]
    name = pipeline.run(pipeline.upload(csv(frame(600))))["name"]

    def status() -> tuple[str, str]:
        run = pipeline.tracking.runs.get(f"run-of-{name}")
        return (run.status, run.reason) if run else ("", "")

    # OpenRun goes on when a state beside it has failed.
    assert wait_until(lambda: status() == ("FAILED", "a bug"), HANGS_AFTER_SECONDS)


@pytest.mark.thorough
def test_a_failure_that_can_not_be_recorded_shows_the_first_error(pipeline: Pipeline) -> None:
    pipeline.fail_once("RecordFailure", ZeroDivisionError("another bug"))
    execution = pipeline.run(pipeline.upload(b""))
    assert execution["error"] == "EmptyFileError"
    assert pipeline.visited(execution["executionArn"])[-1] == "FailureNotRecorded"


def test_a_failed_upload_is_tagged_in_the_version_that_failed(pipeline: Pipeline) -> None:
    pipeline.s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})

    def overwrite(_: dict[str, Any]) -> None:
        pipeline.upload(b"newer")
        raise ZeroDivisionError("a bug")

    pipeline.faults["TrainModel"] = [overwrite]
    pipeline.run(pipeline.upload(csv(frame(600))))
    assert pipeline.tags() == {}


class Gone(Exception):  # noqa: N818 - stands for what Lambda says of a process that is no more
    """An error that kills a function, by the name that Lambda gives it."""


def dies_as(kind: str, message: str) -> Exception:
    return type(kind, (Gone,), {})(message)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (dies_as("Runtime.OutOfMemory", "signal: killed"), "more memory than it is given"),
        pytest.param(
            dies_as("Sandbox.Timedout", "2026 Task timed out after 300.00 seconds"),
            "longer than it may",
            marks=pytest.mark.thorough,
        ),
        (ZeroDivisionError("a bug"), "ZeroDivisionError: a bug"),
    ],
)
def test_a_run_whose_model_can_not_be_explained_succeeds_and_says_so(
    pipeline: Pipeline, error: Exception, why: str
) -> None:
    pipeline.fail_once("ExplainModel", error)
    output = succeeded(pipeline, pipeline.upload(csv(frame(600))))
    assert output.registration.alias == "champion"
    assert "NotExplained" in pipeline.visited(output.execution.arn)
    assert output.examined.explanation.uri is None
    [sentence] = left_out(output.results.drift, output.examined.explanation, output.examined.log, output.dataset)
    assert sentence.startswith("Feature importances are missing, as ExplainModel failed: ")
    assert why in sentence
    assert html.escape(sentence, quote=False) in html.unescape(pipeline.read(output.publication.report_uri).decode())
    artifacts = pipeline.tracking.runs[output.results.run.mlflow_run_id].artifacts
    assert artifacts["left_out.txt"].decode() == sentence
    assert "importances.json" not in artifacts


@pytest.mark.thorough
def test_a_run_whose_drift_can_not_be_measured_is_compared_with_the_champion_all_the_same(reigned: Pipeline) -> None:
    reigned.fail_once("DetectDrift", ZeroDivisionError("a bug"))
    output = succeeded(reigned, reigned.upload(csv(frame(900, seed=1))))
    drift, registration = output.results.drift, output.registration
    assert (drift.verdict, drift.champion_scores) == ("not_measured", None)
    decision = json.loads(reigned.read(registration.decision_uri or ""))
    assert decision["comparison"]["paired"]["rows"] > 0
    assert decision["drifted"] is False
    said = left_out(drift, output.examined.explanation, output.examined.log, output.dataset)
    assert said == ["Drift was not measured, as DetectDrift failed: ZeroDivisionError: a bug"]


def test_a_plot_that_can_not_be_drawn_is_left_out_of_a_run_that_succeeds(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise ValueError("no such font")

    monkeypatch.setattr(log_metrics, "draw", draw)
    monkeypatch.setattr(plots, "cost_curve", fail)
    output = succeeded(pipeline, pipeline.upload(csv(frame(600))))
    artifacts = pipeline.tracking.runs[output.results.run.mlflow_run_id].artifacts
    assert "figures/cost_curve.svg" not in artifacts
    assert "figures/reliability_curve.svg" in artifacts
    [sentence] = left_out(output.results.drift, output.examined.explanation, output.examined.log, output.dataset)
    assert sentence == "Plots that could not be drawn: cost_curve (ValueError: no such font)."
