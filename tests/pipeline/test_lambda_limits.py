"""What a user is told where a function reaches what Lambda allows: memory, 900 seconds, the scratch directory."""

import errno
from typing import Any

import pytest

from functions.adapters.s3 import S3ObjectStore
from functions.run.failing import REASON_TAG, STATUS_TAG
from tests.pipeline.machine import SCORING_DEFINITION, Pipeline, csv
from tests.tables import frame

MEMORY = "A function was stopped because it used more memory than it is given: give it more (FRAUDFLOW_DATA_MEMORY on"
TIME = (
    "A state took longer than it may: run it again when the machine has less to do (on AWS, with more of the template"
)
DISK = "could not be kept in the scratch directory: No space left on device. It has"


class Ended(Exception):  # noqa: N818 - stands for what Lambda says of a process that is no more
    """An error by the name that Lambda gives it, as the process could not."""


def ended(kind: str, message: str) -> Exception:
    return type(kind, (Ended,), {})(message)


OUT_OF_MEMORY = ended("Runtime.OutOfMemory", "RequestId: 1 Error: Runtime exited with error: signal: killed")
OUT_OF_TIME = ended("Sandbox.Timedout", "2026-11-30T20:00:00Z 1 Task timed out after 900.00 seconds")


def full(*_: object, **__: object) -> Any:  # noqa: ANN401 - takes the place of what returns anything
    raise OSError(errno.ENOSPC, "No space left on device")


def told(pipeline: Pipeline, execution: dict[str, Any]) -> str:
    """Return the sentence of an execution that has failed, which is the same wherever it is told."""
    assert execution["status"] == "FAILED"
    tags = pipeline.tags()
    assert tags[STATUS_TAG] == "failed"
    sentence: str = execution["cause"]
    assert tags[REASON_TAG][:20] == sentence[:20]  # a tag holds 256 characters, and not every one
    return sentence


@pytest.mark.parametrize(
    ("state", "error", "sentence", "shape"),
    [
        ("LoadData", OUT_OF_MEMORY, MEMORY, "fewer rows or columns"),
        ("TrainModel", OUT_OF_MEMORY, MEMORY, "fewer rows (it has 600 rows and 5 columns)"),
        ("TrainModel", OUT_OF_TIME, TIME, "(FRAUDFLOW_CANDIDATES)"),
    ],
)
def test_a_run_that_is_stopped_says_by_which_limit_and_what_to_do(
    pipeline: Pipeline, state: str, error: Exception, sentence: str, shape: str
) -> None:
    pipeline.fail_once(state, error)
    said = told(pipeline, pipeline.run(pipeline.upload(csv(frame(600)))))
    assert said.startswith(sentence)
    assert shape in said


def test_a_run_whose_scratch_directory_is_full_says_so(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3ObjectStore, "download", full)
    said = told(pipeline, pipeline.run(pipeline.upload(csv(frame(600)))))
    assert DISK in said
    assert "LoadDataStorage" in said


@pytest.fixture
def scoring(reigned: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Return a pipeline whose champion scores batches."""
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "scores")
    monkeypatch.setenv("FRAUDFLOW_MODEL_NAME", "fraud-detector")
    reigned.s3.create_bucket(Bucket="scores")
    return reigned


@pytest.mark.parametrize(("error", "sentence"), [(OUT_OF_MEMORY, MEMORY), (OUT_OF_TIME, TIME)])
@pytest.mark.parametrize("state", ["CheckBatch", "ScoreParts"])
def test_a_batch_that_is_stopped_says_by_which_limit_and_what_to_do(
    scoring: Pipeline, state: str, error: Exception, sentence: str
) -> None:
    scoring.fail_once(state, error)
    said = told(scoring, scoring.run(scoring.upload(csv(frame(100))), SCORING_DEFINITION))
    assert said.startswith(sentence)
    assert said.endswith("or upload fewer rows or columns.")  # it trains nothing


def test_a_batch_whose_scratch_directory_is_full_says_so(scoring: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3ObjectStore, "download", full)
    said = told(scoring, scoring.run(scoring.upload(csv(frame(100))), SCORING_DEFINITION))
    assert DISK in said
    assert "LoadDataStorage" in said
