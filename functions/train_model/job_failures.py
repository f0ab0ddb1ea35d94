"""Why a training job has failed, as far as SageMaker and Step Functions know."""

import json
from typing import Any

from functions.contracts import StateError
from functions.core.errors import FraudflowError, TrainingJobError, WorkerLostError

_LOG = "its log is in CloudWatch's /aws/sagemaker/TrainingJobs"
# SageMaker's own trouble, which may be over at the next try.
_TROUBLE = "InternalServerError"
_KILLED = "exit code: 137"
_TOO_LONG = {"MaxRuntimeExceeded", "MaxWaitTimeExceeded"}


def reason_of(name: str, failure: StateError | None) -> FraudflowError:
    """Return the error of a job whose hosts have not said why it failed.

    Args:
        name: the job's.
        failure: as Step Functions caught it: its cause is SageMaker's description of the job as JSON, or a sentence.
            None where the job seemed to succeed.
    """
    if failure is None:
        return TrainingJobError(f"The training job {name} has ended and left no model: {_LOG}.")
    job = _described(failure.Cause)
    reason = str(job.get("FailureReason") or "")
    if _TROUBLE in reason:
        return WorkerLostError(f"SageMaker has lost the training job {name}: {reason}")
    if failure.Error == "States.Timeout" or job.get("SecondaryStatus") in _TOO_LONG:
        return TrainingJobError(
            f"The training job {name} took longer than it may: give the stack a larger TrainingInstanceType, or train "
            "on fewer rows (legitimate_share)."
        )
    if _KILLED in reason:
        return TrainingJobError(
            f"The training job {name} was killed, most likely for want of memory: give the stack a larger "
            f"TrainingInstanceType ({reason})."
        )
    told = reason or ("it was stopped" if job else failure.Cause) or failure.Error
    return TrainingJobError(f"The training job {name} failed: {told.rstrip('.')}; {_LOG}.")


def _described(cause: str) -> dict[str, Any]:
    try:
        job = json.loads(cause)
    except ValueError:
        return {}
    return job if isinstance(job, dict) else {}
