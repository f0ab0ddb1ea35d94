"""Each function may do what it does, and nothing more: its calls to AWS, recorded, against its role in the template."""

import pytest

from functions import connections
from functions.adapters import aws
from functions.adapters.stepfunctions import StepFunctionsExecutions
from tests.pipeline.machine import Pipeline
from tests.pipeline.permissions import Recorder, forbidden, grants_of, needed
from tests.tables import frame

STATES = (
    *("LoadData", "PreprocessData", "TrainModel", "SelectModel", "DetectDrift", "EvaluateModel", "ExplainModel"),
    *("OpenRun", "LogModel", "LogMetrics", "RegisterModel", "PublishResults", "RecordFailure"),
)


@pytest.fixture
def recorded(reigned: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Walk every path on which a function calls AWS in another way."""
    monkeypatch.setattr(connections, "executions", lambda: StepFunctionsExecutions(client=aws.stepfunctions_client()))
    recorder = Recorder(monkeypatch, reigned)
    good, bad = (rows.to_csv(index=False).encode() for rows in (frame(600), frame(600).drop(columns="is_fraud")))
    # What a bucket held before it kept versions has none that could be named.
    assert reigned.run(reigned.upload(bad))["status"] == "FAILED"
    reigned.s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    delivered = event(reigned, good, candidates=["lightgbm", "logistic_regression", "ensemble"])
    assert [reigned.run(delivered)["status"] for _ in range(2)] == ["SUCCEEDED"] * 2  # the second is a duplicate
    reigned.tracking.aliases.clear()  # so that the next version becomes the champion
    assert reigned.run(event(reigned, good, key="copy.csv"))["status"] == "SUCCEEDED"
    assert reigned.run(event(reigned, bad))["status"] == "FAILED"
    assert reigned.run({"bucket": "uploads", "key": "none.csv"})["status"] == "FAILED"
    reigned.fail_once("RegisterModel", ValueError("enough"))
    failed = reigned.run(event(reigned, good, key="late.csv"))
    redriven = {"bucket": "uploads", "key": "late.csv", "redrive": failed["name"]}
    assert reigned.run(redriven)["status"] == "SUCCEEDED"
    return recorder


def event(pipeline: Pipeline, body: bytes, key: str = "transactions.csv", **settings: object) -> dict[str, str]:
    """Upload a file; give what EventBridge makes of it."""
    upload = pipeline.upload(body, key, **settings)
    version = pipeline.s3.head_object(Bucket="uploads", Key=key)["VersionId"]
    return {**upload, "version_id": version, "id": "event"}


@pytest.mark.thorough
def test_a_function_may_do_what_it_does_and_nothing_more(recorded: Recorder) -> None:
    assert set(recorded.calls) == set(STATES)
    wrong = forbidden(recorded)
    for state, calls in recorded.calls.items():
        wrong += [f"{state} need not {each}" for each in set(grants_of(state)) if not needed(each, calls)]
    assert not wrong, "\n".join(sorted(wrong))
