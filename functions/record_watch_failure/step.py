"""Make a look that failed visible: in S3 and in the metrics; a retraining that it ends counts as failed."""

import json
import logging

from functions.contracts import Failure
from functions.contracts.failures import explain
from functions.contracts.loop_records import RetrainingFailure
from functions.contracts.loop_states import DecidedRetraining, MeasuredLoop, RecordWatchFailureInput
from functions.run.failing import failure_document
from functions.run.pushing import push
from functions.run.watch_dependencies import WatchDependencies
from functions.telemetry.loop_metrics import LAST_WATCH_FAILURE, failed

logger = logging.getLogger(__name__)

_FAILURES = "failures/"


def run(event: RecordWatchFailureInput, dependencies: WatchDependencies) -> Failure:
    """Record why a look failed. The next one starts anew; only a claimed retraining has to be given up."""
    kind, message = explain(event.error, trains=False)
    now, files = dependencies.now(), dependencies.files
    document = failure_document(event, kind, message, now=now.timestamp())
    uri = f"s3://{files.bucket}/{_FAILURES}{event.execution.name}.json"
    files.store.write(uri, json.dumps(document, indent=1, allow_nan=False).encode(), "application/json")
    claimed = _claimed(event)
    pushed = push(
        failed(LAST_WATCH_FAILURE, kind, now=now.timestamp(), model=_model(event) or dependencies.model),
        dependencies.monitoring,
        error=kind,
    )
    logger.info(pushed)
    if claimed is not None:
        model, number = claimed
        failure = RetrainingFailure(at=now.isoformat(), error=kind, message=message)
        dependencies.retrainings(model).fail(number, failure)
    return Failure(uri=uri, error_type=kind, message=message)


def _model(event: RecordWatchFailureInput) -> str | None:
    """Return the model that was looked at; None where the look failed before it was known."""
    measured = event.state.get("measured")
    return MeasuredLoop.model_validate(measured).model if measured is not None else None


def _claimed(event: RecordWatchFailureInput) -> tuple[str, int] | None:
    """Return the model and the number of the retraining that this look has claimed; None where it has not."""
    if "decision" not in event.state:
        return None
    number = DecidedRetraining.model_validate(event.state["decision"]).retraining
    return None if number is None else (MeasuredLoop.model_validate(event.state["measured"]).model, number)
