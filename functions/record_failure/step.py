"""Make a failed run as visible as a good one: why, in the run's record, on the upload, in MLflow and in the metrics."""

import logging

from functions.contracts import Failure, RecordFailureInput
from functions.contracts.failures import explain
from functions.contracts.records import Ended
from functions.core.errors import FraudflowError
from functions.run import recording
from functions.run.dependencies import MonitoringDependencies
from functions.run.failing import failure_document, tag_upload
from functions.telemetry import run_samples
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample

logger = logging.getLogger(__name__)


def run(event: RecordFailureInput, dependencies: MonitoringDependencies) -> Failure:
    """Record the failure wherever someone may look; a place that is down does not hide it from the others.

    The record comes first, so that it is there even if one of the others uses up the function's time.
    """
    kind, message = explain(event.error, event.state.get("dataset"))
    document = failure_document(event, kind, message, now=dependencies.clock())
    uri = dependencies.files.write_json(event.execution, recording.FAILURE, document)
    recording.keep_state(dependencies.files, event.execution, event.state)
    # Before MLflow is told: a run that is opened later looks for it.
    dependencies.files.flush()
    snapshot = recording.snapshot(dependencies.files, dependencies.executions, event.execution)
    known = run_samples.of_failure(event, kind, snapshot, now=dependencies.clock())
    # Kept, so that it can be pushed again where the Pushgateway has lost it.
    text = dependencies.exposition(known)
    dependencies.files.write(event.execution, run_samples.EXPOSITION, text, run_samples.EXPOSITION_TYPE)
    attempts = (
        tag_upload(event, dependencies.files.store, kind, message),
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
    pushes = [dependencies.monitoring.push(group, grouping=grouping) for grouping, group in by_group(known, error=kind)]
    return [*snapshot.warnings, *(warning for warning in pushes if warning)]
