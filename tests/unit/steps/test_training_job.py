"""A training job of a candidate: what it is started with, and what is made of its end."""

import json
from typing import Any

import pytest

from functions.contracts import (
    CandidateForJob,
    Execution,
    ReadTrainedModelInput,
    StateError,
    ToldError,
    TrainingJob,
    TrainingJobDocument,
    WriteTrainingJobInput,
)
from functions.core.errors import FraudflowError, InvalidSettingsError, TargetError, TrainingJobError, WorkerLostError
from functions.run.dependencies import TrainModelDependencies
from functions.settings import Algorithm
from functions.train_model import training_job
from functions.worker_settings import TrainingJobs
from tests.runs import Run, World
from tests.tables import frame

JOBS = TrainingJobs(
    role="arn:aws:iam::123456789012:role/fraudflow-TrainingJobRole-1",
    image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraudflow/functions@sha256:0",
    instance_type="ml.m5.4xlarge",
    instances=3,
    prefix="fraudflow",
    region="eu-west-1",
)


@pytest.fixture(scope="module")
def run() -> Run:
    return Run(frame(300))


@pytest.fixture
def world() -> World:
    return World()


def write(
    run: Run,
    world: World,
    candidate: Algorithm = "lightgbm",
    *,
    job: TrainingJob | None = None,
    failure: StateError | None = None,
    jobs: TrainingJobs | None = JOBS,
    **settings: Any,  # noqa: ANN401 - a setting's
) -> TrainingJob:
    asked = CandidateForJob(
        execution=run.execution,
        settings=run.settings.model_copy(update=settings),
        splits=run.splits,
        candidate=candidate,
        job=job,
        failure=failure,
    )
    dependencies = TrainModelDependencies(world.files, 2, world.clock, training_jobs=jobs)
    return training_job.write(WriteTrainingJobInput(execution=run.execution, write=asked), dependencies)


def read(world: World, job: TrainingJob) -> object:
    event = ReadTrainedModelInput(execution=Execution(arn="arn:one", name="one", started_at="now"), read=job)
    return training_job.read(event, TrainModelDependencies(world.files, 2, world.clock))


def told(world: World, job: TrainingJob, error: FraudflowError | ZeroDivisionError) -> None:
    said = ToldError(error_type=type(error).__name__, message=str(error))
    world.store.write(job.error_uri, said.model_dump_json().encode(), "application/json")


def test_the_hosts_read_what_trainmodel_would_have_been_asked_for(run: Run, world: World) -> None:
    job = write(run, world)
    document = TrainingJobDocument.model_validate_json(world.store.read(str(job.request["HyperParameters"]["job"])))  # type: ignore[index,call-overload]
    assert (document.asked.candidate, document.asked.splits) == ("lightgbm", run.splits)
    assert document.folder == f"s3://runs/one/lightgbm_job/{job.name}"
    assert document.result_uri == job.result_uri == "s3://runs/one/lightgbm_job/result.json"
    assert job.request["Environment"] == {
        "FRAUDFLOW_RUNS_BUCKET": "runs",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONPATH": "/var/task",
    }
    assert not job.is_trained


@pytest.mark.parametrize(
    ("candidate", "settings", "instances"),
    [
        ("lightgbm", {}, 3),
        ("lightgbm", {"imbalance": "smote"}, 1),
        ("logistic_regression", {}, 1),
        ("hist_gradient_boosting", {}, 1),
    ],
)
def test_only_what_hosts_train_together_has_several(
    run: Run, world: World, candidate: Algorithm, settings: dict[str, Any], instances: int
) -> None:
    request = write(run, world, candidate, **settings).request
    assert request["ResourceConfig"]["InstanceCount"] == instances  # type: ignore[index,call-overload]
    assert request["EnableInterContainerTrafficEncryption"] == (instances > 1)


