"""The watch machine, walked by moto with the real handlers: a look that has nothing to look at, and one that fails."""

import json
from typing import Any

import pytest
from moto.stepfunctions.parser.backend import execution_worker

from functions import watch_wiring
from functions.core.errors import StorageDeniedError
from tests.pipeline.machine import DEFINITION, Pipeline
from tests.pipeline.permissions import Recorder, forbidden
from tests.unit.steps.gathered import NOW, Circle

WATCH_DEFINITION = DEFINITION.with_name("watch.asl.json")


@pytest.fixture
def watch(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    for name in ("loop", "decisions", "uploads"):
        monkeypatch.setenv(f"FRAUDFLOW_{name.upper()}_BUCKET", name)
    for bucket in ("loop", "decisions"):
        pipeline.s3.create_bucket(Bucket=bucket)
    monkeypatch.setattr(execution_worker, "ExecutionData", _execution_data)
    for each in vars(watch_wiring).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()
    return pipeline


def _execution_data(**told: Any) -> dict[str, Any]:  # noqa: ANN401 - moto's
    """Return the context's execution with its start as a text, as it is on AWS: moto can't write a moment as JSON."""
    return {**told, "StartTime": told["StartTime"].isoformat()}


def failure(watch: Pipeline, execution: dict[str, Any]) -> dict[str, Any]:
    name = execution["executionArn"].rpartition(":")[2]
    body = watch.s3.get_object(Bucket="loop", Key=f"failures/{name}.json")["Body"].read()
    document: dict[str, Any] = json.loads(body)
    return document


def test_without_a_champion_there_is_nothing_to_look_at(watch: Pipeline) -> None:
    execution = watch.run({"cause": "hourly", "id": "one"}, WATCH_DEFINITION)
    assert execution["status"] == "SUCCEEDED", execution
    assert watch.visited(execution["executionArn"]) == ["Begin", "MeasureLoop", "HasChampion", "NoChampionYet"]


@pytest.mark.parametrize("given", [["else"], {"model": ""}, {"by_hand": {"by": "ada"}}, {"modle": "fraud"}])
def test_an_input_that_is_wrong_is_refused_with_what_would_do(watch: Pipeline, given: object) -> None:
    execution = watch.run(given, WATCH_DEFINITION)
    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidInputError")
    assert "{} will do" in execution["cause"]
    assert failure(watch, execution)["input"] == given


def test_a_look_that_fails_is_recorded_with_its_sentence(watch: Pipeline) -> None:
    watch.fail_once("MeasureLoop", StorageDeniedError("S3 refuses the bucket decisions."))
    execution = watch.run({}, WATCH_DEFINITION)
    assert (execution["error"], execution["cause"]) == ("StorageDeniedError", "S3 refuses the bucket decisions.")
    assert watch.visited(execution["executionArn"])[-2:] == ["RecordWatchFailure", "LookFailed"]
    assert failure(watch, execution)["error"]["type"] == "StorageDeniedError"
    ([sample], _) = watch.monitoring.pushed[-1]
    assert sample.labels == {"error": "StorageDeniedError", "model": "fraud-detector"}


@pytest.fixture
def lived(watch: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Return the machine with a champion that has decided for 60 days, of which labels have come back."""
    circle = Circle()
    circle.train()
    circle.decide(900)
    circle.label()
    for uri, body in circle.world.store.objects.items():
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        watch.s3.put_object(Bucket=bucket, Key=key, Body=body)
    vars(watch.tracking).update(vars(circle.world.tracking))
    shared = watch_wiring._shared
    monkeypatch.setattr(watch_wiring, "_shared", lambda own: {**shared(own), "now": lambda: NOW})
    return watch


def test_an_order_gathers_training_data_and_each_function_may_do_what_it_does(
    lived: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch, lived)
    looked = lived.run({"cause": "hourly", "id": "one"}, WATCH_DEFINITION)
    assert looked["status"] == "SUCCEEDED", looked
    assert {"JudgeVersions", "DecideRetraining"} <= set(lived.visited(looked["executionArn"]))
    order = {"by": "ada", "reason": "A test."}
    ordered = lived.run({"cause": "hand", "id": "two", "by_hand": order}, WATCH_DEFINITION)
    assert ordered["status"] == "SUCCEEDED", ordered
    assert "GatherTrainingData" in lived.visited(ordered["executionArn"])
    (upload,) = lived.s3.list_objects_v2(Bucket="uploads", Prefix="loop/")["Contents"]
    assert upload["Size"] > 0
    lived.fail_once("MeasureLoop", StorageDeniedError("S3 refuses the bucket decisions."))
    lived.run({}, WATCH_DEFINITION)
    states = {"MeasureLoop", "JudgeVersions", "DecideRetraining", "GatherTrainingData", "RecordWatchFailure"}
    assert set(recorder.calls) == states
    assert not forbidden(recorder)
