"""Open the run and its pending model in MLflow, while the candidates are trained."""

from functions.contracts import OpenedRun, OpenRunInput
from functions.ports import NewRun, UsedDataset
from functions.run import recording
from functions.run.dependencies import TrackingDependencies


def run(event: OpenRunInput, dependencies: TrackingDependencies) -> OpenedRun:
    """Open the run in MLflow, or return the one that this execution opened."""
    opened = dependencies.tracking.open_run(
        NewRun(
            execution=event.execution,
            name=f"{event.upload.name} {event.execution.name[:8]}",
            params=_params(event),
            tags={
                "fraudflow.upload": event.upload.uri,
                "fraudflow.upload_version": event.upload.version_id or "",
                "fraudflow.dataset_digest": event.dataset.digest,
            },
            dataset=UsedDataset(
                name=event.upload.name,
                digest=event.dataset.digest,
                source=event.upload.uri,
                profile={"num_rows": event.dataset.rows, "num_features": event.dataset.features},
            ),
        )
    )
    # A state beside this one may have failed meanwhile, and RecordFailure have found no run.
    reason = recording.failure(dependencies.files, event.execution)
    if reason is not None:
        dependencies.tracking.fail_run(event.execution, reason)
    return opened


def _params(event: OpenRunInput) -> dict[str, object]:
    counts = {
        f"{split}_{name}": value
        for split, counted in event.splits.counts.items()
        for name, value in counted.model_dump(exclude_none=True).items()
    }
    # What was recognised or decided, in place of what was set: batches are scored by it (functions/check_batch).
    found = event.dataset.model_dump(include={"target", "positive_label", "target_explanation"})
    return {**event.settings.model_dump(), "legitimate_share": event.splits.legitimate_share, **counts, **found}
