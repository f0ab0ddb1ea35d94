"""Reports about a run, and in particular why it failed."""

import datetime as dt
import json
from pathlib import Path

import pytest

from infra.runs.execution import ExecutionStatus, PipelineExecution, failure
from infra.runs.run_report import describe

OUTPUT = (Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text()
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def execution(
    status: ExecutionStatus, *, output: str | None = None, error: str | None = None, cause: str | None = None
) -> PipelineExecution:
    stopped = AT + dt.timedelta(seconds=9)
    return PipelineExecution(
        arn="arn:x:one", name="one", status=status, started=AT, stopped=stopped, output=output, error=error, cause=cause
    )


def test_success_has_every_field_and_no_error() -> None:
    run = describe(
        execution("SUCCEEDED", output=OUTPUT), [], mlflow_url="http://m", accepted=AT - dt.timedelta(seconds=1)
    )
    report = json.loads(run.report.to_json())
    assert list(report) == [
        *("execution_arn", "status", "dataset", "model", "threshold", "metrics", "brier_score", "intervals", "impact"),
        *("trade_offs", "drift", "states", "seconds", "mlflow_run_url", "report_url", "target", "notes"),
    ]
    assert set(report["dataset"]) == {"rows", "features", "frauds", "digest"}
    assert set(report["model"]) == {"name", "version", "algorithm", "alias", "promoted"}
    assert report["seconds"] == 10
    assert report["mlflow_run_url"].startswith("http://m/#/experiments/1/runs/")


def test_what_was_not_trained_on_is_a_note() -> None:
    document = json.loads(OUTPUT)
    document["splits"]["thinning"] = "Trained on all 3 frauds and 1 in 10 of the 90 legitimate rows."
    plain, thinned = (
        describe(execution("SUCCEEDED", output=each), [], mlflow_url="").notes
        for each in (OUTPUT, json.dumps(document))
    )
    assert set(thinned) - set(plain) == {document["splits"]["thinning"]}


def test_failure_has_its_error() -> None:
    report = describe(execution("FAILED", error="NotCsvError", cause="a.csv is a PNG."), [], mlflow_url="").report
    assert json.loads(report.to_json())["error"] == {"type": "NotCsvError", "message": "a.csv is a PNG."}


@pytest.mark.parametrize(
    ("status", "error", "cause", "expected"),
    [
        ("FAILED", "X", '{"errorType": "Y", "errorMessage": "why", "stackTrace": []}', ("Y", "why")),
        ("FAILED", "X", '{"other": 1}', ("X", '{"other": 1}')),
        ("FAILED", "X", "[1]", ("X", "[1]")),
        ("FAILED", None, None, ("Unknown", "No reason was given.")),
        ("TIMED_OUT", None, None, ("States.Timeout", "The run took longer than it may.")),
        ("ABORTED", None, None, ("Aborted", "The run was stopped before its end.")),
    ],
)
def test_reason_is_one_sentence_however_it_was_put(
    status: ExecutionStatus, error: str | None, cause: str | None, expected: tuple[str, str]
) -> None:
    found = failure(execution(status, error=error, cause=cause))
    assert found is not None
    assert (found.type, found.message) == expected


@pytest.mark.parametrize("status", ["SUCCEEDED", "RUNNING"])
def test_no_failure_no_error(status: ExecutionStatus) -> None:
    assert failure(execution(status)) is None


def test_upload_is_named_as_its_user_named_it() -> None:
    run = execution("RUNNING")
    assert run.model_copy(update={"input": {"id": "1", "key": "a%20%2B%20%C3%A9.csv"}}).upload == "a + é.csv"
    assert run.model_copy(update={"input": {"key": "100%25.csv"}}).upload == "100%25.csv"