def test_a_name_is_of_the_stack_and_no_other_job_has_it(run: Run, world: World) -> None:
    long = JOBS.model_copy(update={"prefix": f"a{'b' * 40}"})
    names = {write(run, world, "hist_gradient_boosting", jobs=jobs).name for jobs in (JOBS, JOBS, long, long)}
    assert len(names) == 4
    assert all(name.startswith(("fraudflow-", "abbb")) and len(name) <= 63 for name in names)


def test_a_stack_that_starts_no_jobs_says_so(run: Run, world: World) -> None:
    with pytest.raises(InvalidSettingsError, match="TrainingInstanceType"):
        write(run, world, jobs=None)


def test_a_candidate_that_is_there_is_read_whatever_became_of_its_job(run: Run, world: World) -> None:
    first = write(run, world)
    candidate = run.candidates[0]
    world.store.write(first.result_uri, candidate.model_dump_json().encode(), "application/json")
    job = write(run, world, job=first, failure=StateError(Error="States.TaskFailed", Cause="{}"))
    assert job.is_trained
    assert read(world, job) == candidate


def test_a_lost_host_is_worth_one_more_try(run: Run, world: World) -> None:
    first = write(run, world)
    told(world, first, WorkerLostError("Host 1 has died."))
    second = write(run, world, job=first, failure=StateError(Error="States.TaskFailed", Cause="{}"))
    assert (first.attempt, second.attempt) == (1, 2)
    told(world, second, WorkerLostError("Host 2 has died."))
    with pytest.raises(WorkerLostError, match=r"^Host 2 has died\.$"):
        write(run, world, job=second, failure=StateError(Error="States.TaskFailed", Cause="{}"))


def test_what_the_first_host_says_is_the_error(run: Run, world: World) -> None:
    job = write(run, world)
    told(world, job, TargetError("There are no frauds."))
    with pytest.raises(TargetError, match=r"^There are no frauds\.$"):
        write(run, world, job=job, failure=StateError(Error="States.TaskFailed", Cause="{}"))
    told(world, job, ZeroDivisionError("a bug"))
    with pytest.raises(TrainingJobError, match="failed with ZeroDivisionError: a bug"):
        read(world, job)


def described(**job: str) -> str:
    """Return what Step Functions makes the cause of a job that failed: SageMaker's description of it."""
    return json.dumps({"TrainingJobName": "x", "TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", **job})


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (
            "States.TaskFailed",
            described(FailureReason="AlgorithmError: , exit code: 1"),
            r"failed: .*exit code: 1; its log",
        ),
        ("States.TaskFailed", described(FailureReason="AlgorithmError: , exit code: 137"), "for want of memory"),
        ("States.TaskFailed", described(TrainingJobStatus="Stopped", SecondaryStatus="Stopped"), "it was stopped"),
        ("States.TaskFailed", described(SecondaryStatus="MaxRuntimeExceeded"), "took longer than it may"),
        ("States.Timeout", "", "took longer than it may"),
        (
            "SageMaker.ResourceLimitExceededException",
            "The limit is 0 Instances.",
            r"failed: The limit is 0 Instances; its",
        ),
        ("SageMaker.AmazonSageMakerException", "", "failed: SageMaker.AmazonSageMakerException"),
    ],
)
def test_what_sagemaker_says_is_the_error_where_no_host_said_why(
    run: Run, world: World, error: str, cause: str, said: str
) -> None:
    job = write(run, world)
    with pytest.raises(TrainingJobError, match=said) as raised:
        write(run, world, job=job, failure=StateError(Error=error, Cause=cause))
    assert job.name in str(raised.value)


def test_sagemakers_own_trouble_is_worth_one_more_try(run: Run, world: World) -> None:
    cause = described(FailureReason="InternalServerError: We encountered an internal error. Please try again.")
    job = write(run, world, job=write(run, world), failure=StateError(Error="States.TaskFailed", Cause=cause))
    assert job.attempt == 2


def test_a_job_that_seemed_to_succeed_and_left_nothing_is_told(run: Run, world: World) -> None:
    with pytest.raises(TrainingJobError, match="has ended and left no model"):
        read(world, write(run, world))
