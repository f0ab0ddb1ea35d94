"""The road by a training job: who takes it, and that what it asks of SageMaker is what SageMaker's API takes."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from functions import contracts
from functions.contracts.job_contracts import TrainingJob
from functions.settings import RunSettings
from functions.train_model import training_job
from functions.train_model.job_request import job_request
from functions.worker_settings import TrainingJobs
from tests.contract.conftest import Json
from tests.contract.samples import RESULTS
from tests.contract.test_asl_documents import choose, fill, put

ROLE = "arn:aws:iam::123456789012:role/fraudflow-TrainingJobRole-1"
JOBS = TrainingJobs(
    role=ROLE,
    image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraudflow/functions@sha256:" + "0" * 64,
    instance_type="ml.m5.4xlarge",
    instances=2,
    prefix="fraudflow",
    region="eu-west-1",
)
INSIDE = JOBS.model_copy(update={"subnets": "subnet-1,subnet-2", "security_groups": "sg-1", "key": "arn:aws:kms:x:1:k"})


@pytest.fixture(scope="module")
def states(machine: dict[str, Any]) -> dict[str, Any]:
    branch = machine["States"]["TrainAndDetectDrift"]["Branches"][0]["States"]
    found: dict[str, Any] = branch["TrainCandidates"]["ItemProcessor"]["States"]
    return found


def candidate(rows: int, *, kept: int | None = None, of_stack: object = None) -> Json:
    counts = {"train": contracts.SplitCounts(rows=rows, frauds=1, kept=kept)}
    splits = RESULTS["PreprocessData"].model_copy(update={"counts": counts})
    return {
        "execution": {"arn": "arn:one", "name": "one", "started_at": "now"},
        "settings": {**RunSettings().model_dump(mode="json"), "training_job_rows": of_stack},
        "splits": splits.model_dump(mode="json"),
        "candidate": "lightgbm",
    }


@pytest.mark.parametrize(
    ("rows", "kept", "of_stack", "way"),
    [
        (10**9, None, None, "TrainModel"),
        (4_999_999, None, 5_000_000, "TrainModel"),
        (5_000_000, None, 5_000_000, "WriteTrainingJob"),
        (10**8, 4_000_000, 5_000_000, "TrainModel"),
        (10**8, 6_000_000, 5_000_000, "WriteTrainingJob"),
    ],
)
def test_so_many_rows_as_are_trained_on_decide(
    states: dict[str, Any], rows: int, kept: int | None, of_stack: int | None, way: str
) -> None:
    assert choose(states["WhereToTrain"], candidate(rows, kept=kept, of_stack=of_stack)) == way


def test_a_document_of_an_earlier_release_knows_nothing_of_training_jobs(states: dict[str, Any]) -> None:
    document = candidate(10**9)
    del document["settings"]["training_job_rows"]
    assert choose(states["WhereToTrain"], document) == "TrainModel"


def job(jobs: TrainingJobs, *, is_trained: bool = False) -> TrainingJob:
    uri = "s3://runs/one/lightgbm_job/fraudflow-1/job.json"
    return TrainingJob(
        name="fraudflow-1",
        attempt=1,
        result_uri="s3://runs/one/lightgbm_job/result.json",
        error_uri="s3://runs/one/lightgbm_job/fraudflow-1/error.json",
        is_trained=is_trained,
        request=job_request(jobs, "fraudflow-1", uri, "runs", jobs.instances),
    )


@pytest.mark.parametrize(("jobs", "way"), [(JOBS, "RunTrainingJob"), (INSIDE, "RunTrainingJobInNetwork")])
def test_what_is_written_is_run_and_read(states: dict[str, Any], jobs: TrainingJobs, way: str) -> None:
    document = candidate(10**7, of_stack=1)
    written = fill(states["WriteTrainingJob"]["Parameters"], document)
    contracts.WriteTrainingJobInput.model_validate(written)
    document = put(states["WriteTrainingJob"]["ResultPath"], job(jobs).model_dump(mode="json"), document)
    assert choose(states["IsTrained"], document) == way
    request = fill(states[way]["Parameters"], document)
    assert request == job(jobs).request
    _check_by_api(request)
    assert put(states[way]["ResultPath"], {"TrainingJobStatus": "Completed"}, document) == document
    contracts.ReadTrainedModelInput.model_validate(fill(states["ReadTrainedModel"]["Parameters"], document))


def _check_by_api(request: dict[str, Any]) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker").operation_model("CreateTrainingJob")
    assert model.input_shape is not None
    report = ParamValidator().validate(request, model.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_a_job_that_fails_leads_back_with_why_it_did(states: dict[str, Any]) -> None:
    document = {**candidate(10**7, of_stack=1), "job": job(JOBS).model_dump(mode="json")}
    [rule] = states["RunTrainingJob"]["Catch"]
    document = put(rule["ResultPath"], {"Error": "States.TaskFailed", "Cause": "{}"}, document)
    event = contracts.WriteTrainingJobInput.model_validate(fill(states[rule["Next"]]["Parameters"], document))
    assert event.write.failure == contracts.StateError(Error="States.TaskFailed", Cause="{}")
    assert event.write.job == job(JOBS)


def test_what_is_trained_already_is_read_at_once(states: dict[str, Any]) -> None:
    document = {"job": job(INSIDE, is_trained=True).model_dump(mode="json")}
    assert choose(states["IsTrained"], document) == "ReadTrainedModel"


def test_the_names_of_jobs_fit_where_the_stacks_and_the_candidates_are_longest() -> None:
    assert len(f"{'a' * 41}-{'0' * 12}-") < training_job._NAME_LENGTH
