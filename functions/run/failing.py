"""What a failed run and a failed batch are both seen by: their record, and tags of the object that was uploaded."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from functions.contracts import Failure, RecordFailureInput, Upload, UploadRequest
from functions.contracts.failures import explain
from functions.contracts.records import Ended
from functions.core.errors import FraudflowError
from functions.ports import ObjectStore
from functions.run import recording
from functions.run.dependencies import RunFiles

logger = logging.getLogger(__name__)

STATUS_TAG = "fraudflow-status"
ERROR_TAG = "fraudflow-error"
REASON_TAG = "fraudflow-reason"
EXECUTION_TAG = "fraudflow-execution"
_NAMES = ("bucket", "key", "version_id")


def record(
    event: RecordFailureInput, files: RunFiles, tell: Callable[[str, str], Iterable[str | None]], *, now: float
) -> Failure:
    """Record a failure, and the end of its execution.

    Args:
        event: what the state that records it is given.
        files: of the execution.
        tell: tells of its kind and message elsewhere, and returns why each place could not be told; None where it
            could. It is called when the record is there: a place that is down does not hide it.
        now: seconds since the epoch.
    """
    kind, message = explain(event.error, trains=False)
    document = failure_document(event, kind, message, now=now)
    uri = files.write_json(event.execution, recording.FAILURE, document)
    warnings = [warning for warning in tell(kind, message) if warning]
    for warning in warnings:
        logger.warning(warning)
    if warnings:
        files.write_json(event.execution, recording.FAILURE, {**document, "could_not_record": warnings})
    ended = Ended(execution=event.execution, input=event.input, outcome="failed", error=kind, cause=message)
    recording.end(files, ended)
    return Failure(uri=uri, error_type=kind, message=message)


def failure_document(event: RecordFailureInput, kind: str, message: str, *, now: float) -> dict[str, Any]:
    """Return the record of a failure, before anything else has been told of it."""
    return {
        "execution": event.execution.model_dump(),
        "input": event.input,
        "error": {"type": kind, "message": message, "raw": event.error.model_dump()},
        "failed_at": now,
        "could_not_record": [],
    }


def tag_upload(event: RecordFailureInput, store: ObjectStore, kind: str, message: str) -> str | None:
    """Tag the object that failed; return why that could not be done. A missing upload is itself a reason to be here."""
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
    """Return the version that the first state found: the key may hold another by now."""
    found = event.state.get("upload")
    if isinstance(found, dict):
        return Upload.model_validate(found)
    asked = event.input if isinstance(event.input, dict) else {}
    # Whatever else is wrong with what was asked for: this much of it may be right.
    return store.find(UploadRequest.model_validate({name: asked.get(name) for name in _NAMES if name in asked}))
