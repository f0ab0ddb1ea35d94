"""A failed run that goes on from the state in which it failed, as a run of its own."""

import json

import pytest

from functions.contracts import PipelineOutput
from tests.pipeline.machine import Pipeline, csv
from tests.pipeline.marks import thorough
from tests.tables import frame

# The states of the main lane, and the one in each that is made to fail.
LANE = {
    "PreprocessData": "PreprocessData",
    "TrainAndDetectDrift": "SelectModel",
    "ExamineModel": "LogModel",
    "RegisterModel": "RegisterModel",
    "PublishResults": "PublishResults",
}


@pytest.mark.parametrize(
    "place", ["RegisterModel", *thorough("PreprocessData", "TrainAndDetectDrift", "ExamineModel", "PublishResults")]
)
def test_a_redriven_run_goes_on_where_the_first_failed(pipeline: Pipeline, place: str) -> None:
    upload = pipeline.upload(csv(frame(600)))
    pipeline.fail_once(LANE[place], ZeroDivisionError("a bug"))
    failed = pipeline.run(upload)
    assert failed["error"] == "ZeroDivisionError"
    pipeline.invoked.clear()

    execution = pipeline.run({**upload, "redrive": failed["name"]})

    assert execution["status"] == "SUCCEEDED", execution
    visited = pipeline.visited(execution["executionArn"])
    assert visited[:3] == ["LoadData", "GoOn", place]
    lane = [name for name in LANE if name in visited]
    assert lane == list(LANE)[list(LANE).index(place) :]
    output = PipelineOutput.model_validate_json(execution["output"])
    assert output.execution.name == execution["name"]
    assert output.registration.version == "1"
    assert output.dataset.uri.startswith(f"s3://runs/{failed['name']}/")
    ended, started = (
        json.loads(pipeline.read(f"s3://runs/_{kind}/{execution['name']}.json")) for kind in ("ended", "started")
    )
    # By which it would be resumed after a crash.
    assert (ended["outcome"], started["input"]["redrive"]) == ("succeeded", failed["name"])


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (b'{"schema_version": 1, "state": {"dataset": {}}}', "is of another release (upload: Field required)"),
        (b"{", "it is damaged or cut short"),
        (b'{"schema_version": 99, "release": "9.9.9"}', "was written by fraudflow 9.9.9"),
    ],
)
def test_what_can_not_be_gone_on_from_is_said_in_a_sentence(pipeline: Pipeline, state: bytes, said: str) -> None:
    upload = pipeline.upload(csv(frame(600)))
    pipeline.s3.put_object(Bucket="runs", Key="earlier/state.json", Body=state)
    execution = pipeline.run({**upload, "redrive": "earlier"})
    assert said in execution["cause"]


def test_a_run_that_loaded_nothing_keeps_no_state(pipeline: Pipeline) -> None:
    name = pipeline.run(pipeline.upload(b""))["name"]
    keys = [each["Key"] for each in pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{name}/")["Contents"]]
    assert f"{name}/state.json" not in keys
