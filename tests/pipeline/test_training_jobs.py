"""The road by a training job, walked: SageMaker is played by the first host's own program, in this process."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions import connections, wiring
from functions.collective.training_together import Member
from functions.contracts import PipelineOutput, ToldError, TrainingJobDocument
from functions.training_worker.leading import lead
from tests.pipeline.machine import Pipeline, csv, succeeded
from tests.tables import frame

JOBS = {
    "role": "arn:aws:iam::123456789012:role/fraudflow-TrainingJobRole-1",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraudflow/functions@sha256:0",
    "instance_type": "ml.m5.4xlarge",
    "instances": 1,
    "prefix": "fraudflow",
    "region": "us-east-1",
}
ROAD = ["WhereToTrain", "WriteTrainingJob", "IsTrained", "RunTrainingJob"]

type Play = Callable[[dict[str, Any], TrainingJobDocument], None]


class SageMaker:
    """What the state machine sees of it: jobs that it asks for, and how each goes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.requests: list[dict[str, Any]] = []
        self.plays: list[Play] = []
        self._invoke = pipeline.invoke

    def invoke(self, state: str, event: dict[str, Any]) -> dict[str, Any]:
        if state != "RunTrainingJob":
            return self._invoke(state, event)
        self.requests.append(event)
        store = connections.store_of(event["HyperParameters"]["job"])
        document = TrainingJobDocument.model_validate_json(store.read(event["HyperParameters"]["job"]))
        (self.plays.pop(0) if self.plays else trained)(event, document)
        return {"TrainingJobName": event["TrainingJobName"], "TrainingJobStatus": "Completed"}


def trained(event: dict[str, Any], document: TrainingJobDocument) -> None:
    store = connections.store_of(event["HyperParameters"]["job"])
    lead(store, document, Member("algo-1", "127.0.0.1", 2), 1, hosts_seconds=1.0)


def failed(told: ToldError | None) -> Play:
    def play(event: dict[str, Any], document: TrainingJobDocument) -> None:
        if told is not None:
            store = connections.store_of(document.error_uri)
            store.write(document.error_uri, told.model_dump_json().encode(), "application/json")
        raise RuntimeError(f"{event['TrainingJobName']} failed")

    return play


@pytest.fixture
def sagemaker(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    monkeypatch.setenv("FRAUDFLOW_TRAINING_JOBS", json.dumps(JOBS))
    monkeypatch.setenv("FRAUDFLOW_TRAINING_JOB_ROWS", "300")
    sagemaker = SageMaker(pipeline)
    monkeypatch.setattr(pipeline, "invoke", sagemaker.invoke)
    return sagemaker


def test_many_rows_are_trained_on_by_a_job_with_the_same_model(pipeline: Pipeline, sagemaker: SageMaker) -> None:
    plain = succeeded(pipeline, pipeline.upload(csv(frame(600)), training_job_rows=361))
    assert not sagemaker.requests
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    visited = pipeline.visited(execution["executionArn"])
    assert [name for name in visited if name in {*ROAD, "ReadTrainedModel", "TrainModel"}] == [
        *ROAD,
        "ReadTrainedModel",
    ]
    output = PipelineOutput.model_validate_json(execution["output"])
    assert output.settings.training_job_rows == 300
    [ours], [theirs] = output.results.model.candidates, plain.results.model.candidates
    own = {"uri", "scores_uri", "seconds"}
    assert ours.model_dump(exclude=own) == theirs.model_dump(exclude=own)
    assert output.evaluation.metrics == plain.evaluation.metrics
    [request] = sagemaker.requests
    assert request["ResourceConfig"]["InstanceCount"] == 1


def test_a_job_that_lost_a_host_is_tried_once_more_by_another_name(pipeline: Pipeline, sagemaker: SageMaker) -> None:
    sagemaker.plays = [failed(ToldError(error_type="WorkerLostError", message="Host 1 has died."))]
    assert succeeded(pipeline, pipeline.upload(csv(frame(600))))
    first, second = (each["TrainingJobName"] for each in sagemaker.requests)
    assert first != second


@pytest.mark.parametrize(
    ("told", "kind", "said"),
    [
        (ToldError(error_type="TargetError", message="There are no frauds."), "TargetError", "There are no frauds."),
        (
            ToldError(error_type="ZeroDivisionError", message="a bug"),
            "TrainingJobError",
            "with ZeroDivisionError: a bug",
        ),
        (None, "TrainingJobError", "The training job fraudflow-"),
    ],
)
def test_why_a_job_failed_is_why_the_run_did(
    pipeline: Pipeline, sagemaker: SageMaker, told: ToldError | None, kind: str, said: str
) -> None:
    sagemaker.plays = [failed(told)]
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    assert (execution["status"], execution["error"]) == ("FAILED", kind)
    assert said in execution["cause"]
    assert len(sagemaker.requests) == 1
    assert pipeline.tags()["fraudflow-error"] == kind


def test_a_host_is_lost_twice_and_no_third_time(pipeline: Pipeline, sagemaker: SageMaker) -> None:
    lost = failed(ToldError(error_type="WorkerLostError", message="Host 1 has died."))
    sagemaker.plays = [lost, lost]
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    assert (execution["error"], execution["cause"]) == ("WorkerLostError", "Host 1 has died.")
    assert len(sagemaker.requests) == 2


def test_a_stack_without_training_jobs_refuses_a_run_that_asks_for_one(pipeline: Pipeline) -> None:
    execution = pipeline.run(pipeline.upload(csv(frame(600)), training_job_rows=100))
    assert execution["error"] == "InvalidSettingsError"
    assert execution["cause"].startswith("training_job_rows is set, and this stack starts no training jobs")


def test_a_redriven_run_takes_the_road_that_the_stack_has_by_now(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = pipeline.upload(csv(frame(600)))
    pipeline.fail_once("TrainModel", ZeroDivisionError("a bug"))
    first = pipeline.run(upload)
    for name, value in (("JOBS", json.dumps(JOBS)), ("JOB_ROWS", "300")):
        monkeypatch.setenv(f"FRAUDFLOW_TRAINING_{name}", value)
    made: list[Any] = [wiring.load_data, wiring.train_model]
    for each in made:
        each.cache_clear()
    sagemaker = SageMaker(pipeline)
    monkeypatch.setattr(pipeline, "invoke", sagemaker.invoke)
    assert succeeded(pipeline, {**upload, "redrive": first["name"]})
    assert len(sagemaker.requests) == 1
