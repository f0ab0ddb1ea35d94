"""Join a file's labels with the decisions that were made, and say what could not be."""

from collections.abc import Mapping

import numpy as np

from functions.contracts.label_files import FeedbackOutput, JoinLabelsInput, LabelsJoined
from functions.contracts.records import Ended
from functions.core.loop.label_news import LabelNews, news
from functions.core.loop.outcomes import Flags, Times
from functions.feedback.decided_times import decided_at
from functions.feedback.label_parts import read_events, read_part
from functions.run import recording
from functions.run.batch_dependencies import JoinLabelsDependencies
from functions.run.pushing import push
from functions.telemetry import loop_metrics
from functions.telemetry.metrics import Sample

REPORT = "labels.json"
_DAY = 24 * 60 * 60 * 1_000_000
# What a report names of each kind: enough to look into, and a file of millions stays readable.
_NAMED = 1_000


def run(event: JoinLabelsInput, dependencies: JoinLabelsDependencies) -> LabelsJoined:
    """Join the labels; a repeat says the same, unless others came meanwhile."""
    files = dependencies.files
    own = read_part(files.store, event.labels.part_uri)
    found = news(own, read_events(files.store, files.bucket, but=event.labels.part_uri))
    at = decided_at(files.store, dependencies.decisions_bucket, found.transaction_id)
    counts = _counts(found, at)
    document = {
        "execution": event.execution.model_dump(),
        "upload": event.upload.model_dump(),
        "labels": event.labels.model_dump(),
        **counts,
        "named": _named(found, at == 0),
    }
    report_uri = files.write_json(event.execution, REPORT, document)
    monitoring = push(_samples(counts, now=dependencies.clock()), dependencies.monitoring)
    joined = LabelsJoined(**counts, report_uri=report_uri, monitoring=monitoring)
    _end(event, joined, dependencies)
    return joined


def _counts(found: LabelNews, at: Times) -> dict[str, int | float | None]:
    matched = at > 0
    days = (found.known_at[matched] - at[matched]) / _DAY
    return {
        "transactions": len(found.transaction_id),
        "matched": int(matched.sum()),
        "unmatched": int((~matched).sum()),
        "frauds": int(found.fraud.sum()),
        **{name: int(rows.sum()) for name, rows in _kinds(found).items()},
        "days_median": float(np.median(days)) if len(days) else None,
        "days_longest": float(days.max()) if len(days) else None,
    }


def _samples(counts: Mapping[str, int | float | None], *, now: float) -> list[Sample]:
    return loop_metrics.samples(
        {
            loop_metrics.LABELS_RECEIVED: counts["transactions"],
            loop_metrics.LABELS_MATCHED: counts["matched"],
            loop_metrics.LABELS_REPEATED: counts["repeated"],
            loop_metrics.LABELS_CONTRADICTING: counts["contradicted"],
            loop_metrics.LABELS_REVOKED: counts["revoked"],
            loop_metrics.LAST_LABELS: now,
        }
    )


def _kinds(found: LabelNews) -> Mapping[str, Flags]:
    return {
        "repeated": found.repeated,
        "contradicted": found.contradicted,
        "revoked": found.revoked,
        "outdated": found.outdated,
    }


def _named(found: LabelNews, unmatched: Flags) -> dict[str, list[str]]:
    """Return the transactions of each kind by name, the first of many."""
    kinds = {"unmatched": unmatched, **_kinds(found)}
    return {name: [*map(str, found.transaction_id[np.flatnonzero(rows)[:_NAMED]])] for name, rows in kinds.items()}


def _end(event: JoinLabelsInput, joined: LabelsJoined, dependencies: JoinLabelsDependencies) -> None:
    output = FeedbackOutput(**event.model_dump(), joined=joined).model_dump(mode="json")
    request = event.upload.model_dump(include={"bucket", "key", "version_id"})
    ended = Ended(execution=event.execution, input=request, outcome="succeeded", output=output)
    recording.end(dependencies.files, ended)
