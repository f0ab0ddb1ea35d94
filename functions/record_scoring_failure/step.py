"""Make a batch that failed as visible as a scored one: why, in its record, on the upload and in the metrics."""

from collections.abc import Iterator

from functions.contracts import Failure
from functions.contracts.scored_batches import RecordScoringFailureInput
from functions.run import failing
from functions.run.batch_dependencies import ScoringFailureDependencies
from functions.run.pushing import lost
from functions.telemetry import batch_metrics


def run(event: RecordScoringFailureInput, dependencies: ScoringFailureDependencies) -> Failure:
    """Record the failure wherever someone may look; a place that is down does not hide it from the others."""

    def tell(kind: str, message: str) -> Iterator[str | None]:
        yield failing.tag_upload(event, dependencies.files.store, kind, message)
        # To a group of its own, so that the last batch's metrics stay.
        known = batch_metrics.failure_samples(event, kind, now=dependencies.clock())
        yield from lost(known, dependencies.monitoring, error=kind)

    return failing.record(event, dependencies.files, tell, now=dependencies.clock())
