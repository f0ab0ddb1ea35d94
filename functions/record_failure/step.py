"""Make a failed run as visible as a good one: why, in the run's record, on the upload, in MLflow and in the metrics."""

import json
from typing import Any

from pydantic import ValidationError

from functions import metrics
from functions.contracts import Failure, RecordFailureInput, StateError, UploadRequest
from functions.core.errors import FraudflowError
from functions.ports import MonitoringServices
from functions.runtime import logger

STATUS_TAG = "fraudflow-status"
ERROR_TAG = "fraudflow-error"
REASON_TAG = "fraudflow-reason"
EXECUTION_TAG = "fraudflow-execution"


def run(event: RecordFailureInput, services: MonitoringServices) -> Failure:
    """Record the failure wherever someone may look; a place that is down does not hide it from the others."""
    kind, message = explain(event.error)
    troubles = [
        trouble
        for trouble in (
            _tag_upload(event, services, kind, message),
            _fail_tracked_run(event, services, message),
            _push(services, kind),
        )
        if trouble
    ]
    document = {
        "execution": event.execution.model_dump(),
        "input": event.input,
        "error": {"type": kind, "message": message, "raw": event.error.model_dump()},
        "failed_at": services.clock(),
        "could_not_record": troubles,
    }
    uri = services.files.write_json(event.execution, "failure.json", document)
    for trouble in troubles:
        logger.warning(trouble)
    return Failure(uri=uri, error_type=kind, message=message)


def explain(error: StateError) -> tuple[str, str]:
    """Give the error's type and its one sentence; Lambda wraps them as JSON in the cause."""
    try:
        cause: Any = json.loads(error.Cause)
    except json.JSONDecodeError:
        cause = None
    if isinstance(cause, dict) and "errorMessage" in cause:
        return str(cause.get("errorType") or error.Error), str(cause["errorMessage"])
    return error.Error, error.Cause or _TIMEOUTS.get(error.Error, "The state gave no reason.")


_TIMEOUTS = {"States.Timeout": "A state took longer than its TimeoutSeconds."}


def _tag_upload(event: RecordFailureInput, services: MonitoringServices, kind: str, message: str) -> str | None:
    """Tag the object that failed, if there is one: a missing upload is itself a reason to be here."""
    store = services.files.store
    tags = {
        STATUS_TAG: "failed",
        ERROR_TAG: kind,
        REASON_TAG: message,
        EXECUTION_TAG: event.execution.name,
    }
    try:
        store.tag(store.find(UploadRequest.model_validate(event.input)), tags)
    except (FraudflowError, ValidationError) as error:
        return f"The upload could not be tagged: {error}"
    return None


def _fail_tracked_run(event: RecordFailureInput, services: MonitoringServices, message: str) -> str | None:
    try:
        services.tracking.fail_run(event.execution, message)
    except FraudflowError as error:
        return f"MLflow could not be told: {error}"
    return None


def _push(services: MonitoringServices, kind: str) -> str | None:
    """Push to a group of its own, so that the last good run's figures stay."""
    if services.monitoring is None:
        return None
    sample = metrics.Sample(metrics.LAST_FAILURE, services.clock(), {"error": kind})
    return services.monitoring.push([sample], grouping={"outcome": "failed"})
