"""Make a failed run as visible as a good one: why, in the run's record, on the upload, in MLflow and in the metrics."""

import logging

from pydantic import ValidationError

from functions.contracts import Failure, RecordFailureInput, Upload, UploadRequest
from functions.contracts.failures import explain
from functions.contracts.records import Ended
from functions.core.errors import FraudflowError
from functions.ports import ObjectStore
from functions.run import recording
from functions.run.dependencies import MonitoringDependencies
from functions.telemetry import metrics, run_samples
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.metrics import Sample

logger = logging.getLogger(__name__)

STATUS_TAG = "fraudflow-status"
ERROR_TAG = "fraudflow-error"
REASON_TAG = "fraudflow-reason"
EXECUTION_TAG = "fraudflow-execution"
_NAMES = ("bucket", "key", "version_id")


def run(event: RecordFailureInput, dependencies: MonitoringDependencies) -> Failure:
    """Record the failure wherever someone may look; a place that is down does not hide it from the others.

    The record comes first, so that it is there even if one of the others uses up the function's time.
    """
    kind, message = explain(event.error, event.state.get("dataset"))
    document = {
        "execution": event.execution.model_dump(),
        "input": event.input,
        "error": {"type": kind, "message": message, "raw": event.error.model_dump()},
        "failed_at": dependencies.clock(),
        "could_not_record": list[str](),
    }
    uri = dependencies.files.write_json(event.execution, recording.FAILURE, document)
    # Before MLflow is told: a run that is opened later looks for it.
    dependencies.files.flush()
    snapshot = recording.snapshot(dependencies.files, dependencies.executions, event.execution)
    known = run_samples.of_failure(event, kind, snapshot, now=dependencies.clock())
    # Kept, so that it can be pushed again where the Pushgateway has lost it.
    text = dependencies.exposition(known)
    dependencies.files.write(event.execution, run_samples.EXPOSITION, text, run_samples.EXPOSITION_TYPE)
    attempts = (
        _tag_upload(event, dependencies, kind, message),
        _fail_tracked_run(event, dependencies, message),
        *_push(known, dependencies, kind, snapshot),
    )
    warnings = [warning for warning in attempts if warning]
    for warning in warnings:
        logger.warning(warning)
    if warnings:
        dependencies.files.write_json(event.execution, recording.FAILURE, {**document, "could_not_record": warnings})
    ended = Ended(
        execution=event.execution,
        input=event.input,
        outcome="failed",
        error=kind,
        cause=message,
        states=recording.as_documents(snapshot),
    )
    recording.end(dependencies.files, ended)
    return Failure(uri=uri, error_type=kind, message=message)


def _tag_upload(event: RecordFailureInput, dependencies: MonitoringDependencies, kind: str, message: str) -> str | None:
    """Tag the object that failed, if there is one: a missing upload is itself a reason to be here."""
    store = dependencies.files.store
    tags = {
        STATUS_TAG: "failed",
        ERROR_TAG: kind,
        REASON_TAG: message,
        EXECUTION_TAG: event.execution.name,
    }
    try:
        store.tag(_upload(event, store), tags)
    except FraudflowError as error:
        return f"The upload could not be tagged: {error}"
    except ValidationError:
        return "No upload could be tagged: the execution's input names none."
    return None


def _upload(event: RecordFailureInput, store: ObjectStore) -> Upload:
    """Return the version that LoadData found: the key may hold another by now."""
    found = event.state.get("upload")
    if isinstance(found, dict):
        return Upload.model_validate(found)
    asked = event.input if isinstance(event.input, dict) else {}
    # Whatever else is wrong with what was asked for: this much of it may be right.
    return store.find(UploadRequest.model_validate({name: asked.get(name) for name in _NAMES if name in asked}))


def _fail_tracked_run(event: RecordFailureInput, dependencies: MonitoringDependencies, message: str) -> str | None:
    try:
        dependencies.tracking.fail_run(event.execution, message)
    except FraudflowError as error:
        return f"MLflow could not be told: {error}"
    return None


def _push(
    known: list[Sample], dependencies: MonitoringDependencies, kind: str, snapshot: ExecutionSnapshot
) -> list[str]:
    """Push to groups of their own, so that the last successful run's metrics stay."""
    if dependencies.monitoring is None:
        return []
    pushes = [
        dependencies.monitoring.push(group, grouping=grouping)
        for grouping, group in metrics.by_group(known, error=kind)
    ]
    return [*snapshot.warnings, *(warning for warning in pushes if warning)]
