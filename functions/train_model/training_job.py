"""A candidate that a training job of SageMaker trains: what it is started with, and what has become of it."""

import uuid

from functions.contracts import Candidate, StateError, TrainModelInput
from functions.contracts.job_contracts import (
    CandidateForJob,
    ReadTrainedModelInput,
    ToldError,
    TrainingJob,
    TrainingJobDocument,
    WriteTrainingJobInput,
)
from functions.core import errors
from functions.core.errors import (
    FraudflowError,
    InvalidSettingsError,
    TrainingJobError,
    UploadNotFoundError,
    WorkerLostError,
)
from functions.core.training import models
from functions.run.dependencies import RunFiles, TrainModelDependencies
from functions.train_model.by_workers import CANDIDATE, STRATEGIES
from functions.train_model.job_failures import reason_of
from functions.train_model.job_request import MAX_SECONDS, job_request

# A job that has lost a host is tried once more, as workers are.
MOST_ATTEMPTS = 2
_NAME_LENGTH = 63


def write(event: WriteTrainingJobInput, dependencies: TrainModelDependencies) -> TrainingJob:
    """Write what the hosts of a job read, and return what it is started with.

    Raises:
        InvalidSettingsError: when the stack starts no training jobs.
        FraudflowError: why the job before has failed, unless one more may do better.
    """
    asked, files, jobs = event.write, dependencies.files, dependencies.training_jobs
    if jobs is None:
        raise InvalidSettingsError(
            "A training job is to train this candidate, and the stack starts none: give the template's parameter "
            "TrainingInstanceType, or leave out training_job_rows."
        )
    result_uri = files.uri(event.execution, f"{asked.candidate}_job/result.json")
    # By an earlier try, of whose end the state machine has not heard.
    is_trained = files.store.exists(result_uri)
    attempt = 1 if is_trained else _next_attempt(asked, files)
    name = f"{jobs.prefix}-{uuid.uuid4().hex[:12]}-{asked.candidate.replace('_', '-')}"[:_NAME_LENGTH].rstrip("-")
    folder = f"{asked.candidate}_job/{name}"
    document = TrainingJobDocument(
        asked=TrainModelInput.model_validate(asked.model_dump(include=set(TrainModelInput.model_fields))),
        result_uri=result_uri,
        error_uri=files.uri(event.execution, f"{folder}/error.json"),
        seconds=MAX_SECONDS,
    )
    document_uri = files.write_json(event.execution, f"{folder}/job.json", document.model_dump(mode="json"))
    instances = jobs.instances if _is_for_hosts(asked) else 1
    return TrainingJob(
        name=name,
        attempt=attempt,
        result_uri=result_uri,
        error_uri=document.error_uri,
        is_trained=is_trained,
        request=job_request(jobs, name, document_uri, files.bucket, instances),
    )


def read(event: ReadTrainedModelInput, dependencies: TrainModelDependencies) -> Candidate:
    """Return the candidate that a job has trained.

    Raises:
        FraudflowError: as the job's first host tells it, when there is none.
    """
    try:
        return Candidate.model_validate_json(dependencies.files.read(event.read.result_uri))
    except UploadNotFoundError:
        raise _told(event.read, None, dependencies.files) from None


def _next_attempt(asked: CandidateForJob, files: RunFiles) -> int:
    if asked.job is None:
        return 1
    error = _told(asked.job, asked.failure, files)
    if not isinstance(error, WorkerLostError) or asked.job.attempt >= MOST_ATTEMPTS:
        raise error
    return asked.job.attempt + 1


def _told(job: TrainingJob, failure: StateError | None, files: RunFiles) -> FraudflowError:
    """Return why a job has failed: as its first host has written, or else as SageMaker says."""
    try:
        told = ToldError.model_validate_json(files.read(job.error_uri))
    except UploadNotFoundError:
        return reason_of(job.name, failure)
    kind = getattr(errors, told.error_type, None)
    if isinstance(kind, type) and issubclass(kind, FraudflowError):
        return kind(told.message)
    return TrainingJobError(f"The training job {job.name} failed with {told.error_type}: {told.message}")


def _is_for_hosts(asked: CandidateForJob) -> bool:
    """Return whether hosts can train a candidate together: the others would wait for the first."""
    return asked.candidate == CANDIDATE and models.strategy(CANDIDATE, asked.settings.imbalance) in STRATEGIES
