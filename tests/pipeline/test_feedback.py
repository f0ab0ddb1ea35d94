"""The feedback machine, walked by moto with the real handlers: labels are joined, or refused with a sentence."""

from typing import Any

import pytest

from functions.contracts.label_files import FeedbackOutput
from functions.decisions.decision_parts import part_key, to_parquet
from functions.run.failing import REASON_TAG, STATUS_TAG
from tests.decided import AT, decided
from tests.pipeline.machine import FEEDBACK_DEFINITION, Pipeline
from tests.pipeline.permissions import Recorder, forbidden


@pytest.fixture
def feedback(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "loop")
    monkeypatch.setenv("FRAUDFLOW_DECISIONS_BUCKET", "decisions")
    for bucket in ("labels", "loop", "decisions"):
        pipeline.s3.create_bucket(Bucket=bucket)
    return pipeline


def sent(feedback: Pipeline, body: bytes) -> dict[str, Any]:
    feedback.s3.put_object(Bucket="labels", Key="march.csv", Body=body)
    return feedback.run({"bucket": "labels", "key": "march.csv"}, FEEDBACK_DEFINITION)


def test_labels_find_their_decisions(feedback: Pipeline) -> None:
    body = to_parquet([decided("a"), decided("b")])
    feedback.s3.put_object(Bucket="decisions", Key=part_key(AT.date(), "part"), Body=body)
    execution = sent(feedback, b"transaction_id,label\na,fraud\nunknown,legit\n")
    assert execution["status"] == "SUCCEEDED", execution
    output = FeedbackOutput.model_validate_json(execution["output"])
    assert (output.joined.matched, output.joined.unmatched, output.joined.frauds) == (1, 1, 1)


def test_a_file_that_is_wrong_is_recorded_and_tagged(feedback: Pipeline) -> None:
    execution = sent(feedback, b"id,label\na,1\n")
    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidLabelsError")
    assert execution["cause"].startswith("march.csv has no column 'transaction_id'")
    tags = feedback.s3.get_object_tagging(Bucket="labels", Key="march.csv")["TagSet"]
    told = {tag["Key"]: tag["Value"] for tag in tags}
    assert (told[STATUS_TAG], "has no column" in told[REASON_TAG]) == ("failed", True)


def test_an_input_that_names_no_file_is_refused(feedback: Pipeline) -> None:
    execution = feedback.run(["else"], FEEDBACK_DEFINITION)
    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidInputError")


def test_its_functions_may_do_what_they_do(feedback: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, feedback)
    body = to_parquet([decided("a")])
    feedback.s3.put_object(Bucket="decisions", Key=part_key(AT.date(), "part"), Body=body)
    assert sent(feedback, b"transaction_id,label\na,fraud\n")["status"] == "SUCCEEDED"
    assert sent(feedback, b"id,label\na,1\n")["status"] == "FAILED"
    assert set(recorder.calls) == {"CheckLabels", "JoinLabels", "RecordFeedbackFailure"}
    assert not forbidden(recorder)
