"""Make a file of labels that failed as visible as one that was joined: why, in its record and on the file."""

from collections.abc import Iterator

from functions.contracts import Failure
from functions.contracts.label_files import RecordFeedbackFailureInput
from functions.run import failing
from functions.run.batch_dependencies import ScoringFailureDependencies
from functions.run.pushing import lost
from functions.telemetry import loop_metrics


def run(event: RecordFeedbackFailureInput, dependencies: ScoringFailureDependencies) -> Failure:
    """Record the failure wherever someone may look; a place that is down does not hide it from the others."""

    def tell(kind: str, message: str) -> Iterator[str | None]:
        yield failing.tag_upload(event, dependencies.files.store, kind, message)
        failed = loop_metrics.failed(loop_metrics.LAST_LABELS_FAILURE, kind, now=dependencies.clock())
        yield from lost(failed, dependencies.monitoring, error=kind)

    return failing.record(event, dependencies.files, tell, now=dependencies.clock())
